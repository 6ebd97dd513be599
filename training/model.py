"""The model: a decoder of llama's architecture, small, in PyTorch.

Names of tensors, the order of rotary dimensions (pairs of neighbours) and the norms are those that llama.cpp has for
the architecture "llama", so that export only writes them down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    vocabulary: int
    width: int = 192
    layers: int = 6
    heads: int = 6
    inner: int = 512  # of the feed-forward part
    context: int = 4096
    epsilon: float = 1e-5
    base: float = 10000.0  # of the rotary frequencies


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.heads, self.epsilon = shape.heads, shape.epsilon
        self.attn_norm = nn.Parameter(torch.ones(width))
        self.attn_q = nn.Linear(width, width, bias=False)
        self.attn_k = nn.Linear(width, width, bias=False)
        self.attn_v = nn.Linear(width, width, bias=False)
        self.attn_output = nn.Linear(width, width, bias=False)
        self.ffn_norm = nn.Parameter(torch.ones(width))
        self.ffn_gate = nn.Linear(width, shape.inner, bias=False)
        self.ffn_up = nn.Linear(width, shape.inner, bias=False)
        self.ffn_down = nn.Linear(shape.inner, width, bias=False)

    def forward(
        self, x: Tensor, turns: tuple[Tensor, Tensor], before: tuple[Tensor, Tensor] | None, mask: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """`before` are keys and values of a common beginning, which a batch shares.

        On CPUs attention is in full precision: its way back takes six times as long in half.
        """
        rows, length, width = x.shape
        normed = functional.rms_norm(x, (width,), self.attn_norm, self.epsilon)

        def split(y: Tensor) -> Tensor:
            return y.view(rows, length, self.heads, width // self.heads).transpose(1, 2)

        q, k = turned(split(self.attn_q(normed)), turns), turned(split(self.attn_k(normed)), turns)
        v = split(self.attn_v(normed))
        if x.device.type == "cpu":
            v = v.float()
        else:
            q, k = q.to(v.dtype), k.to(v.dtype)
        own = (k, v)
        if before is not None:
            k = torch.cat((before[0].expand(rows, -1, -1, -1), k), dim=2)
            v = torch.cat((before[1].expand(rows, -1, -1, -1), v), dim=2)
        with torch.autocast(x.device.type, enabled=False):
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(rows, length, width))
        normed = functional.rms_norm(x, (width,), self.ffn_norm, self.epsilon)
        return x + self.ffn_down(functional.silu(self.ffn_gate(normed)) * self.ffn_up(normed)), own


class Decoder(nn.Module):
    """Input and output embeddings are one matrix."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.Parameter(torch.ones(shape.width))
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
        nn.init.normal_(self.token_embd.weight, std=0.5 * shape.width**-0.5)
        for block in self.blk:
            for last in (block.attn_output, block.ffn_down):  # type: ignore[union-attr]
                nn.init.normal_(last.weight, std=(2 * shape.layers * last.in_features) ** -0.5)

    def forward(self, tokens: Tensor, common: int = 0) -> Tensor:
        """The hidden states of all rows but their first `common` tokens, which are the same in each row."""
        device = tokens.device
        turns = rotations(tokens.shape[1], self.shape, device)
        shared: list[tuple[Tensor, Tensor] | None] = [None] * len(self.blk)
        mask = None
        if common:
            x = self.token_embd(tokens[:1, :common])
            for number, block in enumerate(self.blk):
                x, shared[number] = block(x, (turns[0][:common], turns[1][:common]), None, None)
            length = tokens.shape[1] - common
            mask = torch.ones(length, tokens.shape[1], dtype=torch.bool, device=device).tril(common)
        x = self.token_embd(tokens[:, common:])
        own = (turns[0][common:], turns[1][common:])
        for block, before in zip(self.blk, shared, strict=True):
            x, _ = block(x, own, before, mask)
        return functional.rms_norm(x, (self.shape.width,), self.output_norm, self.shape.epsilon)

    def logits(self, hidden: Tensor) -> Tensor:
        return hidden @ self.token_embd.weight.T


def rotations(length: int, shape: Shape, device: torch.device) -> tuple[Tensor, Tensor]:
    size = shape.width // shape.heads
    speeds = torch.exp(-math.log(shape.base) * torch.arange(0, size, 2, device=device) / size)
    angles = torch.outer(torch.arange(length, device=device).float(), speeds)
    return angles.cos(), angles.sin()


def turned(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding, on neighbouring dimensions."""
    cos, sin = turns
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)

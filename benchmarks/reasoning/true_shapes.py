"""GGUF files of the true shapes of small models, with random weights, to measure how long plans take on them.

    python benchmarks/reasoning/true_shapes.py qwen2.5:1.5b OUT.gguf

The tensors have the sizes and the quantisation (4-bit, "Q4_K_M") of the models' own files, so a token costs what it
costs there. The vocabulary has the true size, and its tokenizer is trained on this project's texts, so that a prompt
has about as many tokens as it would have: the true ones are not ours to carry. Needs the package `tokenizers`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import msgspec
import numpy as np
from gguf import GGMLQuantizationType as Quant

ROOT = Path(__file__).parents[2]
TRAINED = 24_000  # tokens that are trained; the rest of a vocabulary is for other languages, and never used here
# Bytes of a block, its elements, and the scale at which random bytes make weights of a plausible size.
BLOCKS = {Quant.Q4_K: (144, 256), Quant.Q6_K: (210, 256), Quant.Q5_0: (22, 32), Quant.Q8_0: (34, 32)}


class Shape(msgspec.Struct, frozen=True):
    """As the models' configurations give it."""

    architecture: str
    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    tokenizer: str
    turn: tuple[str, str, str]  # what begins a turn, ends its role, and ends it


SHAPES = {
    "qwen2.5:1.5b": Shape(
        "qwen2", 28, 1536, 8960, 12, 2, 128, 151_936, "qwen2", ("<|im_start|>", "\n", "<|im_end|>\n")
    ),
    "llama3.2:1b": Shape(
        "llama", 16, 2048, 8192, 32, 8, 64, 128_256, "llama-bpe",
        ("<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>"),
    ),
    "gemma3:1b": Shape(
        "gemma3", 26, 1152, 6912, 4, 1, 256, 262_144, "spm", ("<start_of_turn>", "\n", "<end_of_turn>\n")
    ),
}  # fmt: skip


def write_shape(name: str, path: Path, *, only_vocabulary: bool = False) -> Path:
    """The file of a model's shape, about 1 GB; with `only_vocabulary` the smallest one with its tokenizer."""
    shape = SHAPES[name]
    if only_vocabulary:
        shape = msgspec.structs.replace(shape, layers=1, width=256, inner=256, heads=2, kv_heads=1, head=128)
    writer = gguf.GGUFWriter(path, shape.architecture)
    writer.add_name(f"{name}, random weights")
    writer.add_context_length(32_768)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(shape.vocabulary)
    if shape.architecture == "gemma3":
        writer.add_sliding_window(512)
    else:
        writer.add_rope_dimension_count(shape.head)
        writer.add_rope_freq_base(500_000.0)
    control = [mark.strip() for mark in (shape.turn[0], shape.turn[2])] + (
        ["<|end_header_id|>"] if shape.architecture == "llama" else []
    )
    _add_vocabulary(writer, shape, control)
    begin, role, end = shape.turn
    writer.add_chat_template(
        "{% for message in messages %}" + begin + "{{ message.role }}" + role + "{{ message.content }}" + end
        + "{% endfor %}{% if add_generation_prompt %}" + begin + "assistant" + role + "{% endif %}"
    )  # fmt: skip
    random = np.random.default_rng(0)
    for tensor, rows, columns, kind in _tensors(shape):
        if kind is None:
            writer.add_tensor(tensor, np.full(columns, 0.0 if tensor.endswith("bias") else 1.0, np.float32))
        else:
            writer.add_tensor(tensor, _random_blocks(random, rows, columns, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(shape: Shape) -> Iterator[tuple[str, int, int, Quant | None]]:
    """Name, rows, columns and type (None: single precision) of every tensor, mixed as llama.cpp's Q4_K_M mixes them."""
    yield "token_embd.weight", shape.vocabulary, shape.width, _fitting(Quant.Q6_K, shape.width)
    query, key = shape.heads * shape.head, shape.kv_heads * shape.head
    gemma = shape.architecture == "gemma3"
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        better = layer < shape.layers // 8 or layer >= 7 * shape.layers // 8 or (layer - shape.layers // 8) % 3 == 2
        more = Quant.Q6_K if better else Quant.Q4_K
        for name, rows, columns, kind in (
            ("attn_q", query, shape.width, Quant.Q4_K),
            ("attn_k", key, shape.width, Quant.Q4_K),
            ("attn_v", key, shape.width, more),
            ("attn_output", shape.width, query, Quant.Q4_K),
            ("ffn_gate", shape.inner, shape.width, Quant.Q4_K),
            ("ffn_up", shape.inner, shape.width, Quant.Q4_K),
            ("ffn_down", shape.width, shape.inner, more),
        ):
            yield f"{block}{name}.weight", rows, columns, _fitting(kind, columns)
        if shape.architecture == "qwen2":
            for name, size in (("attn_q", query), ("attn_k", key), ("attn_v", key)):
                yield f"{block}{name}.bias", 1, size, None
        for name in ("attn_norm", "ffn_norm", *(("post_attention_norm", "post_ffw_norm") if gemma else ())):
            yield f"{block}{name}.weight", 1, shape.width, None
        for name in ("attn_q_norm", "attn_k_norm") if gemma else ():
            yield f"{block}{name}.weight", 1, shape.head, None
    yield "output_norm.weight", 1, shape.width, None


def _fitting(kind: Quant, columns: int) -> Quant:
    """What llama.cpp takes for rows that do not divide into blocks of 256."""
    return kind if columns % 256 == 0 else Quant.Q5_0 if kind == Quant.Q4_K else Quant.Q8_0


def _random_blocks(random: np.random.Generator, rows: int, columns: int, kind: Quant) -> Any:
    size, elements = BLOCKS[kind]
    blocks = random.integers(0, 256, (rows * columns // elements, size), dtype=np.uint8)
    weight = columns**-0.5

    def put(at: int, scale: float) -> None:
        blocks[:, at : at + 2] = np.frombuffer(np.float16(scale).tobytes(), np.uint8)

    if kind == Quant.Q4_K:  # scale and offset, such that the mean is nought
        put(0, weight / 250)
        put(2, 7.5 * weight / 250)
    elif kind == Quant.Q6_K:
        put(208, weight / 1370)
    else:
        put(0, weight / (9.2 if kind == Quant.Q5_0 else 74))
    return blocks.reshape(rows, columns // elements * size)


def _add_vocabulary(writer: gguf.GGUFWriter, shape: Shape, control: list[str]) -> None:
    kind = gguf.TokenType
    if shape.tokenizer == "spm":
        merged, _ = _trained(byte_level=False)
        tokens = ["<pad>", "<eos>", "<bos>", "<unk>"]
        kinds = [kind.CONTROL, kind.CONTROL, kind.CONTROL, kind.UNKNOWN]
        tokens += [f"<0x{byte:02X}>" for byte in range(256)]
        kinds += [kind.BYTE] * 256
        writer.add_tokenizer_model("llama")
        eos, bos = 1, 2
    else:
        merged, merges = _trained(byte_level=True)
        tokens, kinds = [], []
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(shape.tokenizer)
        writer.add_token_merges(merges)
        eos, bos = len(merged), None
    tokens += merged
    kinds += [kind.NORMAL] * len(merged)
    first = len(tokens)
    tokens += control
    kinds += [kind.CONTROL] * len(control)
    tokens += [f"<unused{number}>" for number in range(shape.vocabulary - len(tokens))]
    kinds += [kind.UNUSED] * (len(tokens) - len(kinds))
    writer.add_token_list(tokens)
    writer.add_token_types([int(each) for each in kinds])
    if bos is not None:
        writer.add_token_scores([-float(number) for number in range(len(tokens))])
        writer.add_bos_token_id(bos)
        writer.add_add_space_prefix(False)
    writer.add_eos_token_id(eos if bos is not None else first + 1)
    writer.add_add_bos_token(bos is not None)


def _trained(*, byte_level: bool) -> tuple[list[str], list[str]]:
    """Tokens in the order of their merging, and the merges, of this project's own texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(byte_fallback=not byte_level))
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = split if byte_level else pre_tokenizers.Metaspace(prepend_scheme="never")
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    trainer = trainers.BpeTrainer(vocab_size=TRAINED, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(_texts(), trainer)
    model = msgspec.json.decode(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    return tokens, [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]


def _texts() -> Iterator[str]:
    """Code and prose like that of prompts, without the prompts, which would then be told in too few tokens."""
    for pattern in (
        "analysis/**/*.py",
        "verification/**/*.py",
        "codegen/*.py",
        "docs/**/*.md",
        "benchmarks/kernels/*.c",
    ):
        for path in sorted(ROOT.glob(pattern)):
            yield re.sub(r"[ \t]+", " ", path.read_text())


if __name__ == "__main__":
    print(write_shape(sys.argv[1], Path(sys.argv[2])))

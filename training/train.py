"""Trains the model on the lessons for a given time, and goes on where it was interrupted.

    python -m training.train LESSONS.jsonl TOKENIZER.json OUT.pt [--minutes N] [--device cuda]

Every two minutes, and at the end, the state is written to OUT.pt. The learning rate follows the share of the time that
is used up. Besides the answers the model learns, in the first half and with less weight, to go on with the facts
themselves: that is where it learns that names come again.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from .batches import BATCH_TOKENS, Batch, Example, batch_of, batches, read_examples
from .model import Decoder, Shape
from .optimizer import Muon
from .tokenizer import Tokenizer

SAVED_EVERY = 120.0  # seconds
AHEAD = 4  # batches
_CAPABILITIES = Path("/proc/cpuinfo").read_text().upper() if Path("/proc/cpuinfo").exists() else ""
LEARNING_RATES = (0.02, 0.003)  # of matrices by Muon, of the rest by AdamW
FACTS_WEIGHT, FACTS_UNTIL = 0.3, 0.5
WARMED_UP, COOLED_FROM = 0.02, 0.4  # shares of the time


def rate(share: float) -> float:
    """The learning rate at this share of the time, as a part of the highest."""
    if share < WARMED_UP:
        return max(share / WARMED_UP, 0.02)
    return 1.0 if share < COOLED_FROM else max(0.02, (1 - share) / (1 - COOLED_FROM))


def facts_weight(share: float) -> float:
    """What a token of the facts counts at this share of the time."""
    return FACTS_WEIGHT * max(0.0, 1 - share / FACTS_UNTIL)


def half_pays(device: torch.device) -> bool:
    """Half precision is slower than full where a CPU has no instructions for it."""
    return device.type != "cpu" or "AMX_BF16" in _CAPABILITIES or "AVX512_BF16" in _CAPABILITIES


def loss_of(model: Decoder, examples: Sequence[Example], facts_weight: float) -> Tensor:
    return loss_of_batch(model, batch_of(examples, facts_weight))


def loss_of_batch(model: Decoder, batch: Batch) -> Tensor:
    device = model.token_embd.weight.device
    common = batch.common
    told = np.flatnonzero(batch.weights[:, common + 1 :])
    at = torch.from_numpy(told)
    targets = torch.from_numpy(batch.tokens[:, common + 1 :].ravel()[told])
    counted = torch.from_numpy(batch.weights[:, common + 1 :].ravel()[told])
    tokens = torch.from_numpy(batch.tokens[:, :-1])
    if device.type != "cpu":
        at, targets, counted, tokens = (each.to(device) for each in (at, targets, counted, tokens))
    with torch.autocast(device.type, torch.bfloat16, enabled=half_pays(device)):
        hidden = model(tokens, common)
        logits = model.logits(hidden.flatten(0, 1)[at])
    losses = functional.cross_entropy(logits.float(), targets, reduction="none")
    return (losses * counted).sum() / batch.answers


class Trainer:
    def __init__(self, shape: Shape, seed: int, device: str = "cpu", batch_tokens: int = BATCH_TOKENS) -> None:
        torch.manual_seed(seed)
        self.batch_tokens = batch_tokens
        self.seed, self.seconds, self.passes, self.done, self.tokens = seed, 0.0, 0, 0, 0
        self.model = Decoder(shape).to(device)
        matrices = [p for name, p in self.model.named_parameters() if p.dim() == 2 and "embd" not in name]
        others = [p for name, p in self.model.named_parameters() if p.dim() == 1 or "embd" in name]
        self.optimizers = [
            Muon(matrices, LEARNING_RATES[0]),
            torch.optim.AdamW(others, LEARNING_RATES[1], betas=(0.9, 0.98), weight_decay=0.0),
        ]

    def batch_of(self, examples: Sequence[Example], facts: float) -> Batch:
        """On a GPU the common beginning is not computed apart: attention without a mask is worth more."""
        return batch_of(examples, facts, shared=self.model.token_embd.weight.device.type == "cpu")

    def step(self, examples: Sequence[Example], share: float) -> float:
        return self.step_on(self.batch_of(examples, facts_weight(share)), share).item()

    def step_on(self, batch: Batch, share: float) -> Tensor:
        loss = loss_of_batch(self.model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, highest in zip(self.optimizers, LEARNING_RATES, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = highest * rate(share)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def held_loss(self, examples: Sequence[Example]) -> float:
        """A token's loss in answers that were not trained on."""
        total = counted = 0.0
        with torch.no_grad():
            for one in batches(examples, random.Random(0), self.batch_tokens):
                batch = self.batch_of(one, 0.0)
                total += loss_of_batch(self.model, batch).item() * batch.answers
                counted += batch.answers
        return total / counted

    def save(self, path: Path) -> None:
        state = {
            "shape": asdict(self.model.shape),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": [self.seed, self.seconds, self.passes, self.done, self.tokens],
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    @classmethod
    def load(cls, path: Path, device: str = "cpu", batch_tokens: int = BATCH_TOKENS) -> Trainer:
        state = torch.load(path, weights_only=True, map_location=device)
        trainer = cls(Shape(**state["shape"]), int(state["progress"][0]), device, batch_tokens)
        trainer.model.load_state_dict(state["model"])
        for optimizer, kept in zip(trainer.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        _, trainer.seconds, trainer.passes, trainer.done, trainer.tokens = state["progress"]
        return trainer

    def run(self, examples: list[Example], seconds: float, out: Path, held: Sequence[Example] = ()) -> None:
        """Train until `seconds` are used up, those before an interruption included."""
        before, saved = time.monotonic() - self.seconds, self.seconds
        while self.seconds < seconds:
            order = list(batches(examples, random.Random(f"{self.seed}/{self.passes}"), self.batch_tokens))
            left = order[self.done :]
            for one, batch in zip(left, self.ahead(left, seconds), strict=True):
                loss = self.step_on(batch, min(1.0, self.seconds / seconds))
                self.done += 1
                self.tokens += sum(len(each.tokens) - len(each.kind) for each in one)
                if self.done % 10 == 0:
                    at = f"pass {self.passes}, batch {self.done} of {len(order)}"
                    print(f"{at}: loss {loss.item():.3f}, {self.tokens:,} tokens, {self.seconds:.0f} s", flush=True)
                self.seconds = time.monotonic() - before
                if self.seconds - saved > SAVED_EVERY:
                    saved = self.seconds
                    self.save(out)
                if self.seconds >= seconds:
                    break
            else:
                self.passes, self.done = self.passes + 1, 0
            if held:
                print(f"{self.seconds:.0f} s: loss on what is held out {self.held_loss(held):.4f}", flush=True)
        self.save(out)

    def ahead(self, examples: Sequence[Sequence[Example]], seconds: float) -> Iterator[Batch]:
        """The batches of these examples, made by a thread while the ones before are worked on."""

        def make(one: Sequence[Example]) -> Batch:
            return self.batch_of(one, facts_weight(self.seconds / seconds))

        with ThreadPoolExecutor(1) as maker:
            coming = deque(maker.submit(make, one) for one in examples[:AHEAD])
            for one in [*examples[AHEAD:], *[None] * min(AHEAD, len(examples))]:
                yield coming.popleft().result()
                if one is not None:
                    coming.append(maker.submit(make, one))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="as PyTorch names it: cuda")
    parser.add_argument("--batch-tokens", type=int, default=BATCH_TOKENS, help="more keep a GPU busy")
    parser.add_argument("--jobs", type=int, default=1, help="processes that turn lessons into tokens")
    parser.add_argument("--held", type=Path, help="lessons of other loops, to measure the loss on after each pass")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.read(options.tokenizer)
    how = (options.device, options.batch_tokens)
    if options.out.exists():
        trainer = Trainer.load(options.out, *how)
    else:
        trainer = Trainer(Shape(tokenizer.size), options.seed, *how)
    parameters = sum(parameter.numel() for parameter in trainer.model.parameters())
    examples = read_examples(options.lessons, tokenizer, options.jobs)
    print(f"{parameters:,} parameters, {len(examples):,} examples", flush=True)
    held = read_examples(options.held, tokenizer) if options.held is not None else []
    trainer.run(examples, options.minutes * 60, options.out, held)


if __name__ == "__main__":
    main()

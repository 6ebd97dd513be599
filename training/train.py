"""Trains the model on the lessons for a given time, and goes on where it was interrupted.

    python -m training.train LESSONS.jsonl TOKENIZER.json OUT.pt [--minutes N]

Every two minutes, and at the end, the state is written to OUT.pt. The learning rate follows the share of the time that
is used up. Besides the answers the model learns, in the first half and with less weight, to go on with the facts
themselves: that is where it learns that names come again.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor

from .batches import Example, batches, common_length, read_examples
from .model import Decoder, Shape
from .optimizer import Muon
from .tokenizer import Tokenizer

SAVED_EVERY = 120.0  # seconds
LEARNING_RATES = (0.02, 0.003)  # of matrices by Muon, of the rest by AdamW
FACTS_WEIGHT, FACTS_UNTIL = 0.3, 0.5
WARMED_UP, COOLED_FROM = 0.02, 0.4  # shares of the time


def rate(share: float) -> float:
    """The learning rate at this share of the time, as a part of the highest."""
    if share < WARMED_UP:
        return max(share / WARMED_UP, 0.02)
    return 1.0 if share < COOLED_FROM else max(0.02, (1 - share) / (1 - COOLED_FROM))


def loss_of(model: Decoder, batch: list[Example], facts_weight: float) -> Tensor:
    common = common_length(batch)
    longest = max(len(each.tokens) for each in batch)
    tokens = torch.zeros(len(batch), longest, dtype=torch.long)
    weights = torch.zeros(len(batch), longest)
    for row, each in enumerate(batch):
        tokens[row, : len(each.tokens)] = torch.tensor(each.tokens)
        weights[row, common + 1 : len(each.tokens)] = facts_weight
        weights[row, len(each.tokens) - len(each.weights) : len(each.tokens)] = torch.tensor(each.weights)
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model(tokens[:, :-1], common)
        told = weights[:, common + 1 :] > 0
        logits = model.logits(hidden[told])
    losses = functional.cross_entropy(logits.float(), tokens[:, common + 1 :][told], reduction="none")
    counted = weights[:, common + 1 :][told]
    answers = counted > facts_weight if facts_weight < 0.1 else counted >= 0.1
    return (losses * counted).sum() / counted[answers].sum()


class Trainer:
    def __init__(self, shape: Shape, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed, self.seconds, self.passes, self.done, self.tokens = seed, 0.0, 0, 0, 0
        self.model = Decoder(shape)
        matrices = [p for name, p in self.model.named_parameters() if p.dim() == 2 and "embd" not in name]
        others = [p for name, p in self.model.named_parameters() if p.dim() == 1 or "embd" in name]
        self.optimizers = [
            Muon(matrices, LEARNING_RATES[0]),
            torch.optim.AdamW(others, LEARNING_RATES[1], betas=(0.9, 0.98), weight_decay=0.0),
        ]

    def step(self, batch: list[Example], share: float) -> float:
        loss = loss_of(self.model, batch, FACTS_WEIGHT * max(0.0, 1 - share / FACTS_UNTIL))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, highest in zip(self.optimizers, LEARNING_RATES, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = highest * rate(share)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.item()

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
    def load(cls, path: Path) -> Trainer:
        state = torch.load(path, weights_only=True)
        trainer = cls(Shape(**state["shape"]), int(state["progress"][0]))
        trainer.model.load_state_dict(state["model"])
        for optimizer, kept in zip(trainer.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        _, trainer.seconds, trainer.passes, trainer.done, trainer.tokens = state["progress"]
        return trainer

    def run(self, examples: list[Example], seconds: float, out: Path) -> None:
        """Train until `seconds` are used up, those before an interruption included."""
        before, saved = time.monotonic() - self.seconds, self.seconds
        while self.seconds < seconds:
            order = list(batches(examples, random.Random(f"{self.seed}/{self.passes}")))
            for batch in order[self.done :]:
                loss = self.step(batch, self.seconds / seconds)
                self.done += 1
                self.tokens += sum(len(each.tokens) - len(each.kind) for each in batch)
                self.seconds = time.monotonic() - before
                if self.done % 10 == 0:
                    at = f"pass {self.passes}, batch {self.done} of {len(order)}"
                    print(f"{at}: loss {loss:.3f}, {self.tokens:,} tokens, {self.seconds:.0f} s", flush=True)
                if self.seconds - saved > SAVED_EVERY:
                    saved = self.seconds
                    self.save(out)
                if self.seconds >= seconds:
                    break
            else:
                self.passes, self.done = self.passes + 1, 0
        self.save(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.read(options.tokenizer)
    trainer = Trainer.load(options.out) if options.out.exists() else Trainer(Shape(tokenizer.size), options.seed)
    parameters = sum(parameter.numel() for parameter in trainer.model.parameters())
    examples = read_examples(options.lessons, tokenizer)
    print(f"{parameters:,} parameters, {len(examples):,} examples", flush=True)
    trainer.run(examples, options.minutes * 60, options.out)


if __name__ == "__main__":
    main()

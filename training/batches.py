"""From lessons to batches: dialogues that begin alike and are about as long, so that a step wastes little."""

from __future__ import annotations

import multiprocessing
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from .lessons import StrategyLesson
from .tokenizer import END, Tokenizer

MOST_TOKENS = 1100  # of a dialogue; the few that are longer are left out
BATCH_TOKENS = 5000
PADDED = 64
FORCED = 0.1  # what a token counts that the grammar leaves no choice about: the text of a condition
_DECODER = msgspec.json.Decoder(StrategyLesson)
_CONDITION = re.compile(r'(?<="condition":")[^"]+')


@dataclass(frozen=True)
class Example:
    """Tokens of a dialogue with its answer; `weights` say how much each token of the answer counts."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]
    kind: tuple[int, ...]  # its first tokens: what it has in common with others of a batch

    @cached_property
    def row(self) -> np.ndarray:
        return np.array(self.tokens, np.int16)


class Batch(NamedTuple):
    """Rows of tokens, filled up with zeros, that begin with `common` equal ones, and what each token counts.

    `answers` is what the answers count together.
    """

    tokens: np.ndarray
    weights: np.ndarray
    common: int
    answers: float


def batch_of(examples: Sequence[Example], facts: float, *, shared: bool = True) -> Batch:
    """`facts` is the weight of what is no answer; `shared`: the common beginning is to be computed once."""
    common = common_length(examples)
    longest = max(len(each.tokens) for each in examples)
    if not shared:
        longest = -(-(longest - 1) // PADDED) * PADDED + 1  # few lengths, so that memory fits again
    tokens = np.zeros((len(examples), longest), np.int64)
    weights = np.zeros((len(examples), longest), np.float32)
    answers = 0.0
    for row, each in enumerate(examples):
        own, length = np.array(each.weights, np.float32), len(each.tokens)
        tokens[row, :length] = each.row
        weights[row, common + 1 : length] = facts
        weights[row, length - len(own) : length] = own
        answers += float(own.sum())
    return Batch(tokens, weights, common if shared else 0, answers)


def read_examples(path: Path, tokenizer: Tokenizer, jobs: int = 1) -> list[Example]:
    """The lessons of a file as tokens; made by `jobs` processes, since it takes milliseconds for each."""
    lines = path.read_bytes().splitlines()
    if jobs == 1:
        found = map(partial(_example, tokenizer), lines)
    else:
        with multiprocessing.Pool(jobs) as pool:
            found = pool.map(partial(_example, tokenizer), lines, chunksize=len(lines) // (4 * jobs) + 1)
    return [each for each in found if each is not None]


def _example(tokenizer: Tokenizer, line: bytes) -> Example | None:
    lesson = _DECODER.decode(line).lesson
    prompt, answer = tokenizer.prompt(lesson.messages), [*tokenizer.encode(lesson.answer), END]
    if len(prompt) + len(answer) > MOST_TOKENS:
        return None
    system = len(tokenizer.encode(lesson.messages[0].content)) + 2
    weights = _weights(lesson.answer, answer, tokenizer)
    return Example((*prompt, *answer), weights, tuple(prompt[:system]))


def _weights(text: str, tokens: Sequence[int], tokenizer: Tokenizer) -> tuple[float, ...]:
    forced = [(match.start() + 1, match.end()) for match in _CONDITION.finditer(text)]
    weights, at = [], 0
    for token in tokens:
        weights.append(FORCED if any(start <= at < end for start, end in forced) else 1.0)
        at += len(tokenizer.decode([token]))
    return tuple(weights)


def batches(
    examples: Sequence[Example], draw: random.Random, most_tokens: int = BATCH_TOKENS
) -> Iterator[list[Example]]:
    """One pass over the examples, in batches, in an order of its own."""
    alike: defaultdict[tuple[int, ...], list[Example]] = defaultdict(list)
    for example in examples:
        alike[example.kind].append(example)
    found: list[list[Example]] = []
    for group in alike.values():
        # Sorted by length, though not quite, so that batches are made of others in the next pass.
        group = sorted(group, key=lambda each: len(each.tokens) * draw.uniform(0.85, 1.15))
        batch: list[Example] = []
        for example in group:
            longest = max([len(example.tokens), *(len(each.tokens) for each in batch)]) - len(example.kind)
            if batch and longest * (len(batch) + 1) > most_tokens:
                found.append(batch)
                batch = []
            batch.append(example)
        found.append(batch)
    draw.shuffle(found)
    yield from found


def common_length(batch: Sequence[Example]) -> int:
    """How many tokens all begin with, leaving each at least one of its own."""
    first, last = min(each.tokens for each in batch), max(each.tokens for each in batch)
    most = min(len(each.tokens) - len(each.weights) - 1 for each in batch)
    count = next((k for k, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), most)
    return min(count, most)

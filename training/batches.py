"""From lessons to batches: dialogues that begin alike and are about as long, so that a step wastes little."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .lessons import StrategyLesson
from .tokenizer import END, Tokenizer

MOST_TOKENS = 1100  # of a dialogue; the few that are longer are left out
BATCH_TOKENS = 5000
FORCED = 0.1  # what a token counts that the grammar leaves no choice about: the text of a condition
_CONDITION = re.compile(r'(?<="condition":")[^"]+')


@dataclass(frozen=True)
class Example:
    """Tokens of a dialogue with its answer; `weights` say how much each token of the answer counts."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]
    kind: tuple[int, ...]  # its first tokens: what it has in common with others of a batch


def read_examples(path: Path, tokenizer: Tokenizer) -> list[Example]:
    decoder = msgspec.json.Decoder(StrategyLesson)
    found = []
    for line in path.read_bytes().splitlines():
        lesson = decoder.decode(line).lesson
        prompt, answer = tokenizer.prompt(lesson.messages), [*tokenizer.encode(lesson.answer), END]
        if len(prompt) + len(answer) <= MOST_TOKENS:
            system = len(tokenizer.encode(lesson.messages[0].content)) + 2
            weights = _weights(lesson.answer, answer, tokenizer)
            found.append(Example((*prompt, *answer), weights, tuple(prompt[:system])))
    return found


def _weights(text: str, tokens: Sequence[int], tokenizer: Tokenizer) -> tuple[float, ...]:
    forced = [(match.start() + 1, match.end()) for match in _CONDITION.finditer(text)]
    weights, at = [], 0
    for token in tokens:
        weights.append(FORCED if any(start <= at < end for start, end in forced) else 1.0)
        at += len(tokenizer.decode([token]))
    return tuple(weights)


def batches(examples: Sequence[Example], draw: random.Random) -> Iterator[list[Example]]:
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
            if batch and longest * (len(batch) + 1) > BATCH_TOKENS:
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

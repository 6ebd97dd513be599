"""From labelled loops to lessons: each strategy asks the teacher about each loop.

python -m training.lessons LABELS.jsonl OUT.jsonl
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.strategies.registry import STRATEGIES

from .families import draw_case
from .label import Labelled, loop_of, read_labels
from .teacher import Lesson, Teacher

# How many of the loops each strategy is asked about; few-shot's prompts are long, and ask what zero-shot's ask.
SHARES = {
    "zero-shot": 1.0, "chain-of-thought": 0.08, "step-by-step": 0.08, "react": 0.06, "tree-of-thoughts": 0.12,
    "few-shot": 0.01,
}  # fmt: skip
WRONG = 0.15


class StrategyLesson(msgspec.Struct, frozen=True):
    strategy: str
    lesson: Lesson


def lessons_of(labelled: Labelled) -> Iterator[StrategyLesson]:
    """What there is to learn from one loop."""
    case = draw_case(labelled.number, labelled.seed)
    facts, file = loop_of(case)
    abstract = loop_abstract(facts, nest=file.loops)
    for name, share in SHARES.items():
        draw = random.Random(f"{labelled.seed}/{labelled.number}/{name}")
        if draw.random() >= share:
            continue
        teacher = Teacher(facts, labelled.right, draw, wrong=WRONG)
        strategy = STRATEGIES[name]
        strategy.propose(facts, abstract, teacher, strategy.budget, lambda plan: check_plan(plan, facts))
        for lesson in teacher.lessons:
            yield StrategyLesson(name, lesson)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    part = options.out.with_suffix(".part")
    with part.open("wb") as out:
        for labelled in read_labels(options.labels):
            for lesson in lessons_of(labelled):
                out.write(msgspec.json.encode(lesson) + b"\n")
    part.replace(options.out)


if __name__ == "__main__":
    main()

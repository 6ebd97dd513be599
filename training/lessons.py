"""From labelled loops to lessons: each strategy asks the teacher about each loop.

Where the text leaves the roles of variables open, the dialogues are had once more with a verifier that knows what
running the loop shows, and a teacher who tries wrong plans first: so there are refutations to learn from.

    python -m training.lessons LABELS.jsonl OUT.jsonl [--jobs N]
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.strategies.registry import STRATEGIES

from .candidates import candidates, same_plan
from .families import draw_case
from .label import Labelled, loop_of, read_labels
from .teacher import Lesson, Teacher
from .tried import trials

# How many of the loops each strategy is asked about; few-shot's prompts are long, and ask what zero-shot's ask.
SHARES = {
    "zero-shot": 1.0, "chain-of-thought": 0.08, "step-by-step": 0.08, "react": 0.06, "tree-of-thoughts": 0.12,
    "few-shot": 0.01,
}  # fmt: skip
TRIED_SHARES = SHARES | {"few-shot": 0.0}
WRONG, TRIED_WRONG = 0.15, 0.7
MOST_TRIED = 6  # wrong plans of a loop


class StrategyLesson(msgspec.Struct, frozen=True):
    strategy: str
    lesson: Lesson


def lessons_of(labelled: Labelled) -> Iterator[StrategyLesson]:
    """What there is to learn from one loop."""
    case = draw_case(labelled.number, labelled.seed)
    facts, file = loop_of(case)
    abstract = loop_abstract(facts, nest=file.loops)
    known = {same_plan(plan) for plan in labelled.right}
    wrong = [plan for plan in candidates(facts, file.loops) if same_plan(plan) not in known][:MOST_TRIED]
    for kind, shares in (("checked", SHARES), ("tried", TRIED_SHARES if wrong else {})):
        for name, share in shares.items():
            # What is only checked is drawn as if nothing were tried.
            seed = f"{labelled.seed}/{labelled.number}/{name}"
            draw = random.Random(seed if kind == "checked" else f"{seed}/{kind}")
            if draw.random() >= share:
                continue
            if kind == "checked":
                teacher, verify = Teacher(facts, labelled.right, draw, wrong=WRONG), partial(check_plan, facts=facts)
            else:
                teacher = Teacher(facts, labelled.right, draw, wrong=TRIED_WRONG, tried=wrong)
                verify = trials(facts, labelled.right, draw)
            strategy = STRATEGIES[name]
            strategy.propose(facts, abstract, teacher, strategy.budget, verify)
            for lesson in teacher.lessons:
                # Without a refutation it would be the other kind's lesson over again.
                if kind == "checked" or len(lesson.messages) > 2:
                    yield StrategyLesson(name, lesson)


def _encoded(labelled: Labelled) -> bytes:
    return b"".join(msgspec.json.encode(lesson) + b"\n" for lesson in lessons_of(labelled))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    part = options.out.with_suffix(".part")
    with part.open("wb") as out, multiprocessing.Pool(options.jobs) as pool:
        for lessons in pool.imap(_encoded, read_labels(options.labels), chunksize=50):
            out.write(lessons)
    part.replace(options.out)


if __name__ == "__main__":
    main()

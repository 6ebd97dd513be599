"""Draws loops and finds out which plans are right for them.

    python -m training.label OUT.jsonl --seed N --count N [--jobs N]

A line for each loop that a model may be asked about, in order: its number, its families, its right plans. What is
already in the file is not done again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import FileFacts, LoopFacts
from pragmatist.reasoning.condition import open_guard
from pragmatist.reasoning.plan import Plan

from .candidates import candidates
from .case import Case
from .families import draw_case
from .oracle import CannotRun, Question, right_plans

LOT = 50  # loops in one program of the oracle


class Labelled(msgspec.Struct, frozen=True):
    """`right` are all right plans among the candidates, the preferred one first; the static planner's is `static`."""

    seed: int
    number: int
    families: tuple[str, ...]
    static: Plan | None
    right: tuple[Plan, ...]


def loop_of(case: Case) -> tuple[LoopFacts, FileFacts]:
    """The facts of the case's loop, and of its file."""
    source = case.source
    facts = analyze(source.encode(), case.language)
    head = f"for ({case.header})"
    return next(loop for loop in facts.loops if source.startswith(head, loop.place.start)), facts


def labelled(seed: int, numbers: range) -> list[Labelled]:
    """The loops of these numbers that a model may be asked about."""
    questions = []
    for number in numbers:
        case = draw_case(number, seed)
        loop, facts = loop_of(case)
        if loop.blocking or loop.header is None:
            continue  # no plan can be right for it, so no model is asked
        plans = candidates(loop, facts.loops)
        if not plans:
            continue
        overlapping = any(open_guard(each) is not None for each in loop.assumptions)
        questions.append(Question(case, tuple(plans), overlapping))
    found = []
    for question, verdicts in _judged(questions):
        right = tuple(plan for plan, is_right in zip(question.plans, verdicts, strict=True) if is_right)
        case = question.case
        found.append(Labelled(seed, case.number, tuple(case.families), question.plans[0], right))
    return found


def _judged(questions: list[Question]) -> list[tuple[Question, list[bool]]]:
    """The questions with their answers; a loop that divides by zero, say, even in order is left out."""
    while True:
        try:
            return list(zip(questions, right_plans(questions), strict=True))
        except CannotRun as problem:
            print(f"left out: {problem}", file=sys.stderr)
            questions = [*questions[: problem.question], *questions[problem.question + 1 :]]


def read_labels(path: Path) -> Iterator[Labelled]:
    """What `main` wrote; a last line that was cut off is left out."""
    decoder = msgspec.json.Decoder(Labelled)
    for line in path.read_bytes().splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    progress = options.out.with_suffix(".progress")
    first = json.loads(progress.read_text())["next"] if progress.exists() else 0
    started = time.monotonic()
    lots = [range(lot, min(lot + LOT, options.count)) for lot in range(first, options.count, LOT)]
    with options.out.open("ab") as out, multiprocessing.Pool(options.jobs) as pool:
        for lot, found in zip(lots, pool.imap(partial(labelled, options.seed), lots), strict=True):
            for each in found:
                out.write(msgspec.json.encode(each) + b"\n")
            out.flush()
            progress.write_text(json.dumps({"next": lot.stop}))
            print(f"{lot.stop} loops, {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()

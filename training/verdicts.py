"""Verdicts of the product's verification about plans, kept in a file, since each takes seconds.

    python -m training.verdicts LABELS.jsonl VERDICTS.jsonl --count N

asks ahead about the first N loops: the static planner's plan, and where that is wrong a right one.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec
from pragmatist.reasoning.plan import Plan

from .candidates import same_plan
from .families import draw_case
from .label import Labelled, read_labels
from .verified import is_inserted


class Verdict(msgspec.Struct, frozen=True):
    """`why` a plan was not inserted; "" where it was."""

    key: str
    inserted: bool
    why: str


class Verdicts:
    """Kept verdicts; a new one is asked for and added to the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_bytes().splitlines() if path.exists() else []
        self._known = {each.key: each for each in (msgspec.json.decode(line, type=Verdict) for line in lines)}

    def of(self, labelled: Labelled, plan: Plan) -> Verdict:
        key = f"{labelled.seed}/{labelled.number}/{same_plan(plan)}"
        known = self._known.get(key)
        if known is None:
            case = draw_case(labelled.number, labelled.seed)
            known = self._known[key] = Verdict(key, *asyncio.run(is_inserted(case, plan)))
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(known) + b"\n")
        return known


def ahead(labels: Iterable[Labelled], verdicts: Verdicts) -> None:
    for labelled in labels:
        if labelled.static is None:
            continue
        asked = [labelled.static]
        if labelled.static not in labelled.right and labelled.right:
            asked.append(labelled.right[0])
        for plan in asked:
            verdict = verdicts.of(labelled, plan)
            is_right = plan in labelled.right
            print(
                labelled.number,
                *labelled.families,
                "right" if is_right else "wrong",
                verdict.inserted,
                verdict.why,
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("verdicts", type=Path)
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()
    ahead(list(read_labels(options.labels))[: options.count], Verdicts(options.verdicts))


if __name__ == "__main__":
    main()

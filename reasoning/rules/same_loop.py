"""PRG500: the plan is for another loop than the one whose facts it is held against."""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection

CODE = "PRG500"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    if plan.loop != facts.id:
        yield Rejection(CODE, f"the plan is for loop {plan.loop!r}, not for this one ({facts.id!r}): make it anew")

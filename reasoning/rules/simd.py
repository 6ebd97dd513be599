"""PRG514: what a simd directive cannot carry.

A bare simd directive has no firstprivate clause (OpenMP 5.2 §10.4), and its iterations run in the lanes of one thread,
so calls and inner loops rarely gain; they are legal, and let through.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection

CODE = "PRG514"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    if plan.directive != "simd":
        return
    for name in plan.firstprivate:
        yield Rejection(
            CODE, f"simd takes no firstprivate clause (for {name}): use parallel for simd, or leave it shared", name
        )

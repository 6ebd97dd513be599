"""PRG507: an induction variable that is read after the loop keeps its value only if the loop runs at least once.

Serially, `for (i = 0; i < n; i++)` sets i even when n is 0. Under lastprivate (and under simd's linear) nothing is
written back when there is no iteration: gcc 11 to clang 19 all leave the old value. A constant trip count settles it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection

CODE = "PRG507"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    header = facts.header
    if header is None or header.declared_in_header or (header.trip_count is not None and header.trip_count > 0):
        return
    for variable in facts.variables:
        if variable.name == header.variable and variable.live_out:
            yield Rejection(
                CODE,
                f"{variable.name} may be read after the loop, and when the loop runs no iteration it would not get its "
                f"first value: declare it in the loop header, or set it again before it is read",
                variable.name,
                refuted=False,
            )

"""PRG503: only a loop in canonical form can be given an OpenMP loop directive.

Canonical form (OpenMP 5.2 §4.4.1) is `for (i = lower; i < upper; i += step)` with bounds and step that the loop
does not change. Anything else does not compile, or means something else. A loop that the text around it kept from
being parsed may have effects that the facts do not hold, so a plan for it is not proved.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection

CODE = "PRG503"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    if facts.kind in ("while", "do"):
        yield Rejection(
            CODE,
            f"a {facts.kind} loop cannot carry an OpenMP directive: write it as for (i = lower; i < upper; i += step)",
        )
    elif facts.header is None:
        yield Rejection(
            CODE,
            "the loop is not in canonical form: write it as for (i = lower; i < upper; i += step) with a bound and a "
            "step that the loop does not change",
        )
    if not facts.complete:
        yield Rejection(
            CODE, "the text around the loop does not parse, so its facts are incomplete: finish it first", refuted=False
        )

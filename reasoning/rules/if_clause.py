"""PRG511: the `if` clause is an expression that is safe to evaluate before the loop and cannot smuggle anything in.

See `reasoning/condition.py` for what is let through.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..condition import ConditionError, check_condition
from ..plan import Plan, Rejection

CODE = "PRG511"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    if plan.condition is None:
        return
    try:
        check_condition(plan.condition, facts)
    except ConditionError as error:
        shown = ascii(plan.condition[:80])[1:-1]
        yield Rejection(CODE, f"the if clause `{shown}` cannot be used: {error}")

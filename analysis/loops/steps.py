"""Steps that are parameters: the number of iterations is computed by dividing by them, before the loop begins."""

from __future__ import annotations

from ..execution.canonical import step_constraints
from ..execution.implication import contradicted
from ..facts import Assumption
from ..symbolic.interval import polynomial_bounds
from .places import place_of
from .view import LoopView


def step_assumptions(view: LoopView) -> list[Assumption]:
    """That the step is not zero, and leads towards the bound, where nothing around the loop says so.

    No `if` clause can ask for it: the division is done whatever the clause says, and a loop that would have run no
    iteration ends the program.
    """
    header = view.record.header
    found: list[Assumption] = []
    for needed in step_constraints(header):
        least, _ = polynomial_bounds(needed.left)
        if (least is not None and least >= 0) or contradicted(needed.negated(), view.record.guards):
            continue
        if header is None or header.step_expr is None:
            continue
        start, end = header.step_expr.start, header.step_expr.end
        text = view.text.excerpt(start, end, 80)
        sign = "less" if header.comparison in (">", ">=") and not header.step_negative else "greater"
        condition = f"{text} {'<' if sign == 'less' else '>'} 0"
        found.append(
            Assumption(
                "PRG209",
                f"the step `{text}` is {sign} than 0 whenever the loop is reached",
                place_of(view, start, end),
                help=f"write `if ({condition})` around the loop",
            )
        )
    return found

"""Types that nothing in sight declares are taken for numbers: where their operators stand, that is an assumption."""

from __future__ import annotations

from ..facts import Assumption
from .places import place_of
from .view import LoopView


def operator_assumptions(view: LoopView) -> list[Assumption]:
    """One for each such type whose operators the loop uses, itself or in functions that are followed from it."""
    statement, trace = view.record.statement, view.index.trace
    own = trace.function
    found = {
        name: own.start + offset
        for offset, name in reversed(own.assumed_numbers)
        if statement.start <= own.start + offset < statement.end
    }
    if view.record.calls:
        for function in trace.followed.values():
            for _, name in function.assumed_numbers:
                found.setdefault(name, statement.start)
    return [
        Assumption(
            "PRG207",
            f"the operators of `{name}` touch nothing but their operands, as those of numbers do",
            place_of(view, start, start),
            help="have the plan verified with the types that are used",
        )
        for name, start in sorted(found.items())
    ]

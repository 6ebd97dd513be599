"""PRG510: what the proof assumes must hold already or be asked by the plan's own `if` clause.

A guard in `if(...)` makes the loop run on one thread, in order, when the assumption fails. It does not undo the
clauses: a variable that has a private copy keeps it, and memory that overlaps with the original then reads stale
values. So a guard that speaks of such a variable discharges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..condition import ConditionError, conjuncts, names_in, open_guard
from ..data_sharing import clauses_by_variable
from ..plan import Plan, Rejection

CODE = "PRG510"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    try:
        asked = conjuncts(plan.condition) if plan.condition is not None else frozenset()
    except ConditionError:
        asked = frozenset()  # the condition rule speaks of it
    copied = clauses_by_variable(plan)
    for assumption in facts.assumptions:
        if assumption.discharged_by is not None:
            continue
        guard = open_guard(assumption)
        if guard is None:
            what = f"not proved: line {assumption.place.line}: it is assumed that {assumption.message}"
            yield Rejection(assumption.code, what + (f" ({assumption.help})" if assumption.help else ""), refuted=False)
            continue
        if not conjuncts(guard) <= asked:
            yield Rejection(
                assumption.code,
                f"not proved: it is assumed that {assumption.message}: add if({guard})",
                refuted=False,
            )
            continue
        for name in sorted(names_in(guard) & copied.keys()):
            yield Rejection(
                CODE,
                f"not proved: if({guard}) cannot stand in for the assumption that {assumption.message}, "
                f"because {name} has private copies even when the loop runs on one thread",
                name,
                refuted=False,
            )

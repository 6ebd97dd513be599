"""PRG514: what a simd directive cannot carry.

A bare simd directive has no firstprivate clause (OpenMP 5.2 §10.4), and gcc takes no class as the induction variable of
any simd loop: no iterator, and so no range-based for. Few constructs may stand inside (§17.1: atomic, loop, simd).
Calls and inner loops rarely gain; they are legal, and let through.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection

CODE = "PRG514"
_MAY_STAND_INSIDE = ("atomic", "loop", "simd")


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    if "simd" not in plan.directive:
        return
    if plan.directive == "simd":
        for name in plan.firstprivate:
            says = f"simd takes no firstprivate clause (for {name}): use parallel for simd, or leave it shared"
            yield Rejection(CODE, says, name)
    for name in facts.constructs:
        if name.split()[0] not in _MAY_STAND_INSIDE:
            yield Rejection(CODE, f"{name} may not stand inside a simd loop: use parallel for", name)
    if iterates_over_objects(facts):
        name = facts.header.variable if facts.header is not None else None
        yield Rejection(CODE, f"simd takes no iterator such as {name}: use parallel for, or an index", name)


def iterates_over_objects(facts: LoopFacts) -> bool:
    """Whether the induction variable is, or may be, a class object. `auto` is taken for one: an index has a type."""
    if facts.kind == "range-for":
        return True
    kind = facts.header.variable_type if facts.header is not None else ""
    return kind == "auto" or "iterator" in kind or "<" in kind

"""The static planner: the plan that follows from the roles of a loop's variables, with no model asked.

It writes the clauses that `data_sharing` requires, asks for open assumptions in the `if` clause, and chooses collapse
and schedule conservatively, where the text shows a reason. Its plans go through the same checker as a model's. Where
the analysis is merely unsure the plan is written all the same: `verdict.judge` then calls it a candidate.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import takewhile
from typing import Literal

import msgspec

from ..analysis.facts import LoopFacts
from .checker import check_plan
from .condition import conjoin, names_in, open_guard
from .data_sharing import is_class, sharing
from .plan import Directive, Plan, Reduction, Rejection, Schedule
from .profitability import pays
from .rules.simd import iterates_over_objects

# With fewer iterations than this, a wide machine has idle threads, and collapsing two loops gives it more.
FEW_ITERATIONS = 64
# Collapsing into the innermost loop costs its vectorisation, so only very few iterations justify it.
VERY_FEW_ITERATIONS = 16
# Below this a simd loop has hardly more than one vector.
SIMD_ITERATIONS = 8
# A cache line holds eight doubles: neighbouring results of one thread stay together.
CHUNK = 8


class TargetNotOffered(ValueError):
    """The static planner cannot plan for this target."""


def plan_statically(
    facts: LoopFacts, *, target: Literal["cpu", "gpu"] = "cpu", inner: Sequence[LoopFacts] = ()
) -> Plan | None:
    """The plan for one loop, or None where the facts refute every plan that the planner could write.

    `inner` are the file's loops in source order, or those inside this one; they decide about schedule and the depth of
    collapse. Raises `TargetNotOffered` for the GPU: which part of a pointer's target a loop touches is
    not among the facts, so maps would be guesses.
    """
    if target != "cpu":
        raise TargetNotOffered(
            f"the static planner does not offer target {target!r}: it cannot tell yet which array sections to map; "
            f"use target cpu"
        )
    draft = _draft(facts, inner)
    return None if any(rejection.refuted for rejection in check_plan(draft, facts)) else draft


def why_no_plan(facts: LoopFacts) -> tuple[Rejection, ...]:
    """Why `plan_statically` gives None for this loop: what refutes the plan it would write. () where it gives one."""
    refused = refused_plan(facts)
    return () if refused is None else refused[1]


def refused_plan(facts: LoopFacts, inner: Sequence[LoopFacts] = ()) -> tuple[Plan, tuple[Rejection, ...]] | None:
    """The plan that `plan_statically` would write if nothing refuted it, and what does; None where it gives one."""
    draft = _draft(facts, inner)
    why = tuple(rejection for rejection in check_plan(draft, facts) if rejection.refuted)
    return (draft, why) if why else None


def _draft(facts: LoopFacts, inner: Sequence[LoopFacts]) -> Plan:
    nested = _nested(facts, inner)
    plan = _share(facts, _directive(facts))
    base = check_plan(plan, facts)
    notes: list[str] = []
    depth = _collapse_depth(facts, nested)
    if depth is not None:
        collapsed = msgspec.structs.replace(plan, collapse=depth)
        if check_plan(collapsed, facts) == base:
            plan = collapsed
            notes.append(f"The outer loop has few iterations, so {depth} loops are collapsed.")
    if plan.collapse is None and plan.directive == "parallel for":
        schedule, note = _schedule(facts, nested)
        plan = msgspec.structs.replace(plan, schedule=schedule)
        notes += note
    return msgspec.structs.replace(plan, rationale=" ".join([*_rationale(facts, plan), *notes]))


def _nested(facts: LoopFacts, loops: Sequence[LoopFacts]) -> list[LoopFacts]:
    """The loops inside this one; a search, since a file may have thousands of loops and be planned for each."""
    if facts.innermost:
        return []
    first = bisect_right(loops, facts.place.start, key=lambda loop: loop.place.start)
    after = (loops[position] for position in range(first, len(loops)))
    return list(takewhile(lambda loop: loop.place.start < facts.place.end, after))


def _directive(facts: LoopFacts) -> Directive:
    """simd where threads do not pay and lanes can; it needs no team, but has no firstprivate and no array sections."""
    trips = facts.header.trip_count if facts.header is not None else None
    scalar = all(
        v.role in ("shared", "local", "induction")
        or not (v.is_array or v.section or is_class(v) or v.role == "firstprivate")
        for v in facts.variables
    )
    plain = facts.innermost and not facts.calls and not facts.constructs and not iterates_over_objects(facts)
    lanes = plain and trips is not None and trips >= SIMD_ITERATIONS and scalar
    return "simd" if lanes and not facts.unknowns and pays(facts) is False else "parallel for"


def _share(facts: LoopFacts, directive: Directive) -> Plan:
    private, first, last, reductions = [], [], [], []
    for variable in facts.variables:
        needs = sharing(variable, facts, simd_only=directive == "simd")
        if "private" in needs.required:
            private.append(variable.name)
        if "firstprivate" in needs.required:
            first.append(variable.name)
        if "lastprivate" in needs.required:
            last.append(variable.name)
        if "reduction" in needs.required:
            # "-" combines like "+", and OpenMP 5.2 deprecates it.
            operator = "+" if variable.operator in ("-", None) else variable.operator
            reductions.append(Reduction(operator, variable.name + (variable.section or "")))
    guards = tuple(guard for a in facts.assumptions if (guard := open_guard(a)) is not None)
    return Plan(
        loop=facts.id,
        directive=directive,
        private=tuple(private),
        firstprivate=tuple(first),
        lastprivate=tuple(last),
        reductions=tuple(reductions),
        condition=conjoin(guards),
        planned_by="static",
    )


def _collapse_depth(facts: LoopFacts, nested: Sequence[LoopFacts]) -> int | None:
    trips = facts.header.trip_count if facts.header is not None else None
    if trips is None or trips >= FEW_ITERATIONS or facts.collapsible < 2:
        return None
    chain, parent = [], facts
    while (child := next((loop for loop in nested if loop.parent == parent.id), None)) is not None:
        chain.append(child)
        parent = child
    depth, total = 1, trips
    while depth < facts.collapsible and total < FEW_ITERATIONS:
        child = chain[depth - 1] if depth <= len(chain) else None
        if child is not None and child.innermost and total >= VERY_FEW_ITERATIONS:
            break
        depth += 1
        if child is None or child.header is None or child.header.trip_count is None:
            break  # of unknown length, so hoped to be long
        total *= child.header.trip_count
    return depth if depth > 1 else None


def _schedule(facts: LoopFacts, nested: Sequence[LoopFacts]) -> tuple[Schedule | None, list[str]]:
    if facts.header is None:
        return None, []
    own = facts.header.variable
    for loop in nested:
        if loop.header is None:
            continue
        bounds = (loop.header.lower, loop.header.upper)
        varying = [bound for bound in bounds if own in names_in(bound)]
        if any("[" in bound for bound in varying):
            return Schedule("guided"), [f"The inner loop's length ({varying[0]}) differs by data, hence guided."]
        if varying:
            trips = facts.header.trip_count
            chunk = CHUNK if trips is None or trips >= FEW_ITERATIONS * CHUNK else None
            return Schedule("dynamic", chunk), [f"The inner loop's length changes with {own}, hence dynamic."]
    return None, []


def _rationale(facts: LoopFacts, plan: Plan) -> list[str]:
    words = ["The iterations are independent." if not facts.unknowns else "Nothing shows the iterations dependent."]
    for clause, names in (
        ("private", plan.private),
        ("first-private", plan.firstprivate),
        ("last-private", plan.lastprivate),
        ("reduced", tuple(r.variable for r in plan.reductions)),
    ):
        if names:
            words.append(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {clause}.")
    rounded = [
        v.name for v in facts.variables if v.role == "reduction" and v.floating and v.operator in ("+", "-", "*")
    ]
    if rounded:
        words.append(f"{', '.join(rounded)} is accumulated in another order, so its last digits may differ.")
    if plan.condition is not None:
        words.append("The if clause asks for what the proof assumes.")
    if pays(facts) is False:
        words.append(
            "Too little work for threads to pay, so lanes only."
            if plan.directive == "simd"
            else "Too little work: threads will not pay here."
        )
    return words

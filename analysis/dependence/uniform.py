"""Uniform dependences in rectangular nests, by hand: the commonest answers but "independent", without integer sets.

Both accesses have the same subscripts but for constants and for the names of the loops' counters. Each subscript uses
one counter at most, of a loop around both, or of a loop around the one and its counterpart around the other. The loops'
bounds are parameters that can be as large as it takes, and guards speak of parameters only and are the same for both.
Then the distance in each counter that both use is the constants' difference, and the others are free. Where something
else decides whether the accesses happen, which the references do not hold, they may meet or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..symbolic.polynomial import Constraint, Monomial, Polynomial, Term, varies
from .conditions import FAR, WORTH_TELLING
from .problem import INDEPENDENT, Answer, LoopDomain, Reference
from .system import only_parameters


def uniform_dependence(
    first: Reference,
    second: Reference,
    loop: LoopDomain,
    context: Sequence[Constraint],
    pairs: Sequence[tuple[Polynomial, Polynomial]],
) -> Answer | None:
    """The answer where the question has this form, else None."""
    depth = loop.counter.depth
    guards = first.guards
    if guards is not second.guards and guards != second.guards:
        return None
    if any(guard.left.constant is not None or not only_parameters(guard.left, depth) for guard in guards):
        return None
    around = [one for one, other in zip(first.loops, second.loops, strict=False) if one is other]
    if loop not in around:
        return None
    common = around[around.index(loop) :]
    own = (first.loops[len(around) :], second.loops[len(around) :])
    if any(not _bounded_by_parameters(each, depth) for loops in own for each in loops):
        return None
    shared = {each.counter for each in common}
    distances: dict[Term, int] = {}  # of the counters of common loops
    reached: dict[Term, int] = {}  # what the counters of the other loops are where the accesses meet first
    for left, right in pairs:
        one, other = _plain(left, depth), _plain(right, depth)
        if one is None or other is None or one.factor != other.factor or one.parameters != other.parameters:
            return None
        if one.counter is None or other.counter is None:
            if one.constant != other.constant:
                return None
            continue
        distance, remainder = divmod(one.constant - other.constant, one.factor)
        if remainder:
            return None
        if one.counter is other.counter and one.counter in shared:
            if distances.setdefault(one.counter, distance) != distance:
                return INDEPENDENT
            continue
        if not (_is_counter_of(one.counter, own[0]) and _is_counter_of(other.counter, own[1])):
            return None
        if one.counter in reached or other.counter in reached:
            return None
        reached[one.counter], reached[other.counter] = max(0, -distance), max(0, distance)
    growth: dict[Term, int] = {}
    exact = first.exact_guards and second.exact_guards
    for each in (*around, *own[0], *own[1]):
        used = each.counter in distances or each.counter in reached
        needed = reached.get(each.counter, abs(distances.get(each.counter, 1 if each is loop else 0)))
        if needed >= WORTH_TELLING or not _reaches(each, needed, growth):
            return None
        exact = exact and (each.exact or not used)
    if not all(_compatible(constraint, growth) for constraint in (*context, *guards)):
        return None
    source: list[int] = []
    sink: list[int] = []
    vector: list[int | None] = []
    direction: list[str] = []
    for each in common:
        distance = distances.get(each.counter)
        if distance is None:
            vector.append(None)
            direction.append("*" if source else "<")
            distance = 0 if source else 1
        else:
            vector.append(distance)
            direction.append("<" if distance > 0 else ">" if distance < 0 else "=")
            if not source and distance < 1:
                return INDEPENDENT
        source.append(max(0, -distance))
        sink.append(max(0, distance))
    if not exact:
        return Answer("unknown", tuple(vector), tuple(direction), cause="guard")
    return Answer("dependent", tuple(vector), tuple(direction), sample=(tuple(source), tuple(sink)))


class _Plain(NamedTuple):
    """A subscript `factor * counter + parameters + constant`; without a counter the factor is 0."""

    counter: Term | None
    factor: int
    parameters: dict[Monomial, int]
    constant: int


def _plain(subscript: Polynomial, depth: int) -> _Plain | None:
    """The parts of a subscript of that form; None for others."""
    counter: Term | None = None
    factor = constant = 0
    parameters: dict[Monomial, int] = {}
    for monomial, coefficient in subscript.terms.items():
        if not monomial:
            constant = coefficient
        elif not varies(monomial, depth):
            parameters[monomial] = coefficient
        elif len(monomial) == 1 and counter is None and monomial[0].kind == "counter":
            counter, factor = monomial[0], coefficient
        else:
            return None
    return _Plain(counter, factor, parameters, constant)


def _is_counter_of(counter: Term, loops: Sequence[LoopDomain]) -> bool:
    return any(counter is loop.counter for loop in loops)


def _bounded_by_parameters(loop: LoopDomain, depth: int) -> bool:
    """Whether the bounds are the same in all iterations of the loops from `depth` on."""
    return all(
        term.depth < depth or term is loop.counter
        for constraint in loop.constraints
        for monomial in constraint.left.terms
        for term in monomial
    )


def _reaches(loop: LoopDomain, needed: int, growth: dict[Term, int]) -> bool:
    """Whether the counter gets to `needed` once the parameters are far enough along `growth`, which this adds to."""
    counter = (loop.counter,)
    for constraint in loop.constraints:
        terms = constraint.left.terms
        factor = terms.get(counter, 0)
        if constraint.relation != ">=" or factor >= 0:
            return False
        grows = False
        for monomial, coefficient in terms.items():
            if not monomial or monomial == counter:
                continue
            term = monomial[0]
            if len(monomial) > 1 or term.kind == "counter" or term.defined_by is not None:
                return False
            limit = term.high if coefficient > 0 else term.low
            if limit is not None and abs(limit) < FAR:
                return False
            sign = 1 if coefficient > 0 else -1
            if growth.setdefault(term, sign) != sign:
                return False
            grows = True
        if not grows and terms.get((), 0) + factor * needed < 0:
            return False
    return True


def _compatible(constraint: Constraint, growth: dict[Term, int]) -> bool:
    """Whether growing parameters further never breaks the constraint."""
    for monomial, coefficient in constraint.left.terms.items():
        for term in monomial:
            if term in growth and (len(monomial) > 1 or constraint.relation != ">=" or coefficient * growth[term] < 0):
                return False
    return True

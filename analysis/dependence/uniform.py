"""Uniform dependences in rectangular nests, by hand: the commonest "dependent" answers, without integer sets.

Both accesses have the same subscripts but for constants, each subscript uses one counter at most, the loops' bounds
are parameters that can be as large as it takes, and guards speak of parameters only and are the same for both. Then the
distance in each used counter is the constants' difference, and the others are free.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..symbolic.polynomial import Constraint, Polynomial, Term
from .conditions import WORTH_TELLING
from .problem import INDEPENDENT, Answer, LoopDomain, Reference
from .system import only_parameters

FAR = 2**15  # a bound on a value beyond this is its type's, not a limit on how far a loop runs


def uniform_dependence(
    first: Reference,
    second: Reference,
    loop: LoopDomain,
    context: Sequence[Constraint],
    pairs: Sequence[tuple[Polynomial, Polynomial]],
) -> Answer | None:
    """The answer where the question has this form, else None."""
    if first.loops != second.loops or not (first.exact_guards and second.exact_guards):
        return None
    guards = first.guards
    if guards is not second.guards and guards != second.guards:
        return None
    if any(guard.left.constant is not None or not only_parameters(guard.left, loop.counter.depth) for guard in guards):
        return None
    loops = first.loops
    position = loops.index(loop)
    counters = {each.counter for each in loops[position:]}
    distances: dict[Term, int] = {}
    for left, right in pairs:
        found = _distance(left, right, counters, loop.counter.depth)
        if found is None:
            return None
        term, distance = found
        if term is not None and distances.setdefault(term, distance) != distance:
            return INDEPENDENT
    growth: dict[Term, int] = {}
    for index, each in enumerate(loops):
        needed = abs(distances.get(each.counter, 1 if index == position else 0))
        if needed >= WORTH_TELLING or not _reaches(each, needed, growth):
            return None
    if not all(_compatible(constraint, growth) for constraint in (*context, *guards)):
        return None
    source: list[int] = []
    sink: list[int] = []
    vector: list[int | None] = []
    direction: list[str] = []
    for each in loops[position:]:
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
    return Answer("dependent", tuple(vector), tuple(direction), sample=(tuple(source), tuple(sink)))


def _distance(left: Polynomial, right: Polynomial, counters: set[Term], depth: int) -> tuple[Term | None, int] | None:
    """The counter that two subscripts use and its distance between equal ones; None where they are not that simple."""
    if len(left.terms) - (() in left.terms) != len(right.terms) - (() in right.terms):
        return None
    used: Term | None = None
    factor = 0
    for monomial, coefficient in left.terms.items():
        if not monomial:
            continue
        if right.terms.get(monomial) != coefficient:
            return None
        for term in monomial:
            if term.depth >= depth:
                if used is not None or len(monomial) > 1 or term not in counters:
                    return None
                used, factor = term, coefficient
    offset = left.terms.get((), 0) - right.terms.get((), 0)
    if used is None:
        return (None, 0) if not offset else None
    distance, remainder = divmod(offset, factor)
    return None if remainder else (used, distance)


def _reaches(loop: LoopDomain, needed: int, growth: dict[Term, int]) -> bool:
    """Whether the counter gets to `needed` once the parameters are far enough along `growth`, which this adds to."""
    if not loop.exact:
        return False
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

"""Bounds of a value over all executions of an access, in terms of values that are fixed before a loop.

The domain is projected onto the value by isl; every bound returned holds for all executions, none need be attained.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..symbolic.polynomial import Constraint, Polynomial, Term, constant
from ..symbolic.substitution import substitute
from .domain import add_domain
from .problem import LoopDomain, Reference
from .rows import PARAMETER, plus, scale, subtract
from .sets import DIV, PARAM, SET, Question, TooComplex, arrange, budget, build, integer, is_empty, kept, project_out
from .system import System, only_parameters

_MOST_BOUNDS = 8  # of each kind; the fewer terms, the earlier
_MOST_ALTERNATIVES = 32
_SIDE = 0

Bound = tuple[tuple[tuple[int, int], ...], int]  # (parameter's position from 1, coefficient)s, constant


class Bounds(msgspec.Struct, frozen=True):
    """Each of `lowest` is at most the value, each of `highest` at least; the simplest come first."""

    lowest: tuple[Polynomial, ...]
    highest: tuple[Polynomial, ...]


def bounds_of(value: Polynomial, reference: Reference, depth: int, context: Sequence[Constraint] = ()) -> Bounds:
    """What bounds `value` whenever `reference` is executed, over terms that vary less deeply than `depth`.

    `context` holds constraints on those terms that are known to hold. Empty where the value has no linear form or the
    question is too complex.
    """
    nothing = Bounds((), ())
    system = System(depth)
    system.add([each for each in context if only_parameters(each.left, depth)], PARAMETER)
    add_domain(system, reference, _SIDE)  # what a system does not say only makes the domain, and the bounds, wider
    row = system.affine(value, _SIDE)
    if row is None or system.impossible:
        return nothing
    element = system.column(_SIDE, Term("value", "opaque", depth))
    system.equal_zero(subtract(row, {element: 1}))
    question, parameters = arrange(system, [element])
    found = _project(question)
    if found is None:
        return nothing
    monomials = [system.columns[column].monomial for column in parameters]

    def polynomial(bound: Bound) -> Polynomial:
        terms = {monomials[position - 1]: coefficient for position, coefficient in bound[0]}
        return Polynomial({**terms, (): bound[1]} if bound[1] else terms)

    lows, highs = found
    return Bounds(
        tuple(_simplest(_wider([polynomial(bound) for bound in lows], -1), lowest=True)),
        tuple(_simplest(_wider([polynomial(bound) for bound in highs], 1), lowest=False)),
    )


def _wider(bounds: list[Polynomial], sign: int) -> list[Polynomial]:
    """The bounds, and those further in the direction of `sign` that do without minima, maxima and quotients.

    min(p, q) is at most p, and at most q; d * (p / d) lies between p - d + 1 and p where the quotient is rounded down.
    """
    found = list(bounds)
    for bound in found:  # what is appended is looked at in its turn
        for monomial, coefficient in bound.terms.items():
            if len(monomial) == 1 and monomial[0].defined_by is not None and len(found) <= _MOST_ALTERNATIVES:
                found += [substitute(bound, monomial[0], each) for each in _beyond(monomial[0], coefficient, sign)]
                found += _without_quotient(bound, monomial[0], coefficient, sign)
    return found


def _beyond(term: Term, coefficient: int, sign: int) -> tuple[Polynomial, ...]:
    """What lies at or beyond a minimum or a maximum in the direction of `sign`, seen through the coefficient."""
    assert term.defined_by is not None
    kind, *_ = term.defined_by
    return term.defined_by[1:] if kind == ("min" if coefficient * sign > 0 else "max") else ()


def _without_quotient(bound: Polynomial, term: Term, coefficient: int, sign: int) -> list[Polynomial]:
    assert term.defined_by is not None
    kind, dividend, *rest = term.defined_by
    divisor = rest[0].constant if kind in ("div", "floor") else None
    if divisor is None or divisor <= 0 or coefficient % divisor:
        return []
    times = coefficient // divisor
    others = bound - Polynomial({(term,): coefficient})
    slack = 0
    if times * sign < 0:  # towards the low end of the quotient
        slack = -(divisor - 1)
    elif kind == "div":  # of a negative dividend, rounded up
        slack = divisor - 1
    return [others + (dividend + constant(slack)).scaled(times)]


def never_negative(
    value: Polynomial, loops: Sequence[LoopDomain], depth: int, context: Sequence[Constraint] = ()
) -> bool:
    """Whether `value`, over terms that vary less deeply than `depth`, is at least 0 whenever the loops run."""
    system = System(depth)
    system.add([each for each in context if only_parameters(each.left, depth)], PARAMETER)
    for loop in loops:
        system.column(_SIDE, loop.counter)
        system.add(loop.constraints, _SIDE)
    row = system.affine(value, _SIDE)
    if row is None:
        return False
    system.at_least_zero(plus(scale(row, -1), -1))
    try:
        return is_empty(system)
    except TooComplex:
        return False


def _simplest(bounds: list[Polynomial], lowest: bool) -> list[Polynomial]:
    """Fewest terms first; of those that differ by a constant only the tightest."""
    tightest: dict[frozenset[tuple[object, int]], Polynomial] = {}
    for bound in bounds:
        key = frozenset((monomial, factor) for monomial, factor in bound.terms.items() if monomial)
        known = tightest.get(key)
        if known is None or (bound.terms.get((), 0) > known.terms.get((), 0)) is lowest:
            tightest[key] = bound
    ordered = sorted(tightest.values(), key=lambda bound: (len(bound.terms), abs(bound.terms.get((), 0))))
    return ordered[:_MOST_BOUNDS]


@kept(1024)
def _project(question: Question) -> tuple[list[Bound], list[Bound]] | None:
    try:
        with budget():
            points = project_out(build(question), SET, 1, question.variables - 1)
            if points.is_empty():
                return [], []
            hull = points.simple_hull()
            lows: list[Bound] = []
            highs: list[Bound] = []
            for constraint in hull.get_constraints():
                _collect(constraint, question.parameters, lows, highs)
            return lows, highs
    except TooComplex:
        return None


def _collect(constraint: object, parameters: int, lows: list[Bound], highs: list[Bound]) -> None:
    """A constraint `factor * value + rest >= 0` (or == 0) as bounds, where the factor divides the rest."""
    factor = integer(constraint.get_coefficient_val(SET, 0))  # type: ignore[attr-defined]
    if not factor:
        return
    divisions = constraint.dim(DIV)  # type: ignore[attr-defined]
    if any(integer(constraint.get_coefficient_val(DIV, each)) for each in range(divisions)):  # type: ignore[attr-defined]
        return
    rest: dict[int, int] = {}
    for position in range(parameters):
        coefficient = integer(constraint.get_coefficient_val(PARAM, position))  # type: ignore[attr-defined]
        if coefficient:
            rest[position + 1] = coefficient
    offset = integer(constraint.get_constant_val())  # type: ignore[attr-defined]
    if any(coefficient % factor for coefficient in rest.values()):
        return
    at_least = tuple((position, -coefficient // factor) for position, coefficient in rest.items())
    equality = constraint.is_equality()  # type: ignore[attr-defined]
    if equality or factor > 0:  # value >= -offset / factor, rounded up
        lows.append((at_least, -(offset // abs(factor)) if factor > 0 else -(-offset // abs(factor))))
    if equality or factor < 0:
        highs.append((at_least, offset // abs(factor) if factor < 0 else -offset // abs(factor)))

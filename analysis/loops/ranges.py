"""The stretch of an object that a loop touches: first and last offset, in elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..dependence.problem import LoopDomain, Reference
from ..dependence.stretch import bounds_of
from ..dependence.test import linear_offset
from ..execution.events import Access
from ..ir import tree as ir
from ..symbolic.polynomial import ONE, ZERO, Constraint, Polynomial, Term, constant, of_term
from ..symbolic.substitution import multiple, split
from .naming import polynomial_text
from .view import LoopView

_MOST_SIGNS = 2

Range = tuple[Polynomial, Polynomial]  # first and last offset, over values that are fixed before the loop


def access_range(view: LoopView, access: Access) -> Range | None:
    """Bounds of the access's offset over all iterations of the loop and the loops inside it; None where unknown.

    Both ends can be written just before the loop (`naming.polynomial_text`).
    """
    if access.path.replace("[]", ""):
        return None  # offsets within records are not counted in elements
    return reference_range(view, access.reference)


def reference_range(view: LoopView, reference: Reference) -> Range | None:
    """The same for any reference, in elements from what its subscripts count from."""
    key = ("all", reference.subscripts, reference.extents, reference.loops, reference.guards)
    if key not in view.ranges:
        view.ranges[key] = _reference_range(view, reference)
    return view.ranges[key]  # type: ignore[return-value]


def _reference_range(view: LoopView, reference: Reference) -> Range | None:
    offset = ZERO if not reference.subscripts else linear_offset(reference)
    found = None if offset is None else _by_substitution(view, offset, reference)
    if found is not None and not _has_choice(found):
        return found
    dimensions = [each for each in dimension_ranges(view, reference) if each is not None]
    if len(dimensions) < len(reference.subscripts):
        return found
    return linearised(view, dimensions, reference.extents) or found


def ranges_by_sign(view: LoopView, reference: Reference) -> list[Range]:
    """Ranges of which one holds: one for each choice of the signs of factors on counters, where nothing tells them.

    Empty where that is not all that is missing, or where there are too many such signs.
    """
    offset = ZERO if not reference.subscripts else linear_offset(reference)
    if offset is None:
        return []
    found: list[Range] = []
    pending: list[dict[Polynomial, int]] = [{}]
    while pending:
        assumed = pending.pop()
        missing: list[Polynomial] = []
        range = _by_substitution(view, offset, reference, assumed, missing)
        if range is not None:
            found.append(range)
        elif missing and len(assumed) < _MOST_SIGNS:
            pending += [{**assumed, missing[0]: sign} for sign in (1, -1)]
        else:
            return []
    return found


def dimension_ranges(view: LoopView, reference: Reference) -> list[Range | None]:
    """Bounds of each subscript on its own."""
    return [None if each is None else _dimension_range(view, each, reference) for each in reference.subscripts]


def _dimension_range(view: LoopView, subscript: Polynomial, reference: Reference) -> Range | None:
    key = (subscript, reference.loops, reference.guards)
    if key not in view.ranges:
        view.ranges[key] = _value_range(view, subscript, reference, context_of(view))
    return view.ranges[key]  # type: ignore[return-value]


def _value_range(view: LoopView, value: Polynomial, reference: Reference, context: list[Constraint]) -> Range | None:
    found = _by_substitution(view, value, reference)
    if found is not None and not _has_choice(found):
        return found
    return _by_projection(view, value, reference, context) or found


def _has_choice(range: Range) -> bool:
    """Whether an end is the smaller or greater of two values: a bound without that is shorter to write."""
    return any(
        term.defined_by is not None and term.defined_by[0] in ("min", "max") for end in range for term in end.atoms
    )


def linearised(view: LoopView, ranges: list[Range], extents: tuple[Polynomial | None, ...]) -> Range | None:
    """One range of offsets that holds all elements whose subscripts are in the ranges."""
    low = high = ZERO
    for dimension, (least, greatest) in enumerate(ranges):
        if dimension:
            extent = extents[dimension] if dimension < len(extents) else None
            if extent is None or extent.depth() >= view.depth:
                return None
            low, high = low * extent, high * extent  # an extent is positive: 6.7.6.2 of C17 asks it of a variable one
        low, high = low + least, high + greatest
    return low, high


def _by_substitution(
    view: LoopView,
    value: Polynomial,
    reference: Reference,
    assumed: Mapping[Polynomial, int] = {},
    missing: list[Polynomial] | None = None,
) -> Range | None:
    """Each counter replaced by an end of its range: quick, and not confined to what is linear in the parameters.

    `assumed` are signs of factors on counters where nothing tells them; those that it lacks are added to `missing`.
    """
    missing = [] if missing is None else missing
    inner = [loop for loop in reference.loops if loop.counter.depth >= view.depth]
    low = high = value
    for loop in reversed(inner):
        extent = _extent(loop)
        if extent is None:
            if any(loop.counter in polynomial.atoms for polynomial in (low, high)):
                return None
            continue
        sign = partial(_sign, inner=inner, assumed=assumed, missing=missing)
        new_low = _bound(low, loop.counter, extent, sign, lowest=True)
        new_high = _bound(high, loop.counter, extent, sign, lowest=False)
        if new_low is None or new_high is None:
            return None
        low, high = new_low, new_high
    if low.depth() >= view.depth or high.depth() >= view.depth:
        return None
    return (low, high) if all(polynomial_text(view, end) is not None for end in (low, high)) else None


def _by_projection(view: LoopView, value: Polynomial, reference: Reference, context: list[Constraint]) -> Range | None:
    """With all that bounds and guards say of the counters."""
    bounds = bounds_of(value, reference, view.depth, context)
    least, greatest = _shortest(view, bounds.lowest), _shortest(view, bounds.highest)
    return (least, greatest) if least is not None and greatest is not None else None


def _shortest(view: LoopView, values: Sequence[Polynomial]) -> Polynomial | None:
    """Which of the values takes the fewest characters to write; people read it."""
    texts = [(text, value) for value in values if (text := polynomial_text(view, value)) is not None]
    return min(texts, key=lambda each: len(each[0]))[1] if texts else None


def whole_range(access: Access) -> Range | None:
    """All of an array variable whose extents are constants."""
    type, count = access.object.type, 1
    if access.object.kind != "variable" or type.kind != "array" or access.path.replace("[]", ""):
        return None
    while type.kind == "array" and type.inner is not None:
        if not isinstance(type.extent, ir.Const) or not isinstance(type.extent.value, int):
            return None
        type, count = type.inner, count * type.extent.value
    return ZERO, constant(count - 1)


class _Extent(NamedTuple):
    """`step * counter` is at most `last`; the step is not negative."""

    step: Polynomial
    last: Polynomial


def _extent(loop: LoopDomain) -> _Extent | None:
    """From a constraint `last - step*counter >= 0`; the counter itself is at least 0.

    A step that is no number is the loop's own, which is positive if the loop ends at all, where only one constraint
    speaks of the counter.
    """
    speaking = [each for each in loop.constraints if any(loop.counter in monomial for monomial in each.left.terms)]
    own = loop.step is None and len(speaking) == 1
    for constraint in speaking:
        if constraint.relation != ">=":
            continue
        rest, step = split(constraint.left, loop.counter)
        if step is None or not step.terms:
            continue
        step = -step
        if step.constant is not None:
            if step.constant == 1:
                return _Extent(step, rest)
            if step.constant > 0 and rest.constant is not None:
                return _Extent(ONE, constant(rest.constant // step.constant))
        elif own:
            return _Extent(step, rest)
    return None


def _bound(
    value: Polynomial, counter: Term, extent: _Extent, sign_of: Callable[[Polynomial], int | None], lowest: bool
) -> Polynomial | None:
    """Replace the counter by the end of its range that makes the value smallest (or greatest)."""
    rest, factor = split(value, counter)
    if factor is None:
        return None
    if not factor.terms:
        return value
    if extent.step == ONE:
        sign = sign_of(factor)
        if sign is None:
            return None
        return rest if (sign > 0) == lowest else rest + factor * extent.last
    times = multiple(factor, extent.step)
    if times is None:
        return None
    return rest if (times > 0) == lowest else rest + extent.last.scaled(times)


def _sign(
    factor: Polynomial, inner: list[LoopDomain], assumed: Mapping[Polynomial, int], missing: list[Polynomial]
) -> int | None:
    """The sign of a factor whenever the access happens: constants, and products of values known to be positive."""
    signs = {
        (1 if coefficient > 0 else -1) if all(_at_least(0, term, inner) for term in monomial) else None
        for monomial, coefficient in factor.terms.items()
    }
    if len(signs) == 1 and (known := signs.pop()) is not None:
        return known
    if factor in assumed:
        return assumed[factor]
    missing.append(factor)
    return None


def _at_least(least: int, term: Term, inner: list[LoopDomain]) -> bool:
    """Whether the term is at least so much (0 or 1) whenever the loops run: by type, or as it bounds a counter."""
    if term.low is not None and term.low >= least:
        return True
    if any(_at_least(needed, quotient, inner) for quotient, needed in _quotients(term, inner)):
        return True
    return any(
        constraint.relation == ">=" and _bounds_from_above(constraint, term, least)
        for loop in inner
        for constraint in loop.constraints
    )


def _quotients(term: Term, inner: list[LoopDomain]) -> list[tuple[Term, int]]:
    """Quotients of the term by positive numbers in the loops' bounds, with what they must be at least for the term to
    be no less: C's quotient of -1 by 2 is 0."""
    found: list[tuple[Term, int]] = []
    for loop in inner:
        for constraint in loop.constraints:
            for other in constraint.left.atoms:
                if other.defined_by is not None and other.defined_by[0] in ("div", "floor"):
                    _, dividend, divisor, *_ = other.defined_by
                    if dividend == of_term(term) and (divisor.constant or 0) > 0:
                        found.append((other, 1 if other.defined_by[0] == "div" else 0))
    return found


def _bounds_from_above(constraint: Constraint, term: Term, least: int) -> bool:
    """`factor*term - c - k*counter >= 0` with c >= least and k > 0: then term >= least as the counter is at least 0."""
    for monomial, coefficient in constraint.left.terms.items():
        if monomial == (term,):
            if coefficient < 1:
                return False
        elif monomial and not (len(monomial) == 1 and monomial[0].kind == "counter" and coefficient < 0):
            return False
    return (term,) in constraint.left.terms and constraint.left.terms.get((), 0) <= -least


def context_of(view: LoopView) -> list[Constraint]:
    """What is known to hold, of values that are fixed before the loop, whenever the loop is reached."""
    return [guard for guard in view.record.guards if guard.left.depth() < view.depth]

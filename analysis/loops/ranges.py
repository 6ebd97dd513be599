"""The stretch of an object that a loop touches: first and last offset, in elements."""

from __future__ import annotations

from collections.abc import Sequence
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


def _by_substitution(view: LoopView, value: Polynomial, reference: Reference) -> Range | None:
    """Each counter replaced by an end of its range: quick, and not confined to what is linear in the parameters."""
    inner = [loop for loop in reference.loops if loop.counter.depth >= view.depth]
    low = high = value
    for loop in reversed(inner):
        extent = _extent(loop)
        if extent is None:
            if any(loop.counter in polynomial.atoms for polynomial in (low, high)):
                return None
            continue
        new_low = _bound(low, loop.counter, extent, inner, lowest=True)
        new_high = _bound(high, loop.counter, extent, inner, lowest=False)
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
    value: Polynomial, counter: Term, extent: _Extent, inner: list[LoopDomain], lowest: bool
) -> Polynomial | None:
    """Replace the counter by the end of its range that makes the value smallest (or greatest)."""
    rest, factor = split(value, counter)
    if factor is None:
        return None
    if not factor.terms:
        return value
    if extent.step == ONE:
        sign = _sign(factor, inner)
        if sign is None:
            return None
        return rest if (sign > 0) == lowest else rest + factor * extent.last
    times = multiple(factor, extent.step)
    if times is None:
        return None
    return rest if (times > 0) == lowest else rest + extent.last.scaled(times)


def _sign(factor: Polynomial, inner: list[LoopDomain]) -> int | None:
    """The sign of a factor whenever the access happens: constants, and products of values known to be positive."""
    signs = set()
    for monomial, coefficient in factor.terms.items():
        if not all(_positive(term, inner) for term in monomial):
            return None
        signs.add(1 if coefficient > 0 else -1)
    return signs.pop() if len(signs) == 1 else None


def _positive(term: Term, inner: list[LoopDomain]) -> bool:
    """Whether the term is at least 0 whenever the loops run: it is so by type, or bounds a counter from above."""
    if term.low is not None and term.low >= 0:
        return True
    if any(_positive(quotient, inner) for quotient in _quotients(term, inner)):
        return True
    for loop in inner:
        for constraint in loop.constraints:
            if constraint.relation == ">=" and _bounds_from_above(constraint, term, loop):
                return True
    return False


def _quotients(term: Term, inner: list[LoopDomain]) -> list[Term]:
    """Quotients of the term by positive numbers in the loops' bounds: the term is no less than they are."""
    found: list[Term] = []
    for loop in inner:
        for constraint in loop.constraints:
            for other in constraint.left.atoms:
                if other.defined_by is not None and other.defined_by[0] in ("div", "floor"):
                    _, dividend, divisor, *_ = other.defined_by
                    if dividend == of_term(term) and (divisor.constant or 0) > 0:
                        found.append(other)
    return found


def _bounds_from_above(constraint: Constraint, term: Term, loop: LoopDomain) -> bool:
    """`term + c - k*counter >= 0` with c <= 0 and k > 0: then term >= 0 as the counter is."""
    left = constraint.left
    rest = left - of_term(term)
    for monomial, coefficient in rest.terms.items():
        if monomial == ():
            if coefficient > 0:
                return False
        elif not (len(monomial) == 1 and monomial[0].kind == "counter" and coefficient < 0):
            return False
    return (term,) in left.terms and left.terms[term,] == 1


def context_of(view: LoopView) -> list[Constraint]:
    """What is known to hold, of values that are fixed before the loop, whenever the loop is reached."""
    return [guard for guard in view.record.guards if guard.left.depth() < view.depth]

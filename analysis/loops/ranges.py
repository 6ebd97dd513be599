"""The stretch of an object that a loop touches: first and last offset, in elements."""

from __future__ import annotations

from ..dependence.problem import LoopDomain
from ..dependence.test import linear_offset
from ..execution.events import Access
from ..ir import tree as ir
from ..symbolic.polynomial import ONE, ZERO, Constraint, Polynomial, Term, constant, of_term
from .view import LoopView

Range = tuple[Polynomial, Polynomial]  # first and last offset, over values that are fixed before the loop


def access_range(view: LoopView, access: Access) -> Range | None:
    """Bounds of the access's offset over all iterations of the loop and the loops inside it; None where unknown."""
    reference = access.reference
    if access.path.replace("[]", ""):
        return None  # offsets within records are not counted in elements
    offset = ZERO if not reference.subscripts else linear_offset(reference)
    if offset is None:
        return None
    inner = [loop for loop in reference.loops if loop.counter.depth >= view.depth]
    low = high = offset
    for loop in reversed(inner):
        bounds = _extremes(view, loop, reference.loops)
        if bounds is None:
            if any(loop.counter in polynomial.atoms for polynomial in (low, high)):
                return None
            continue
        new_low = _bound(view, low, loop.counter, bounds, inner, lowest=True)
        new_high = _bound(view, high, loop.counter, bounds, inner, lowest=False)
        if new_low is None or new_high is None:
            return None
        low, high = new_low, new_high
    if low.depth() >= view.depth or high.depth() >= view.depth:
        return None
    return low, high


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


def _extremes(view: LoopView, loop: LoopDomain, loops: tuple[LoopDomain, ...]) -> Range | None:
    """0 and the last value of the counter, from a constraint `bound - step*counter >= 0`."""
    for constraint in loop.constraints:
        if constraint.relation != ">=":
            continue
        factor = constraint.left.terms.get((loop.counter,), 0)
        rest = Polynomial({m: c for m, c in constraint.left.terms.items() if loop.counter not in m})
        if len(rest.terms) != len(constraint.left.terms) - 1 or factor >= 0:
            continue
        if factor == -1:
            return ZERO, rest
        if rest.constant is not None:
            return ZERO, constant(rest.constant // -factor)
    return None


def _bound(
    view: LoopView, value: Polynomial, counter: Term, bounds: Range, inner: list[LoopDomain], lowest: bool
) -> Polynomial | None:
    """Replace the counter by the end of its range that makes the value smallest (or greatest)."""
    factor, rest = Polynomial({}), Polynomial({})
    for monomial, coefficient in value.terms.items():
        count = monomial.count(counter)
        if count == 0:
            rest = rest + Polynomial({monomial: coefficient})
        elif count == 1:
            others = list(monomial)
            others.remove(counter)
            factor = factor + Polynomial({tuple(others): coefficient})
        else:
            return None
    if not factor.terms:
        return value
    sign = _sign(factor, inner)
    if sign is None:
        return None
    chosen = bounds[0] if (sign > 0) == lowest else bounds[1]
    return rest + factor * chosen


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
    for loop in inner:
        for constraint in loop.constraints:
            if constraint.relation == ">=" and _bounds_from_above(constraint, term, loop):
                return True
    return False


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


def union_text(view: LoopView, ranges: list[Range]) -> tuple[Polynomial, Polynomial] | None:
    """One range that holds all, where the differences of their ends are constants."""
    low, high = ranges[0]
    for other_low, other_high in ranges[1:]:
        below, above = (other_low - low).constant, (other_high - high).constant
        if below is None or above is None:
            return None
        low = other_low if below < 0 else low
        high = other_high if above > 0 else high
    return low, high


def length(low: Polynomial, high: Polynomial) -> Polynomial:
    return high - low + ONE

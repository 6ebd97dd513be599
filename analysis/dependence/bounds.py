"""Subscripts that leave their dimension."""

from __future__ import annotations

from collections.abc import Sequence

from ..symbolic.interval import monomial_bounds, polynomial_bounds
from ..symbolic.polynomial import Polynomial
from .choices import settle
from .problem import LoopDomain, Reference
from .quick import last_iteration
from .rows import plus, scale, subtract
from .signs import is_nonnegative
from .system import System, is_determined


def definitely_out_of_bounds(reference: Reference) -> int | None:
    """The inner dimension whose subscript leaves [0, extent) in every execution in which the loops around it run.

    The parameters are arbitrary: `b[i][j-1]` with j from 0 leaves row i whatever the bounds are, `b[i][j]` with j < m
    does not, though m may be too large. The outermost dimension does not count: leaving it leaves the object. None
    where no dimension is left, or where that cannot be shown.
    """
    asked = _asked(reference)
    known = reference.memo
    # The reference may be a changed copy that took over the original's memory: compare by identity.
    if isinstance(known, tuple) and all(one is other for one, other in zip(known[0], asked, strict=True)):
        whole = known[2]
        found = known[1] if whole is None else definitely_out_of_bounds(whole)
    else:
        found = _search(reference)
    reference.memo = (asked, found, None)
    return found


def keep_out_of_bounds(reference: Reference, whole: Reference) -> None:
    """Says that `reference` is `whole` but for guards: what leaves a dimension is found out once, for `whole`."""
    reference.memo = (_asked(reference), None, whole)


def _asked(reference: Reference) -> tuple[object, ...]:
    return (reference.subscripts, reference.extents, reference.loops, reference.guards, reference.exact_guards)


def _search(reference: Reference) -> int | None:
    depth = max((loop.counter.depth for loop in reference.loops), default=0)
    for dimension, subscript in enumerate(reference.subscripts):
        extent = reference.extents[dimension] if dimension < len(reference.extents) else None
        if not dimension or subscript is None or extent is None:
            continue
        if not _suspicious(subscript, extent, reference.loops):
            continue
        if _leaves(reference, subscript, extent, depth):
            return dimension
    return None


def _suspicious(subscript: Polynomial, extent: Polynomial, loops: Sequence[LoopDomain]) -> bool:
    """False for the common case that is in bounds whenever the loops stop early enough."""
    low, _ = polynomial_bounds(subscript)
    if low is None or low < 0:
        return True
    # With counters at 0 it is `start`: a number below the extent, as long as that is not known to be smaller.
    start = Polynomial(
        {
            monomial: coefficient
            for monomial, coefficient in subscript.terms.items()
            if not any(term.kind == "counter" for term in monomial)
        }
    )
    rest = polynomial_bounds(extent - start)
    if rest[0] is None or rest[0] <= 0:
        return True
    highest = _highest(subscript, loops) if extent.constant is not None else None
    return highest is not None and extent.constant is not None and highest >= extent.constant


def _highest(subscript: Polynomial, loops: Sequence[LoopDomain]) -> int | None:
    """The greatest value, where numbers bound the loops."""
    total = 0
    for monomial, coefficient in subscript.terms.items():
        low, high = monomial_bounds(monomial)
        if high is None and len(monomial) == 1 and monomial[0].kind == "counter":
            loop = next((each for each in loops if each.counter is monomial[0]), None)
            high = last_iteration(loop) if loop is not None else None
        most = high if coefficient > 0 else low
        if most is None:
            return None
        total += coefficient * most
    return total


def _leaves(reference: Reference, subscript: Polynomial, extent: Polynomial, depth: int) -> bool:
    from .sets import TooComplex, subset_of_union

    if not reference.exact_guards or not all(loop.exact for loop in reference.loops):
        return False
    parts = [subscript, extent]
    parts += [constraint.left for constraint in reference.guards]
    parts += [constraint.left for loop in reference.loops for constraint in loop.constraints]
    if not all(is_determined(part, 1) for part in parts):
        return False
    system = System(1)
    for loop in reference.loops:
        system.column(0, loop.counter)
        system.add(loop.constraints, 0)
    system.add(reference.guards, 0)
    index, size = system.affine(subscript, 0), system.affine(extent, 0)
    if index is None or size is None or system.loosened or settle(system)[2]:
        return False
    outsides: list[System] = []
    for outside in (plus(scale(index, -1), -1), subtract(index, size)):
        if not is_nonnegative(system, plus(scale(outside, -1), -1)):
            outsides.append(system.copy())
            outsides[-1].at_least_zero(outside)
    try:
        outsides = [each for each in outsides if not each.impossible]
        return not system.impossible and bool(outsides) and subset_of_union(system, outsides)
    except TooComplex:
        return False

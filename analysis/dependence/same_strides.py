"""Linearised subscripts that are the same but for a number, the commonest by far, taken apart by hand.

`delinearize` does the same for any two subscripts, at several times the cost.
"""

from __future__ import annotations

from ..symbolic.interval import polynomial_bounds
from ..symbolic.polynomial import Monomial, Polynomial, Term, constant
from .problem import LoopDomain
from .quick import range_of

Pair = tuple[Polynomial, Polynomial]


def dimensions_of(
    left: Polynomial, right: Polynomial, depth: int, counters: dict[Term, LoopDomain]
) -> list[Pair] | None:
    """One pair of subscripts a dimension, outermost first; None where the two are not of this form or do not fit.

    i*n*m + j*m + k has strides n*m, m and 1: each counter but the outermost must stay below the ratio to the next.
    """
    rows: dict[Monomial, list[tuple[Term, int]]] = {}
    other = right.terms
    if len(left.terms) - (() in left.terms) != len(other) - (() in other):
        return None
    for monomial, coefficient in left.terms.items():
        if not monomial:
            continue
        if other.get(monomial) != coefficient:
            return None
        varying: Term | None = None
        for term in monomial:
            if term.depth >= depth:
                if varying is not None:
                    return None
                varying = term
        if varying is not None:
            stride = tuple([term for term in monomial if term is not varying]) if len(monomial) > 1 else ()
            rows.setdefault(stride, []).append((varying, coefficient))
    if () not in rows:
        return None  # nothing says that the innermost stride is not zero
    strides = sorted(rows, key=len, reverse=True)
    offset = left.terms.get((), 0) - other.get((), 0)
    pairs: list[Pair] = []
    outer: Monomial | None = None
    outer_size = 1
    for stride in strides:
        entries = rows[stride]
        size = abs(entries[0][1])
        if any(abs(coefficient) != size for _, coefficient in entries):
            return None
        shift = 0
        if not stride:
            shift, remainder = divmod(offset, size)
            if remainder:
                return None
        if outer is not None and not _fits(entries, stride, size, outer, outer_size, abs(shift), depth, counters):
            return None
        terms = {(term,): 1 if coefficient > 0 else -1 for term, coefficient in entries}
        level = Polynomial(terms)
        pairs.append((level + constant(shift) if shift else level, level))
        outer, outer_size = stride, size
    return pairs


def _fits(
    entries: list[tuple[Term, int]],
    stride: Monomial,
    size: int,
    outer: Monomial,
    outer_size: int,
    shift: int,
    depth: int,
    counters: dict[Term, LoopDomain],
) -> bool:
    """Whether a dimension's differences are smaller than the ratio of the outer stride to its own."""
    ratio = list(outer)
    for term in stride:
        if term not in ratio:
            return False
        ratio.remove(term)
    if outer_size % size:
        return False
    room: dict[Monomial, int] = {tuple(ratio): outer_size // size}
    room[()] = room.get((), 0) - 1 - shift
    for term, _ in entries:
        bounds = range_of(term, counters, depth)
        if bounds is None:
            return False
        for monomial, value in bounds[1].terms.items():
            room[monomial] = room.get(monomial, 0) - value
    left = {monomial: value for monomial, value in room.items() if value}
    least = polynomial_bounds(Polynomial(left))[0]
    return least is not None and least >= 0

"""Bounds of polynomials from the bounds of their terms. A bound of None means that none is known."""

from __future__ import annotations

from .polynomial import Monomial, Polynomial

Interval = tuple[int | None, int | None]


def monomial_bounds(monomial: Monomial) -> Interval:
    """Bounds of a product of terms; counters are at least 0."""
    low: int | None = 1
    high: int | None = 1
    for term in monomial:
        factor_low = term.low
        if term.kind == "counter" and (factor_low is None or factor_low < 0):
            factor_low = 0
        low, high = _product((low, high), (factor_low, term.high))
    return low, high


def polynomial_bounds(polynomial: Polynomial) -> Interval:
    low: int | None = 0
    high: int | None = 0
    for monomial, coefficient in polynomial.terms.items():
        least, most = monomial_bounds(monomial)
        if coefficient < 0:
            least, most = most, least
        low = None if low is None or least is None else low + coefficient * least
        high = None if high is None or most is None else high + coefficient * most
    return low, high


def _product(left: Interval, right: Interval) -> Interval:
    if None not in left and None not in right:
        corners = [a * b for a in left for b in right if a is not None and b is not None]
        return min(corners), max(corners)
    if left[0] is not None and right[0] is not None and left[0] >= 0 and right[0] >= 0:
        return left[0] * right[0], None
    return None, None

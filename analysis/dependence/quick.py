"""Cheap exact tests on one pair of subscripts: ZIV, strong and weak SIV, GCD, Banerjee's bounds on constants.

They see one dimension at a time and look at the domain only where its bounds are numbers. They can prove independence;
what they leave open goes to integer sets. Names as in Goff, Kennedy, Tseng: "Practical Dependence Testing", PLDI 1991.
"""

from __future__ import annotations

from math import gcd

from ..symbolic.interval import monomial_bounds
from ..symbolic.polynomial import ZERO, Polynomial, Term, varies
from .problem import LoopDomain


def last_iteration(loop: LoopDomain) -> int | None:
    """The greatest value of the counter where the constraints bound it by a number, else None; may be negative."""
    counter = (loop.counter,)
    last = loop.counter.high
    for constraint in loop.constraints:
        terms = constraint.left.terms
        coefficient = terms.get(counter, 0)
        if coefficient < 0 and constraint.relation != "!=" and len(terms) == 1 + (() in terms):
            bound = terms.get((), 0) // -coefficient
            if last is None or bound < last:
                last = bound
    return last


def range_of(term: Term, counters: dict[Term, LoopDomain], depth: int) -> tuple[Polynomial, Polynomial] | None:
    """A lower and an upper bound of a counter in terms of lesser depth, None where no constraint gives one.

    Where several constraints bound it, a number is preferred.
    """
    loop = counters.get(term)
    if loop is None:
        return None
    key = (term,)
    found: Polynomial | None = None
    for constraint in loop.constraints:
        terms = constraint.left.terms
        if terms.get(key) != -1 or constraint.relation == "!=":
            continue
        rest = Polynomial({monomial: coefficient for monomial, coefficient in terms.items() if monomial != key})
        for upper in _without_minimum(rest):
            if all(other.depth < depth for monomial in upper.terms for other in monomial):
                found = upper if found is None or upper.constant is not None else found
    return None if found is None else (ZERO, found)


def _without_minimum(upper: Polynomial) -> list[Polynomial]:
    """Upper bounds of `upper`: itself, or with a minimum replaced by either of what it is the minimum of."""
    for monomial, coefficient in upper.terms.items():
        definition = monomial[0].defined_by if len(monomial) == 1 else None
        if definition is not None and definition[0] == ("min" if coefficient > 0 else "max"):
            rest = Polynomial({key: value for key, value in upper.terms.items() if key != monomial})
            return [rest + each.scaled(coefficient) for each in definition[1:]]
    return [upper]


def excluded(first: Polynomial, second: Polynomial, loop: LoopDomain, last: int | None) -> bool:
    """Whether `first` in an iteration k of `loop` and `second` in an iteration k' > k are never equal.

    `last` is the greatest value of the counter where known. False where that cannot be seen cheaply.
    """
    counter = loop.counter
    depth = counter.depth
    source = sink = offset = 0  # source*k - sink*k' + offset + parameters + other varying terms = 0
    parameters: dict[tuple[Term, ...], int] | None = None
    step = 0  # greatest common divisor of the coefficients of everything but k and k'
    varying = False
    for monomial, coefficient in first.terms.items():
        if not monomial:
            offset = coefficient
        elif len(monomial) == 1 and monomial[0] is counter:
            source = coefficient
        elif not varies(monomial, depth):
            if parameters is None:
                parameters = {}
            parameters[monomial] = coefficient
        else:
            varying = True
            step = gcd(step, coefficient)
    for monomial, coefficient in second.terms.items():
        if not monomial:
            offset -= coefficient
        elif len(monomial) == 1 and monomial[0] is counter:
            sink = coefficient
        elif not varies(monomial, depth):
            if parameters is None:
                parameters = {}
            rest = parameters.get(monomial, 0) - coefficient
            if rest:
                parameters[monomial] = rest
            else:
                parameters.pop(monomial, None)
        else:
            varying = True
            step = gcd(step, coefficient)
    if varying:
        if parameters:
            step = gcd(step, *parameters.values())
        return bool(offset % gcd(source, sink, step))
    if parameters:
        step = gcd(*parameters.values())
        if offset % gcd(source, sink, step):
            return True
        if source == sink:
            # source * (k' - k) = offset + parameters: compare signs and sizes by the parameters' bounds.
            low: int | None = offset
            high: int | None = offset
            for monomial, coefficient in parameters.items():
                least, most = monomial_bounds(monomial)
                if coefficient < 0:
                    least, most = most, least
                low = None if low is None or least is None else low + coefficient * least
                high = None if high is None or most is None else high + coefficient * most
            return _never_distance(source, low, high, last)
        return False
    if source == sink:
        if not source:
            return bool(offset)  # ZIV
        return bool(offset % source) or _never_distance(source, offset, offset, last)  # strong SIV
    if offset % gcd(source, sink):
        return True
    if not sink:  # weak zero: one k, and a later k' must exist
        k = -offset // source
        return k < 0 or (last is not None and k >= last)
    if not source:
        k = offset // sink
        return k < 1 or (last is not None and k > last)
    if source == -sink:  # weak crossing: k + k' = -offset / source, which is at least 0 + 1
        total = -offset // source
        return total < 1 or (last is not None and total > 2 * last - 1)
    return _outside(source, sink, offset, last)


def _never_distance(source: int, low: int | None, high: int | None, last: int | None) -> bool:
    """Whether source * d = x has no solution with 1 <= d <= last for any x in [low, high]."""
    if not source:
        return (low is not None and low > 0) or (high is not None and high < 0)
    if source < 0:
        source, low, high = -source, None if high is None else -high, None if low is None else -low
    return (high is not None and high < source) or (low is not None and last is not None and low > source * last)


def _outside(source: int, sink: int, offset: int, last: int | None) -> bool:
    """Banerjee's inequality for source*k - sink*k' + offset = 0 with 0 <= k <= k' - 1 <= last - 1.

    The corners of the triangle bound it: (0, 1), (0, last), (last - 1, last).
    """
    if last is None:
        # Two rays leave (0, 1): (0, 1) and (1, 1).
        at_start = offset - sink
        if at_start > 0:
            return -sink >= 0 and source - sink >= 0
        return at_start < 0 and -sink <= 0 and source - sink <= 0
    if last < 1:
        return True
    values = (offset - sink, offset - sink * last, offset + source * (last - 1) - sink * last)
    return min(values) > 0 or max(values) < 0

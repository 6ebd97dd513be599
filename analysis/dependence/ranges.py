"""The range test, for subscripts that are not linear: i*i + j, or i*(i+1)/2 + j in a packed triangle.

Blume, Eigenmann: "The range test: a dependence test for symbolic, non-linear expressions", Supercomputing 1994. What
the accesses of one iteration touch lies between a least and a greatest subscript, polynomials in the loop's counter. If
these ranges move in one direction and the next begins beyond the last, no two iterations meet.
"""

from __future__ import annotations

from ..symbolic.interval import polynomial_bounds
from ..symbolic.polynomial import ONE, ZERO, Polynomial, Term, of_term
from ..symbolic.substitution import step, substitute, without_exact_quotients
from .problem import LoopDomain, Reference
from .system import is_parameter

MAX_TERMS = 40  # of a polynomial under way
MAX_MULTIPLES = 3


def ranges_apart(left: Polynomial, right: Polynomial, first: Reference, second: Reference, loop: LoopDomain) -> bool:
    """Whether `left` in an iteration of `loop` is never `right` in a later one, by their ranges in each iteration."""
    whole = without_exact_quotients(left, right)
    if whole is None:
        return False
    left, right = whole
    at_source, at_sink = _nonnegative(first, loop), _nonnegative(second, loop)
    # What holds in the two iterations need not hold in those between, unless it speaks of parameters only.
    between = [fact for fact in at_source + at_sink if loop.counter not in fact.atoms] + _upper_bounds(loop)
    one = _range(left, first, loop, at_source + between)
    other = _range(right, second, loop, at_sink + between)
    if one is None or other is None:
        return False
    counter = loop.counter
    following = of_term(counter) + ONE
    low, high = other
    if _holds(step(low, counter), between):  # the least of the sink's iteration is no less than that of the next one
        return _holds(substitute(low, counter, following) - one[1] - ONE, at_source + between)
    if _holds(-step(high, counter), between):
        return _holds(one[0] - substitute(high, counter, following) - ONE, at_source + between)
    return False


def _nonnegative(reference: Reference, loop: LoopDomain) -> list[Polynomial]:
    """Polynomials in the loop's counter and parameters that are at least 0 where the reference happens.

    A loop that runs has its first iteration: if U - c >= 0 for some c >= 0, then U >= 0.
    """
    found: list[Polynomial] = []
    for each in reference.loops:
        if each is loop:
            continue
        for bound in _upper_bounds(each):
            start = substitute(bound, each.counter, ZERO)
            if start.terms and all(_is_fixed(term, loop) for term in start.atoms):
                found.append(start)
    return found


def _upper_bounds(loop: LoopDomain) -> list[Polynomial]:
    """The loop's constraints that are >= 0 and fall with its counter: they hold in all iterations before, too."""
    return [
        constraint.left
        for constraint in loop.constraints
        if constraint.relation == ">=" and (step(constraint.left, loop.counter).constant or 0) < 0
    ]


def _is_fixed(term: Term, loop: LoopDomain) -> bool:
    return term is loop.counter or is_parameter(term, loop.counter.depth)


def _range(
    subscript: Polynomial, reference: Reference, loop: LoopDomain, known: list[Polynomial]
) -> tuple[Polynomial, Polynomial] | None:
    """The least and the greatest value over the loops inside `loop`, as polynomials in its counter and parameters."""
    low = high = subscript
    inner = [each for each in reference.loops if each.counter.depth > loop.counter.depth]
    for each in sorted(inner, key=lambda one: -one.counter.depth):
        last = _last(each)
        lowest = _extreme(low, each.counter, last, known, least=True)
        highest = _extreme(high, each.counter, last, known, least=False)
        if lowest is None or highest is None:
            return None
        low, high = lowest, highest
    if not all(_is_fixed(term, loop) for polynomial in (low, high) for term in polynomial.atoms):
        return None
    return low, high


def _last(loop: LoopDomain) -> Polynomial | None:
    """An upper bound of the counter."""
    key = (loop.counter,)
    for constraint in loop.constraints:
        if constraint.left.terms.get(key) == -1 and constraint.relation != "!=":
            rest = Polynomial({monomial: value for monomial, value in constraint.left.terms.items() if monomial != key})
            if loop.counter not in rest.atoms:
                return rest
    return None


def _extreme(
    polynomial: Polynomial, counter: Term, last: Polynomial | None, known: list[Polynomial], least: bool
) -> Polynomial | None:
    """The polynomial where the counter makes it least or greatest; None where it is not seen to be monotonic."""
    if not any(counter in monomial for monomial in polynomial.terms):
        return polynomial
    if len(polynomial.terms) > MAX_TERMS:
        return None
    change = step(polynomial, counter)
    rising = _holds(change, known)
    if not rising and not _holds(-change, known):
        return None
    if rising == least:
        return substitute(polynomial, counter, ZERO)
    return substitute(polynomial, counter, last) if last is not None else None


def _holds(polynomial: Polynomial, known: list[Polynomial]) -> bool:
    """Whether the polynomial is seen to be at least 0, counters being so."""
    low = polynomial_bounds(polynomial)[0]
    if low is not None and low >= 0:
        return True
    for fact in known:
        # Some positive multiple of the fact may be what is missing: the one that cancels a monomial.
        factors = {polynomial.terms.get(monomial, 0) // value for monomial, value in fact.terms.items() if monomial}
        for factor in sorted(factor for factor in factors if factor > 0)[:MAX_MULTIPLES]:
            low = polynomial_bounds(polynomial - fact.scaled(factor))[0]
            if low is not None and low >= 0:
                return True
    return False

"""Division of polynomials: what delinearisation takes subscripts apart with."""

from __future__ import annotations

from math import gcd

from .polynomial import ZERO, Monomial, Polynomial, Term


def leading(polynomial: Polynomial) -> tuple[Monomial, int]:
    """The monomial of highest degree (of several, the first by name) with its coefficient; zero has none."""
    terms = polynomial.terms
    if len(terms) == 1:
        return next(iter(terms.items()))
    highest = max(map(len, terms))
    candidates = [item for item in terms.items() if len(item[0]) == highest]
    return candidates[0] if len(candidates) == 1 else min(candidates, key=lambda item: _by_name(item[0]))


def degree(polynomial: Polynomial) -> int:
    return max(map(len, polynomial.terms), default=0)


def content(polynomial: Polynomial) -> int:
    """The greatest common divisor of the coefficients, with the sign of the leading one; 0 for zero."""
    if not polynomial.terms:
        return 0
    if len(polynomial.terms) == 1:
        return next(iter(polynomial.terms.values()))
    common = gcd(*polynomial.terms.values())
    return common if leading(polynomial)[1] > 0 else -common


def divide(dividend: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder with integer coefficients, by leading monomials; `divisor` is not zero."""
    lead, coefficient = leading(divisor)
    quotient: dict[Monomial, int] = {}
    kept: dict[Monomial, int] = {}
    rest = dividend
    while rest.terms:
        monomial, value = leading(rest)
        factor = _without(monomial, lead)
        times, left = divmod(value, coefficient) if factor is not None else (0, value)
        if factor is None or not times:
            kept[monomial] = value
            rest = Polynomial({key: entry for key, entry in rest.terms.items() if key != monomial})
            continue
        quotient[factor] = times
        rest = rest - divisor * Polynomial({factor: times})
        if left and monomial in rest.terms:
            kept[monomial] = left
            rest = Polynomial({key: entry for key, entry in rest.terms.items() if key != monomial})
    return Polynomial(quotient), Polynomial(kept)


def exact_quotient(dividend: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """`dividend / divisor` where it is a polynomial with integer coefficients, else None."""
    if not divisor.terms:
        return None
    if not dividend.terms:
        return ZERO
    if len(divisor.terms) == 1:
        return _by_monomial(dividend, *next(iter(divisor.terms.items())))
    quotient, remainder = divide(dividend, divisor)
    return None if remainder.terms else quotient


def _by_monomial(dividend: Polynomial, divisor: Monomial, coefficient: int) -> Polynomial | None:
    result: dict[Monomial, int] = {}
    for monomial, value in dividend.terms.items():
        factor = _without(monomial, divisor)
        if factor is None or value % coefficient:
            return None
        result[factor] = value // coefficient
    return Polynomial(result)


def _without(monomial: Monomial, factor: Monomial) -> Monomial | None:
    if not factor:
        return monomial
    rest = list(monomial)
    for term in factor:
        if term not in rest:
            return None
        rest.remove(term)
    return tuple(rest)


def _by_name(monomial: Monomial) -> list[tuple[str, int]]:
    return sorted((term.name, id(term)) for term in monomial)


def coefficients(polynomial: Polynomial, varying: set[Term]) -> tuple[dict[Term, Polynomial], Polynomial] | None:
    """The polynomial as a sum of coefficient * term over the `varying` terms, and the rest that has none of them.

    None where two varying terms are multiplied.
    """
    parts: dict[Term, dict[Monomial, int]] = {}
    rest: dict[Monomial, int] = {}
    for monomial, value in polynomial.terms.items():
        found = None
        for term in monomial:
            if term in varying:
                if found is not None:
                    return None
                found = term
        if found is None:
            rest[monomial] = value
        else:
            parts.setdefault(found, {})[_without(monomial, (found,)) or ()] = value
    return {term: Polynomial(part) for term, part in parts.items()}, Polynomial(rest)

"""Putting polynomials in the place of terms."""

from __future__ import annotations

from itertools import product

from .polynomial import ZERO, Monomial, Polynomial, Term, constant

MAX_CASES = 256


def substitute(polynomial: Polynomial, term: Term, value: Polynomial) -> Polynomial:
    """The polynomial with `value` for every occurrence of `term` outside of other terms' arguments."""
    kept: dict[Monomial, int] = {}
    changed = ZERO
    for monomial, coefficient in polynomial.terms.items():
        count = monomial.count(term)
        if not count:
            kept[monomial] = coefficient
            continue
        part = Polynomial({tuple(each for each in monomial if each is not term): coefficient})
        for _ in range(count):
            part = part * value
        changed = changed + part
    return Polynomial(kept) + changed


def step(polynomial: Polynomial, term: Term) -> Polynomial:
    """By how much the polynomial changes when the term grows by one."""
    return substitute(polynomial, term, Polynomial({(term,): 1, (): 1})) - polynomial


def split(value: Polynomial, counter: Term) -> tuple[Polynomial, Polynomial | None]:
    """`rest` and `factor` of value = rest + factor*counter; no factor where the counter occurs in powers."""
    factor: dict[Monomial, int] = {}
    rest: dict[Monomial, int] = {}
    for monomial, coefficient in value.terms.items():
        count = monomial.count(counter)
        if count > 1:
            return value, None
        if count:
            others = list(monomial)
            others.remove(counter)
            factor[tuple(others)] = coefficient
        else:
            rest[monomial] = coefficient
    return Polynomial(rest), Polynomial(factor)


def multiple(factor: Polynomial, step: Polynomial) -> int | None:
    """How many times `step` the factor is, where that is a whole number."""
    monomial, coefficient = next(iter(step.terms.items()))
    times, remainder = divmod(factor.terms.get(monomial, 0), coefficient)
    return times if not remainder and times and factor == step.scaled(times) else None


def always_divisible(polynomial: Polynomial, divisor: int) -> bool:
    """Whether every value is a multiple of `divisor`, as i*i + i is of 2; False where there are too many cases."""
    if all(coefficient % divisor == 0 for coefficient in polynomial.terms.values()):
        return True
    atoms = sorted(polynomial.atoms, key=id)
    if abs(divisor) ** len(atoms) > MAX_CASES:
        return False
    for values in product(range(abs(divisor)), repeat=len(atoms)):
        result = polynomial
        for term, value in zip(atoms, values, strict=True):
            result = substitute(result, term, constant(value))
        if (result.constant or 0) % divisor:
            return False
    return True


def without_exact_quotients(*polynomials: Polynomial) -> tuple[Polynomial, ...] | None:
    """The polynomials times one positive number that leaves no quotient in them: i*(i+1)/2 + j as i*i + i + 2*j.

    None where a quotient is not exact, or anything else than a polynomial is left of a term's definition.
    """
    factor = 1
    quotients: dict[Term, tuple[Polynomial, int]] = {}
    for polynomial in polynomials:
        for term in polynomial.atoms:
            if term.defined_by is None:
                continue
            kind, left, *rest = term.defined_by
            divisor = rest[0].constant if kind in ("div", "floor") else None
            if not divisor or not always_divisible(left, divisor):
                return None
            quotients[term] = (left, divisor)
            factor = max(factor, abs(divisor))
    if any(factor % abs(divisor) for _, divisor in quotients.values()):
        return None
    result: list[Polynomial] = []
    for polynomial in polynomials:
        whole = polynomial.scaled(factor)
        for term, (left, divisor) in quotients.items():
            if any(term in monomial and sum(other in quotients for other in monomial) > 1 for monomial in whole.terms):
                return None  # a product of quotients
            parts = {monomial: value for monomial, value in whole.terms.items() if term in monomial}
            exact = ZERO
            for monomial, value in parts.items():
                rest = Polynomial({tuple(each for each in monomial if each is not term): value // divisor})
                exact = exact + rest * left
            whole = Polynomial({key: value for key, value in whole.terms.items() if key not in parts}) + exact
        result.append(whole)
    return tuple(result)

"""Polynomials with integer coefficients over `Term`s, and constraints made of them.

A `Term` is a value that the text does not reduce further: a loop's counter, a variable's value before the loop,
the result of a load (`row[i]`) or of a call. `depth` says how deep in the loop nest it may vary: a term of depth
d has one value for each choice of the iterations of the loops at depths 1..d around it (0: one value per call of
the function). So at a loop of depth L, terms of depth < L are parameters.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Term(msgspec.Struct, eq=False):
    """Compared by identity.

    `kind`: "counter" (a loop's normalised iteration number, 0, 1, 2, …), "invariant" (a variable's value before the
    nest), "load" (`array` read at `arguments`, an array that the whole nest never writes: a pure function of its
    arguments), "opaque" (anything else).
    `name` is C text for messages. `low`/`high` are bounds known from the type or the text, None where unknown.
    `defined_by` says how the value comes about where no polynomial can: ("div", p, q) is C's `p / q` (towards
    zero), ("mod", p, q) is `p % q` (the sign of p), ("floor", p, q) the quotient rounded down, ("min" | "max", p, q)
    the smaller or greater of both, ("choice", c, p, q) is p where c >= 0 and q elsewhere.
    `table` are all the values of the array that a "load" reads, where the text gives them. `stored` is what kind of
    value a "load" reads, a scalar type's name, None when it could be anything.
    """

    name: str
    kind: Literal["counter", "invariant", "load", "opaque"]
    depth: int
    low: int | None = None
    high: int | None = None
    array: object | None = None
    arguments: tuple[Polynomial, ...] = ()
    defined_by: tuple[str, *tuple[Polynomial, ...]] | None = None
    table: tuple[int, ...] | None = None
    stored: str | None = None

    # The slots of `object` itself: terms are keys in every inner loop, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def __repr__(self) -> str:
        return self.name


Monomial = tuple[Term, ...]  # sorted by id; () is the constant one


def varies(monomial: Monomial, depth: int) -> bool:
    """Whether a product may vary with the loops from `depth` on."""
    for term in monomial:  # noqa: SIM110  (a generator costs twice as much, and every dependence test asks this)
        if term.depth >= depth:
            return True
    return False


class Polynomial(msgspec.Struct, frozen=True, gc=False):
    """Sum of coefficient * monomial; no zero coefficients are stored.

    `bits`: how much of the value is known to be right. 0 is all of it; with n it is the value up to a multiple of 2**n,
    as unsigned arithmetic and narrowing conversions leave it. Sums and products forget this: who makes a new value out
    of such ones says what is known of that (`modulo`).
    """

    terms: dict[Monomial, int]
    bits: int = 0

    def __add__(self, other: Polynomial) -> Polynomial:
        if not other.terms and not self.bits:
            return self
        result = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            total = result.get(monomial, 0) + coefficient
            if total:
                result[monomial] = total
            else:
                del result[monomial]
        return Polynomial(result)

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: Polynomial) -> Polynomial:
        if not other.terms and not self.bits:
            return self
        result = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            total = result.get(monomial, 0) - coefficient
            if total:
                result[monomial] = total
            else:
                del result[monomial]
        return Polynomial(result)

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __mul__(self, other: Polynomial) -> Polynomial:
        result: dict[Monomial, int] = {}
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                monomial = tuple(sorted(left + right, key=id)) if left and right else left or right
                total = result.get(monomial, 0) + a * b
                if total:
                    result[monomial] = total
                else:
                    result.pop(monomial, None)
        return Polynomial(result)

    def scaled(self, factor: int) -> Polynomial:
        if not factor:
            return ZERO
        return Polynomial({monomial: coefficient * factor for monomial, coefficient in self.terms.items()})

    @property
    def constant(self) -> int | None:
        """The value when it is a constant, else None."""
        terms = self.terms
        if len(terms) == 1:
            return terms.get(())
        return None if terms else 0

    @property
    def term(self) -> Term | None:
        """The term that the value is, None where it is anything else."""
        if len(self.terms) != 1:
            return None
        ((monomial, coefficient),) = self.terms.items()
        return monomial[0] if coefficient == 1 and len(monomial) == 1 else None

    @property
    def atoms(self) -> set[Term]:
        """Every term that occurs, arguments of loads not counted."""
        return {term for monomial in self.terms for term in monomial}

    @property
    def is_affine(self) -> bool:
        return all(len(monomial) <= 1 for monomial in self.terms)

    def depth(self) -> int:
        """How deep in the nest the value may vary: the greatest depth of its terms, 0 for constants."""
        deepest = 0
        for monomial in self.terms:
            for term in monomial:
                if term.depth > deepest:
                    deepest = term.depth
        return deepest

    def __repr__(self) -> str:
        return format_polynomial(self)


def constant(value: int) -> Polynomial:
    return Polynomial({(): value}) if value else ZERO


def of_term(term: Term) -> Polynomial:
    return Polynomial({(term,): 1})


def modulo(value: Polynomial, *bits: int) -> Polynomial:
    """The value known up to a multiple of 2**n for the least of the `bits` that is not 0."""
    known = [each for each in bits if each]
    least = min(known) if known else 0
    return value if least == value.bits else Polynomial(value.terms, least)


ZERO = Polynomial({})
ONE = Polynomial({(): 1})


def format_polynomial(polynomial: Polynomial) -> str:
    """C text: "2*i + n - 1"; counters and products by name, the constant last."""
    pieces: list[str] = []
    named = [
        (not monomial, sorted([term.name for term in monomial]), coefficient)
        for monomial, coefficient in polynomial.terms.items()
    ]
    if len(named) > 1:
        named.sort()
    for _, names, coefficient in named:
        product = "*".join(names)
        magnitude = abs(coefficient)
        body = product if product and magnitude == 1 else f"{magnitude}*{product}" if product else str(magnitude)
        if not pieces:
            pieces.append(f"-{body}" if coefficient < 0 else body)
        else:
            pieces.append(f"- {body}" if coefficient < 0 else f"+ {body}")
    return " ".join(pieces) or "0"


class Constraint(msgspec.Struct, frozen=True, gc=False):
    """`left` >= 0, or `left` == 0, or `left` != 0, over the integers."""

    left: Polynomial
    relation: Literal[">=", "==", "!="]

    def negated(self) -> Constraint:
        """not (p >= 0) is -p - 1 >= 0."""
        if self.relation == ">=":
            return Constraint(-self.left - ONE, ">=")
        return Constraint(self.left, "!=" if self.relation == "==" else "==")

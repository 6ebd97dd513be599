"""Polynomials, references and loops with some terms replaced by others.

What several threads do is asked of the dependence tests as what several iterations do: the loop whose iterations
are the threads is moved to where the question needs it, and counters that are known to be equal become parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...dependence.problem import LoopDomain, Reference
from ...symbolic.polynomial import ZERO, Constraint, Monomial, Polynomial, Term, of_term


class Substitution:
    """Replaces terms by polynomials, inside loads and quotients too. Equal terms stay equal afterwards."""

    def __init__(self, replacements: Mapping[Term, Polynomial]) -> None:
        self._replacements: dict[Term, Polynomial] = dict(replacements)
        self._domains: dict[LoopDomain, LoopDomain] = {}

    def polynomial(self, polynomial: Polynomial) -> Polynomial:
        if not any(self._changes(term) for monomial in polynomial.terms for term in monomial):
            return polynomial
        result = ZERO
        for monomial, coefficient in polynomial.terms.items():
            result = result + self._product(monomial).scaled(coefficient)
        return result

    def _product(self, monomial: Monomial) -> Polynomial:
        product = Polynomial({(): 1})
        for term in monomial:
            product = product * self._term(term)
        return product

    def _changes(self, term: Term) -> bool:
        replacement = self._term(term)
        return replacement.terms != {(term,): 1}

    def _term(self, term: Term) -> Polynomial:
        known = self._replacements.get(term)
        if known is None:
            known = self._replacements[term] = self._rebuilt(term)
        return known

    def _rebuilt(self, term: Term) -> Polynomial:
        arguments = tuple(self.polynomial(argument) for argument in term.arguments)
        defined = term.defined_by
        if defined is not None:
            defined = (defined[0], *(self.polynomial(operand) for operand in defined[1:]))
        if arguments == term.arguments and defined == term.defined_by:
            return of_term(term)
        return of_term(msgspec.structs.replace(term, arguments=arguments, defined_by=defined))

    def constraints(self, constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
        return tuple(Constraint(self.polynomial(each.left), each.relation) for each in constraints)

    def domain(self, domain: LoopDomain) -> LoopDomain:
        """The loop with its bounds rewritten; the same loop gives the same one every time."""
        known = self._domains.get(domain)
        if known is None:
            counter = next(iter(self._term(domain.counter).atoms), domain.counter)
            constraints = self.constraints(domain.constraints)
            same = counter is domain.counter and constraints == domain.constraints
            known = domain if same else msgspec.structs.replace(domain, counter=counter, constraints=constraints)
            self._domains[domain] = known
        return known

    def reference(
        self, reference: Reference, loops: tuple[LoopDomain, ...], guards: tuple[Constraint, ...] = ()
    ) -> Reference:
        """The reference rewritten, standing in `loops` (already rewritten), under further `guards`."""
        return Reference(
            subscripts=tuple(None if each is None else self.polynomial(each) for each in reference.subscripts),
            extents=tuple(None if each is None else self.polynomial(each) for each in reference.extents),
            loops=loops,
            guards=self.constraints(reference.guards) + guards,
            is_write=reference.is_write,
            order=reference.order,
            flat=reference.flat,
            exact_guards=reference.exact_guards,
            payload=reference.payload,
        )


def terms_of(polynomial: Polynomial) -> set[Term]:
    """Every term that occurs, inside loads and quotients too."""
    found: set[Term] = set()
    waiting = [polynomial]
    while waiting:
        for term in waiting.pop().atoms - found:
            found.add(term)
            waiting += [argument for argument in term.arguments if argument is not None]
            if term.defined_by is not None:
                waiting += term.defined_by[1:]
    return found

"""The iteration domain of a reference as a system, and what such a system does not say exactly."""

from __future__ import annotations

from collections.abc import Callable

from ..symbolic.polynomial import Constraint, Polynomial, Term, of_term
from .conditions import FAR
from .problem import LoopDomain, Reference
from .system import System, is_determined


def undetermined(polynomial: Polynomial, depth: int) -> list[str]:
    """The names of the terms that vary at `depth` in a way that no system holds."""
    found: dict[str, None] = {}
    for monomial in polynomial.terms:
        for term in monomial:
            if not is_determined(of_term(term), depth):
                found[term.name] = None
    return list(found)


def common_loops(first: Reference, second: Reference, loop: LoopDomain) -> list[LoopDomain]:
    """The loops around both references from `loop` inwards."""
    result: list[LoopDomain] = []
    inside = False
    for one, other in zip(first.loops, second.loops, strict=False):
        if one is not other:
            break
        inside = inside or one is loop
        if inside:
            result.append(one)
    return result


def add_domain(system: System, reference: Reference, side: int) -> None:
    """Adds the iteration domain and the guards of a reference at a side, as far as a system can say them."""
    for loop in reference.loops:
        system.column(side, loop.counter)
        system.add(loop.constraints, side)
    system.add(reference.guards, side)


Blame = Callable[..., None]  # (cause, names of the terms behind it)


def add_guards(system: System, reference: Reference, side: int, blame: Blame) -> None:
    """Adds the guards of a reference at a side. `blame` is told what the system does not say exactly."""
    for constraint in reference.guards:
        if not is_determined(constraint.left, system.depth):
            blame("guard", undetermined(constraint.left, system.depth))
    if not system.add(reference.guards, side):
        blame("guard")


def add_loops(system: System, reference: Reference, side: int, blame: Blame) -> set[Term]:
    """Adds the iteration domain of a reference at a side. `blame` is told what the system does not say exactly.

    Two things pass without blame, as "the loop runs far enough": the domain of a loop whose counter occurs nowhere
    else, and a bound that some value not known here lifts while nothing else depends on that value. Such values are
    returned.
    """
    depth = system.depth
    lifting: set[Term] = set()
    for loop in reference.loops:
        system.column(side, loop.counter)
        system.add(loop.constraints, side)
        loose = [each for each in loop.constraints if not is_determined(each.left, depth)]
        if (loose or not loop.exact) and _mentioned(loop, reference):
            if not loop.exact:
                blame("guard")
            for constraint in loose:
                found = _lifting(constraint, loop, reference, depth)
                lifting |= found
                if not found:
                    blame("data", undetermined(constraint.left, depth))
    return lifting


def _mentioned(loop: LoopDomain, reference: Reference) -> bool:
    """Whether the loop's counter occurs in the reference's subscripts or guards, or in another loop's bounds."""
    polynomials = _values(reference)
    for other in reference.loops:
        if other is not loop:
            polynomials += [constraint.left for constraint in other.constraints]
    return any(_occurs(loop.counter, polynomial) for polynomial in polynomials)


def _lifting(bound: Constraint, loop: LoopDomain, reference: Reference, depth: int) -> set[Term]:
    """The values in an upper bound of a loop's counter that may be as large as it takes."""
    found: set[Term] = set()
    if bound.relation != ">=" or bound.left.terms.get((loop.counter,), 0) >= 0:
        return found
    for monomial, coefficient in bound.left.terms.items():
        if len(monomial) != 1 or is_determined(of_term(monomial[0]), depth) or monomial[0].defined_by is not None:
            continue
        term = monomial[0]
        limit = term.high if coefficient > 0 else term.low
        if limit is not None and abs(limit) < FAR:
            continue
        if not any(_occurs(term, polynomial) for polynomial in _values(reference)) and all(
            _only_lifts(term, coefficient > 0, constraint, other)
            for other in reference.loops
            for constraint in other.constraints
        ):
            found.add(term)
    return found


def _only_lifts(term: Term, upwards: bool, constraint: Constraint, loop: LoopDomain) -> bool:
    """Whether the term does not occur in a loop's constraint, or only so that it lifts the bound as well."""
    if not _occurs(term, constraint.left):
        return True
    coefficient = constraint.left.terms.get((term,), 0)
    others = Polynomial({key: value for key, value in constraint.left.terms.items() if key != (term,)})
    return constraint.relation == ">=" and (coefficient > 0) is upwards and not _occurs(term, others)


def bounds_mention(term: Term, reference: Reference) -> bool:
    """Whether the term occurs in the bounds of the loops around a reference."""
    return any(_occurs(term, constraint.left) for loop in reference.loops for constraint in loop.constraints)


def _values(reference: Reference) -> list[Polynomial]:
    polynomials = [subscript for subscript in reference.subscripts if subscript is not None]
    return polynomials + [constraint.left for constraint in reference.guards]


def _occurs(wanted: Term, polynomial: Polynomial) -> bool:
    for monomial in polynomial.terms:
        for term in monomial:
            if term is wanted or any(_occurs(wanted, argument) for argument in term.arguments):
                return True
            if term.defined_by is not None and any(_occurs(wanted, operand) for operand in term.defined_by[1:]):
                return True
    return False

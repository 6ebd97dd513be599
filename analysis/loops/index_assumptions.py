"""What would have to hold of index arrays for two accesses never to meet: tried with the dependence tests."""

from __future__ import annotations

from collections.abc import Iterable

from ..dependence.problem import IndexArrays, Reference
from ..execution.events import Access
from ..facts import Assumption
from ..symbolic.polynomial import Polynomial, Term
from . import words
from .pairs import Stabilised
from .view import LoopView


def index_assumption(
    view: LoopView, stabilised: Stabilised, first: Access, references: tuple[Reference, Reference]
) -> Assumption | None:
    """That index arrays have no duplicates, or never decrease; None where neither keeps the references apart."""
    arrays = _index_arrays(references)
    if not arrays:
        return None
    subscripts = _index_arrays(references, subscripts_only=True)
    chosen = [arrays] if len(subscripts) in (0, len(arrays)) else [subscripts, arrays]
    for assumed in chosen:  # what bounds are loaded from seldom matters
        for fact, say in (("injective", words.distinct_indices), ("increasing", words.increasing_indices)):
            known = IndexArrays(**{fact: frozenset(assumed)})
            pairs = (references, references[::-1])
            if all(stabilised.carried(one, other, known).verdict == "independent" for one, other in pairs):
                return say(view, first, sorted(set(assumed.values())))
    return None


def _index_arrays(references: Iterable[Reference], subscripts_only: bool = False) -> dict[object, str]:
    """The arrays that subscripts are, with their names; else all that they, guards and bounds are loaded from."""
    found: dict[object, str] = {}
    for reference in references:
        for polynomial in _polynomials(reference, subscripts_only):
            for term in polynomial.atoms:
                _note(term, found, nested=not subscripts_only)
    return found


def _note(term: Term, found: dict[object, str], nested: bool) -> None:
    if term.kind == "load" and isinstance(term.array, tuple) and len(term.arguments) > 1:
        found[term.array] = term.array[0].name + term.array[1].replace("[]", "")
    for operand in (*(term.arguments if nested else ()), *(term.defined_by or ())[1:]):
        if isinstance(operand, Polynomial):
            for inner in operand.atoms:
                _note(inner, found, nested)


def _polynomials(reference: Reference, subscripts_only: bool) -> Iterable[Polynomial]:
    yield from (subscript for subscript in reference.subscripts if subscript is not None)
    if subscripts_only:
        return
    yield from (guard.left for guard in reference.guards)
    for loop in reference.loops:
        yield from (constraint.left for constraint in loop.constraints)

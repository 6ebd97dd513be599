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
    known = frozenset(arrays)
    for assumed, say in (
        (IndexArrays(injective=known), words.distinct_indices),
        (IndexArrays(increasing=known), words.increasing_indices),
    ):
        pairs = (references, references[::-1])
        if all(stabilised.carried(one, other, assumed).verdict == "independent" for one, other in pairs):
            return say(view, first, sorted(set(arrays.values())))
    return None


def _index_arrays(references: Iterable[Reference]) -> dict[object, str]:
    """The arrays that subscripts, guards and bounds of inner loops are loaded from, with their names."""
    found: dict[object, str] = {}
    for reference in references:
        for polynomial in _polynomials(reference):
            for term in polynomial.atoms:
                _note(term, found)
    return found


def _note(term: Term, found: dict[object, str]) -> None:
    if term.kind == "load" and isinstance(term.array, tuple):
        found[term.array] = term.array[0].name + term.array[1].replace("[]", "")
    for operand in (*term.arguments, *(term.defined_by or ())[1:]):
        if isinstance(operand, Polynomial):
            for inner in operand.atoms:
                _note(inner, found)


def _polynomials(reference: Reference) -> Iterable[Polynomial]:
    yield from (subscript for subscript in reference.subscripts if subscript is not None)
    yield from (guard.left for guard in reference.guards)
    for loop in reference.loops:
        yield from (constraint.left for constraint in loop.constraints)

"""Bounds of inner loops that are data: as if they were parameters, so that what they have to exceed can be said.

`for (k = 0; k < count[i]; k++) a[64*i + k] += …` meets itself only if some `count[i]` exceeds 64. That a loop runs as
far as it takes is a fair thing to say of a size; of data that may be bounded by design it is not, so that the answer is
the bound under which nothing meets. The greatest value that the data take stands for all of them: they only lift upper
bounds, so it makes the most of every iteration.
"""

from __future__ import annotations

import re

import msgspec

from ..symbolic.polynomial import Constraint, Term, of_term
from ..symbolic.substitution import substitute
from .problem import Answer, LoopDomain, Reference


class Greatest(msgspec.Struct):
    """A question with one parameter for all values of each term; `names` are what the parameters are called."""

    first: Reference
    second: Reference
    loop: LoopDomain
    names: tuple[str, ...]


def with_greatest(first: Reference, second: Reference, loop: LoopDomain, lifting: set[Term]) -> Greatest:
    """The question with the greatest value of each `lifting` term in its place in the loops' bounds."""
    parameters: dict[str, Term] = {}
    for term in lifting:
        parameters.setdefault(term.name, Term(term.name, "invariant", 0, low=term.low, high=term.high))
    made: dict[LoopDomain, LoopDomain] = {}

    def rewritten(domain: LoopDomain) -> LoopDomain:
        known = made.get(domain)
        if known is None:
            constraints = tuple(_rewritten(each, lifting, parameters) for each in domain.constraints)
            same = constraints == domain.constraints
            known = made[domain] = domain if same else msgspec.structs.replace(domain, constraints=constraints)
        return known

    def moved(reference: Reference) -> Reference:
        loops = tuple(rewritten(domain) for domain in reference.loops)
        return msgspec.structs.replace(reference, loops=loops, memo=None)

    source = moved(first)
    sink = source if second is first else moved(second)
    return Greatest(source, sink, rewritten(loop), tuple(parameters))


def _rewritten(constraint: Constraint, lifting: set[Term], parameters: dict[str, Term]) -> Constraint:
    left = constraint.left
    for term in left.atoms & lifting:
        left = substitute(left, term, of_term(parameters[term.name]))
    return Constraint(left, constraint.relation) if left is not constraint.left else constraint


def with_bounds(answer: Answer, bounded: Answer, names: tuple[str, ...]) -> Answer:
    """What to say, where `answer` holds if the loops inside run far enough, and `bounded` knows how far that is."""
    if bounded.verdict == "independent":
        return bounded
    condition, opposite = bounded.condition or "", bounded.independent_when or ""
    told = [name for name in names if _mentions(opposite, name)]
    # Of two kinds of data a condition would speak of the greatest of each, which need not come together.
    if len(told) == 1:
        return _resting_on(answer, told, opposite)
    decided = bounded.verdict == "dependent" and not told and not any(_mentions(condition, name) for name in names)
    if decided or answer.verdict != "dependent":
        return answer
    return _resting_on(answer, list(names), None)


def _resting_on(answer: Answer, names: list[str], independent_when: str | None) -> Answer:
    culprits = tuple(names)
    return Answer(
        "unknown", answer.distance, answer.direction, culprits, independent_when=independent_when, cause="data"
    )


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.>]){re.escape(name)}(?!\w)", text) is not None

"""The dependence tests' front door: can two accesses touch one element?

Cheap exact tests come first (`quick`), then integer sets (`sets`). Subscripts are compared dimension by dimension,
which C allows because a subscript must stay within its dimension; where one definitely does not, or was made by pointer
arithmetic, offsets from the object's start are compared instead. Whatever is left out of the system for want of
a linear form only adds solutions: "independent" stays true, "dependent" becomes "unknown".
"""

from __future__ import annotations

from collections.abc import Sequence

from ..symbolic.polynomial import Constraint, Polynomial, Term
from . import patience, quick
from .conflict import Conflict
from .data_bounds import with_bounds, with_greatest
from .delinearize import fits, has_product, numeric_split, splits
from .domain import common_loops
from .problem import INDEPENDENT, NO_ARRAYS, Answer, Budget, IndexArrays, LoopDomain, Reference
from .ranges import ranges_apart
from .same_strides import dimensions_of
from .shape import compared, linear_offset
from .system import is_determined
from .tables import apart_by_table
from .uniform import uniform_dependence

__all__ = ["carried", "distinct_per_iteration", "linear_offset", "overlap"]


def carried(
    first: Reference,
    second: Reference,
    loop: LoopDomain,
    context: Sequence[Constraint] = (),
    arrays: IndexArrays = NO_ARRAYS,
    budget: Budget | None = None,
) -> Answer:
    """Whether `first` in one iteration of `loop` and `second` in a later one can touch the same element.

    The loops outside `loop` are in one iteration, the loops inside vary freely. `context` holds constraints on the
    parameters that are known to hold, `arrays` what is known of arrays that indices are loaded from. Never raises and
    never takes long: past its own budget or the caller's the answer is unknown.
    """
    last = quick.last_iteration(loop)
    if last is not None and last < 1:
        return INDEPENDENT
    shape = compared(first, second)
    depth = loop.counter.depth
    for left, right in shape.pairs:
        if quick.excluded(left, right, loop, last):
            return INDEPENDENT
    if any(_is_linearised(left, right, depth) for left, right in shape.pairs):
        shape.pairs = _dimensions(shape.pairs, first, second, depth)
        if any(quick.excluded(left, right, loop, last) for left, right in shape.pairs):
            return INDEPENDENT
    for left, right in shape.pairs:
        if apart_by_table(left, right, loop):
            return INDEPENDENT
        linear = is_determined(left, depth) and is_determined(right, depth)
        if not linear and ranges_apart(left, right, first, second, loop):
            return INDEPENDENT
    if not shape.pairs and shape.cause == "subscript" and _always_happen(first, second, context):
        levels = len(common_loops(first, second, loop))
        return Answer("unknown", (None,) * levels, ("<", *["*"] * (levels - 1)), cause="subscript")
    if shape.cause is None:
        answer = uniform_dependence(first, second, loop, context, shape.pairs)
        if answer is not None:
            return answer
    if not patience.spend():
        return Answer("unknown", cause="complex")
    conflict = Conflict(first, second, depth, loop, context, shape, arrays, budget)
    answer = conflict.answer()
    if answer.verdict == "independent" or not conflict.lifting:
        return answer
    asked = with_greatest(first, second, loop, conflict.lifting)
    bounded = carried(asked.first, asked.second, asked.loop, context, arrays, budget)
    return with_bounds(answer, bounded, asked.names)


def _always_happen(first: Reference, second: Reference, context: Sequence[Constraint]) -> bool:
    """Whether the two happen in every iteration of the loops around them, as far as their guards say."""
    return all(guard in context for reference in (first, second) for guard in reference.guards)


def _dimensions(
    pairs: list[tuple[Polynomial, Polynomial]], first: Reference, second: Reference, depth: int
) -> list[tuple[Polynomial, Polynomial]]:
    """The pairs with linearised ones replaced by one pair a dimension, where bounds of single counters allow it."""
    counters = {loop.counter: loop for reference in (first, second) for loop in reference.loops}

    def bounds(term: Term) -> tuple[Polynomial, Polynomial] | None:
        return quick.range_of(term, counters, depth)

    result: list[tuple[Polynomial, Polynomial]] = []
    for left, right in pairs:
        plain = dimensions_of(left, right, depth, counters)
        if plain is not None:
            result += plain
            continue
        symbolic = [(left, right)]
        if has_product(left, depth) or has_product(right, depth):
            found = next((split for split in splits(left, right, depth) if fits(split, bounds)), None)
            symbolic = [level.subscripts() for level in found.levels] if found is not None else symbolic
        for one, other in symbolic:
            split = numeric_split(one, other, depth)
            if split is not None and fits(split, bounds):
                result += [level.subscripts() for level in split.levels]
            else:
                result.append((one, other))
    return result


def _is_linearised(left: Polynomial, right: Polynomial, depth: int) -> bool:
    """Whether a subscript has products, or different factors on the values that vary in it."""
    factors: set[int] = set()
    for polynomial in (left, right):
        for monomial, coefficient in polynomial.terms.items():
            if len(monomial) > 1:
                return True
            if monomial and monomial[0].depth >= depth:
                factors.add(abs(coefficient))
    return len(factors) > 1


def overlap(
    first: Reference, second: Reference, common: Sequence[LoopDomain], context: Sequence[Constraint] = ()
) -> bool | None:
    """Whether the two can touch the same element in one iteration of the `common` loops (outermost first).

    True where they do whenever the loops run far enough, False where they never do, None where it cannot be told or
    depends on parameters. The loops inside the common ones vary freely.
    """
    if not patience.spend():
        return None
    depth = max((loop.counter.depth for loop in common), default=0) + 1
    answer = Conflict(first, second, depth, None, context, compared(first, second)).answer()
    if answer.verdict == "independent":
        return False
    return True if answer.verdict == "dependent" and answer.condition is None else None


def distinct_per_iteration(reference: Reference, loop: LoopDomain, context: Sequence[Constraint] = ()) -> bool:
    """Whether no two iterations of `loop` touch the same element through `reference`."""
    return carried(reference, reference, loop, context).verdict == "independent"

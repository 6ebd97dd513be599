"""The stretch of an object that several references touch together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..dependence.bounds import definitely_out_of_bounds
from ..dependence.problem import Reference
from ..dependence.stretch import never_negative
from ..symbolic.polynomial import ONE, ZERO, Polynomial
from .ranges import Range, context_of, dimension_ranges, linearised
from .view import LoopView

Touched = tuple[Range, Reference]  # what a reference touches


class _End(NamedTuple):
    value: Polynomial
    reference: Reference


def hull(view: LoopView, touched: Sequence[Touched]) -> tuple[list[Polynomial], list[Polynomial]]:
    """Lowest and highest ends of all the ranges together; one of each where they can be put in order."""
    lows: list[_End] = []
    highs: list[_End] = []
    for (low, high), reference in touched:
        _widen(view, lows, _End(low, reference), -1)
        _widen(view, highs, _End(high, reference), 1)
    return [end.value for end in lows], [end.value for end in highs]


def _widen(view: LoopView, ends: list[_End], end: _End, sign: int) -> None:
    """Adds an end unless another one lies further in the direction of `sign`."""
    if any(_covers(view, known, end, sign) for known in ends):
        return
    ends[:] = [known for known in ends if not _covers(view, end, known, sign)]
    ends.append(end)


def _covers(view: LoopView, first: _End, second: _End, sign: int) -> bool:
    """Whether `first` is at least as far as `second` whenever the access that `second` comes from happens."""
    difference = (first.value - second.value).scaled(sign)
    if difference.constant is not None:
        return difference.constant >= 0
    return never_negative(difference, second.reference.loops, view.depth, context_of(view))


def union_range(view: LoopView, touched: Sequence[Touched]) -> Range | None:
    """One range that holds all, where their ends can be put in order."""
    lows, highs = hull(view, touched)
    return (lows[0], highs[0]) if len(lows) == len(highs) == 1 else None


def length(low: Polynomial, high: Polynomial) -> Polynomial:
    return high - low + ONE


def _known(ranges: Sequence[Range | None], references: Sequence[Reference]) -> list[Touched]:
    return [(found, reference) for found, reference in zip(ranges, references, strict=True) if found is not None]


def by_dimension(view: LoopView, references: Sequence[Reference]) -> tuple[list[Polynomial], list[Polynomial]] | None:
    """Lowest and highest ends for all references: their subscripts' ranges joined by dimension, then linearised.

    This holds more elements than the joined offsets do, but `a[i+1][0]` and `a[i][j+1]` can be put in order. Only the
    outermost dimension has more than one end of a kind.
    """
    first = references[0]
    count = len(first.subscripts)
    if not count or any(len(each.subscripts) != count or each.extents[1:] != first.extents[1:] for each in references):
        return None
    every = [dimension_ranges(view, each) for each in references]
    within = not any(each.flat or definitely_out_of_bounds(each) is not None for each in references)
    outermost = _known([each[0] for each in every], references)
    if len(outermost) < len(every):
        return None
    inner: list[Range] = []
    for dimension, extent in enumerate(first.extents[1:count], 1):
        touched = _known([each[dimension] for each in every], references)
        one = union_range(view, touched) if len(touched) == len(every) else None
        if one is None and within and extent is not None:
            one = ZERO, extent - ONE  # a subscript stays within its dimension (6.5.6 of C17)
        if one is None:
            return None
        inner.append(one)
    lows, highs = hull(view, outermost)
    spread = [linearised(view, [(low, low), *inner], first.extents) for low in lows]
    above = [linearised(view, [(high, high), *inner], first.extents) for high in highs]
    if None in spread or None in above:
        return None
    return [each[0] for each in spread if each is not None], [each[1] for each in above if each is not None]

"""Which sizes are large enough for many threads, or to be timed, and cost no more than they should.

Work and extents grow as polynomials of the size in most functions. From surveys of a few small sizes follows what a
larger one costs; and where the extents do follow such a law, a large input needs no survey of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from .cases import LARGE, RUNGS, SPREAD, Cases
from .survey import MOST_ELEMENTS, Surveyed, Surveyor

SPREAD_ACCESSES, SPREAD_ELEMENTS = 300_000, 20_000  # under a sanitizer about a second
LARGE_ACCESSES, LARGE_ELEMENTS = 80_000_000, 4_000_000  # serial, optimised, some hundredths of a second
SURVEYED_ACCESSES = 20_000_000  # where the large input has to be surveyed: about a second
UNEVEN = 3  # more than a power of two, a size is divided by no usual number of threads
RUNG_ACCESSES, RUNG_ELEMENTS = 4_000_000, 250_000  # serial, optimised, some milliseconds


class Larger(msgspec.Struct, frozen=True):
    """Inputs beyond the small ones: one for many threads, one for timing, and those of growing size up to some
    milliseconds, on which it shows from where on threads pay. `even` is for functions that only take such sizes."""

    spread: list[Surveyed]
    large: list[Surveyed]
    rungs: list[Surveyed] = []
    even: list[Surveyed] = []


async def larger(surveyor: Surveyor, cases: Cases, small: Sequence[Surveyed], growth: Sequence[Surveyed]) -> Larger:
    """`growth` is what a survey made of `cases.growth()`."""
    if not cases.sized:
        return Larger([], list(small[:1]))
    points = list(growth)
    if len(points) < 2:
        return Larger(points, points[-1:])
    spread_size = _affordable(SPREAD, points, SPREAD_ACCESSES, SPREAD_ELEMENTS)
    spread: list[Surveyed] = []
    even: list[Surveyed] = []
    if spread_size:
        sizes = (spread_size, spread_size + UNEVEN)
        both = await surveyor.survey([cases.of(size, 3, signs=True) for size in sizes])
        even = [each for each in both if each.case.size == spread_size]
        points += even
        spread = both[-1:]
    large_size = _affordable(LARGE, points, LARGE_ACCESSES, LARGE_ELEMENTS)
    if large_size and (extents := _extents(points, large_size)) is not None:
        case = msgspec.structs.replace(cases.of(large_size, 4), extents=extents)
        large = [Surveyed(case, points[-1].accesses, 0)]
        return Larger(spread or points[-1:], large, _rungs(cases, points), even)
    large_size = _affordable(LARGE, points, SURVEYED_ACCESSES, LARGE_ELEMENTS)
    large = []
    while large_size and not large and large_size > (spread_size or 0):
        large = await surveyor.survey([cases.of(large_size, 4)])
        large_size //= 4  # large elements may not fit where many are
    steps = [size for size in RUNGS if _affordable([size], points, SURVEYED_ACCESSES // 20, RUNG_ELEMENTS)]
    rungs = await surveyor.survey([cases.of(size, 5) for size in steps])
    return Larger(spread or points[-1:], large or even, rungs, even)


def _rungs(cases: Cases, points: Sequence[Surveyed]) -> list[Surveyed]:
    """Inputs of growing size whose extents follow the law of the points."""
    found: list[Surveyed] = []
    for size in RUNGS:
        extents = _extents(points, size)
        if extents is None or not _affordable([size], points, RUNG_ACCESSES, RUNG_ELEMENTS):
            break
        case = msgspec.structs.replace(cases.of(size, 5), extents=extents)
        found.append(Surveyed(case, 0, sum(high - low + 1 for low, high in extents)))
    return found


def _affordable(sizes: Sequence[int], points: Sequence[Surveyed], accesses: int, elements: int) -> int | None:
    def fits(size: int) -> bool:
        costs = [(point.accesses, point.elements) for point in points]
        one, other = costs[-2:]
        nearer, farther = points[-1].case.size, points[-2].case.size
        return all(
            _grown(before, after, farther, nearer, size) <= most
            for before, after, most in zip(one, other, (accesses, elements), strict=True)
        )

    return next((size for size in sizes if fits(size)), None)


def _grown(one: int, other: int, at: int, later: int, size: int) -> float:
    """What was `one` at one size and `other` at a later one is at a third, if it grows by a power of the size."""
    power = math.log(max(1, other) / max(1, one)) / math.log(later / at) if later > at else 1.0
    return max(1, other) * (size / later) ** max(0.0, power)


def _extents(points: Sequence[Surveyed], size: int) -> tuple[tuple[int, int], ...] | None:
    """The extents at a size, where polynomials of degree three through four of the points meet all others too."""
    points = list({point.case.size: point for point in points}.values())
    if len(points) < 5:
        return None
    found: list[tuple[int, int]] = []
    for site in range(len(points[0].case.extents)):
        pair: list[int] = []
        for end in (0, 1):
            known = [(point.case.size, point.case.extents[site][end]) for point in points]
            if any(_through(known[-4:], x) != y for x, y in known):
                return None
            value = _through(known[-4:], size)
            if value.denominator != 1 or value >= MOST_ELEMENTS:
                return None
            pair.append(int(value))
        found.append((min(0, pair[0]), pair[1]))
    return tuple(found)


def _through(points: Sequence[tuple[int, int]], x: int) -> Fraction:
    """Lagrange's polynomial through the points, at x."""
    total = Fraction(0)
    for i, (here, value) in enumerate(points):
        term = Fraction(value)
        for j, (there, _) in enumerate(points):
            if i != j:
                term *= Fraction(x - there, here - there)
        total += term
    return total

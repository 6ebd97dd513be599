"""The sizes that a driver's inputs get: what follows from surveys of small ones."""

from __future__ import annotations

import msgspec
import pytest
from pragmatist.verification.drivers.cases import GROWTH, LARGE, SPREAD, Case
from pragmatist.verification.drivers.sizes import _extents
from pragmatist.verification.drivers.survey import Surveyed


def surveyed(size: int, last: int) -> Surveyed:
    case = Case(size, 1, (size,), extents=((0, last),))
    return Surveyed(case, accesses=size, elements=size)


@pytest.mark.parametrize(
    "last",
    [
        lambda n: n - 1,
        lambda n: (n // 2) * n - 1,
        lambda n: n * (n // 2) * (n // 4) - 1,
        lambda n: 2 * n + (n & 1),
    ],
    ids=["row", "half a matrix", "channels", "pieces"],
)
def test_extents_of_a_large_input_follow_a_law(last):
    """Halves and quarters of a size too, since all sizes are multiples of four; a size met twice does no harm."""
    points = [surveyed(size, last(size)) for size in (*GROWTH, GROWTH[-1], SPREAD[-1])]
    for size in LARGE:
        if last(size) < 1 << 23:
            assert _extents(points, size) == ((0, last(size)),)


def test_extents_without_a_law_are_not_guessed():
    """Such an input has to be surveyed."""
    points = [surveyed(size, 2 ** size.bit_length()) for size in GROWTH]
    assert _extents(points, 1024) is None
    assert _extents([msgspec.structs.replace(points[0]), *points[:3]], 1024) is None

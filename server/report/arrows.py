"""Arrows in SVG: a line or an arc between two places, and a head that points along its end.

Heads are polygons of their own: a marker would need an id, and browsers differ in how they colour one.
"""

from __future__ import annotations

import math

from .markup import Element, node

Spot = tuple[float, float]

_HEAD = 7.5  # pixels


def arrow(start: Spot, end: Spot, *, bend: float = 0.0, gap: float = 0.0, shift: float = 0.0) -> Element:
    """From `start` to `end`, bowed to the left of the way by `bend` pixels, `gap` pixels clear of both ends and moved
    to the left by `shift`."""
    along, left = _directions(start, end)
    start = _moved(start, left, shift)
    end = _moved(end, left, shift)
    middle = _moved(_halfway(start, end), left, 2 * bend)  # of a quadratic curve, whose top is half as high
    first, last = (_directions(start, middle)[0], _directions(middle, end)[0]) if bend else (along, along)
    start, tip = _moved(start, first, gap), _moved(end, last, -gap)
    neck = _moved(tip, last, -_HEAD)
    across = (-last[1], last[0])
    head = [tip, _moved(neck, across, _HEAD * 0.5), _moved(neck, across, -_HEAD * 0.5)]
    curve = f"Q{_at(middle)} {_at(neck)}" if bend else f"L{_at(neck)}"
    return node(
        "g",
        node("path", d=f"M{_at(start)} {curve}"),
        node("polygon", points=" ".join(map(_at, head))),
    )


def top(start: Spot, end: Spot, bend: float, shift: float = 0.0) -> Spot:
    """The middle of such an arrow, where a label goes."""
    return _moved(_halfway(start, end), _directions(start, end)[1], bend + shift)


def _directions(start: Spot, end: Spot) -> tuple[Spot, Spot]:
    """Along the way and, seen on the screen, to the left of it."""
    x, y = end[0] - start[0], end[1] - start[1]
    length = math.hypot(x, y) or 1.0
    return (x / length, y / length), (y / length, -x / length)


def _moved(spot: Spot, direction: Spot, by: float) -> Spot:
    return spot[0] + direction[0] * by, spot[1] + direction[1] * by


def _halfway(one: Spot, other: Spot) -> Spot:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _at(spot: Spot) -> str:
    return f"{spot[0]:.1f},{spot[1]:.1f}"

"""The iteration space as a picture: iterations as dots, one column for each of the loop's own, dependences as arrows.

Columns that no arrow joins can run at the same time. That is what the eye is to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ..engine.judgement import JudgedLoop
from .arrows import Spot, arrow, top
from .links import Link
from .markup import Child, Element, append, node
from .space import Space

MOST_STROKES = 6  # different kinds of arrows in one picture

_ACROSS, _DOWN = 64.0, 46.0  # pixels between iterations
_DOT, _DISC = 6.0, 15.0  # radius of an iteration in a plane, and of one in a row, with its number inside
_MARGIN = 30.0
_BADGE = 8.5
_CHARACTER = 8.0  # the width of one
_LONGEST_NAME, _LONGEST_VALUE = 16, 5  # characters
_ALONGSIDE = (0.0, 7.0, -7.0, 11.0)  # where arrows of one way go, beside each other


class Stroke(msgspec.Struct, frozen=True):
    """Dependences that are drawn as one: `style` is a CSS class of its kind, `links` are all that it stands for."""

    style: str
    links: tuple[Link, ...]

    @property
    def first(self) -> Link:
        return self.links[0]

    @property
    def is_open(self) -> bool:
        return not self.first.arrows and not self.first.spans

    @property
    def numbers(self) -> list[int]:
        return [link.number for link in self.links if link.number]


def strokes_of(links: Sequence[Link]) -> list[Stroke]:
    """What is drawn: what nothing removes first. Within an iteration of the loop only what has a place is of use."""
    found: dict[tuple[object, ...], list[Link]] = {}
    for link in links:
        if link.number or link.arrows:
            found.setdefault((_style(link), link.arrows, link.spans), []).append(link)
    strokes = [Stroke(str(key[0]), tuple(each)) for key, each in found.items()]
    return sorted(strokes, key=lambda stroke: ("removed" in stroke.style, "inner" in stroke.style))


def _style(link: Link) -> str:
    return link.style + (" inner" if not link.number else "") + ("" if link.dependence.proved else " doubtful")


def iteration_space(
    judged: JudgedLoop,
    space: Space,
    strokes: Sequence[Stroke],
    slope: tuple[int, int] | None,
    *,
    ordered: bool,
    title: str,
) -> Element:
    """The SVG. `ordered`: something that is no dependence makes iterations wait; `slope`: of the wavefronts."""
    drawn = list(strokes)[:MOST_STROKES]
    canvas = _Canvas(space, _room(space, drawn, ordered), judged.verdict.verdict)
    parts: list[Child] = [node("title", title), canvas.bands(), canvas.labels()]
    if slope is not None:
        parts.append(canvas.wavefronts(slope))
    parts.append(canvas.dots())
    if ordered:
        parts.append(canvas.order())
    turns: dict[object, int] = {}
    for stroke in drawn:
        way = "spans" if stroke.first.spans or stroke.is_open else stroke.first.vector or stroke.first.arrows
        turn = turns[way] = turns.get(way, -1) + 1
        parts.append(canvas.stroke(stroke, turn))
    return node(
        "svg", parts, viewBox=f"0 0 {canvas.width:.0f} {canvas.height:.0f}", width=round(canvas.width),
        height=round(canvas.height), role="img", class_="space",
    )  # fmt: skip


def _room(space: Space, strokes: Sequence[Stroke], ordered: bool) -> tuple[float, float]:
    """Pixels for arcs above the columns, and below."""
    above = below = 0.0
    for stroke in strokes:
        if space.inner is not None and not stroke.first.spans and not stroke.is_open:
            continue
        steps = [_columns_between(space, a[0], b[0]) for a, b in stroke.first.arrows]
        steps += [_columns_between(space, a, b) for a, b in stroke.first.spans]
        height = _height(max(steps, default=3)) + 18
        if _goes_below(space, stroke):
            below = max(below, height)
        else:
            above = max(above, height + (14 if stroke.is_open else 0))
    return max(above, _height(1) + 14 if ordered else 0.0), below


def _goes_below(space: Space, stroke: Stroke) -> bool:
    return space.inner is None and stroke.first.dependence.kind != "flow" and not stroke.is_open


def _height(columns: int) -> float:
    return 18.0 + 11.0 * min(columns, 9)


def _columns_between(space: Space, one: int, other: int) -> int:
    return abs(space.columns.index(other) - space.columns.index(one))


class _Canvas:
    """Where everything is."""

    def __init__(self, space: Space, room: tuple[float, float], verdict: str) -> None:
        self._space, self._verdict = space, verdict
        self._flat = space.inner is None
        self._rows = 1 if self._flat else max(space.points.values(), default=0) + 1
        self._names = [_short(axis.name or "iteration") + ("" if self._flat else " →") for axis in space.axes]
        self._left = 52.0 + _CHARACTER * max(map(len, self._names))
        self._head = room[0] + (_DISC + 12 if self._flat else 26.0)  # the middle of the first row of labels or discs
        self._foot = room[1]
        gap = 0.6 * _ACROSS
        self._x: dict[int, float] = {}
        x = self._left
        for before, column in zip((None, *space.columns), space.columns, strict=False):
            x += 0 if before is None else _ACROSS + (gap if column > before + 1 else 0)
            self._x[column] = x
        self._right = x
        going = 44.0 if space.axes[0].goes_on else 0.0
        self.width = self._right + _MARGIN + going
        rows = 0.0 if self._flat else 34.0 + _DOWN * (self._rows - 1)
        further = 26.0 if not self._flat and space.axes[1].goes_on else 0.0
        self._bottom = self._head + rows  # the last row of dots
        self.height = self._bottom + self._foot + further + (_DISC + 14 if self._flat else 26.0)

    def _spot(self, point: Sequence[int]) -> Spot:
        x = self._x[point[0]]
        if self._flat:
            return x, self._head
        return x, self._head + 34.0 + _DOWN * self._space.points[tuple(point)]

    def bands(self) -> Element:
        group = node("g", class_=f"bands {self._verdict}")
        if self._flat:
            y, height = self._head - _DISC - 7, 2 * _DISC + 14
        else:
            y, height = self._head + 10, self._bottom - self._head + 12
        for x in self._x.values():
            append(group, node("rect", x=x - 23, y=y, width=46, height=height, rx=10))
        return group

    def labels(self) -> Element:
        axis = self._space.axes[0]
        group = node("g", class_="labels")
        append(group, _text(self._left - 36, self._head, self._names[0], "axis right"))
        previous = None
        for column in self._space.columns:
            if previous is not None and column > previous + 1:
                append(group, _text((self._x[previous] + self._x[column]) / 2, self._middle(), "⋯", "more"))
            previous = column
            if not self._flat:
                append(group, _text(self._x[column], self._head, self._label(column), "tick"))
        if axis.goes_on:
            append(group, _text(self._right + 46, self._middle(), "⋯", "more"))
        if not self._flat:
            append(group, self._row_labels())
        return group

    def _middle(self) -> float:
        return self._head if self._flat else (self._head + 34 + self._bottom) / 2

    def _row_labels(self) -> Iterable[Element]:
        second = self._space.axes[1]
        x, y = self._left - 36, self._head + 34.0
        yield _text(x, y - 20, self._names[1].replace("→", "↓"), "axis right")
        if second.labelled and not self._space.ragged:
            rows = {row: self._space.values[point][1] for point, row in self._space.points.items()}
            for row, value in rows.items():
                yield _text(x, y + _DOWN * row, str(value), "tick right")
        if second.goes_on:
            yield _text((self._x[self._space.columns[0]] + self._right) / 2, self._bottom + 30, "⋮", "more")

    def _label(self, column: int) -> str:
        """The value of the induction variable where it is a number; else the iterations are counted, from 1."""
        value = next((values[0] for point, values in self._space.values.items() if point[0] == column), None)
        known = value is not None and self._space.axes[0].labelled and len(str(value)) <= _LONGEST_VALUE
        return str(value) if known else f"{column + 1}."

    def dots(self) -> Element:
        group = node("g", class_="dots")
        for point in self._space.points:
            x, y = self._spot(point)
            append(group, node("circle", cx=x, cy=y, r=_DISC if self._flat else _DOT))
        if self._flat:  # the numbers stand on the discs
            for column, x in self._x.items():
                label = self._label(column)
                append(group, _text(x, self._head, label, "on-dot" if len(label) < 4 else "on-dot long"))
        return group

    def order(self) -> Element:
        group = node("g", class_="arrow order")
        for one, other in zip(self._space.columns, self._space.columns[1:], strict=False):
            append(group, self._arc(one, other))
        return group

    def stroke(self, stroke: Stroke, turn: int) -> Element:
        """`turn`: how many that take the same way were drawn before."""
        group = node("g", class_=f"arrow {stroke.style}")
        first = stroke.first
        if stroke.is_open:
            return self._open(group, stroke, turn)
        badge: Spot | None = None
        if first.spans or self._flat:
            steps = list(first.spans) or [(source[0], sink[0]) for source, sink in first.arrows]
            below = _goes_below(self._space, stroke)
            raised = 9.0 * turn
            for one, other in steps:
                append(group, self._arc(one, other, below, raised))
            one, other = steps[(len(steps) // 2 + turn) % len(steps)]
            badge = top(*self._ends(one, other, below), self._bend(one, other, below, raised))
        else:
            shift = _ALONGSIDE[turn % len(_ALONGSIDE)]
            for source, sink in first.arrows:
                append(group, self._straight(source, sink, shift))
            highest = sorted(first.arrows, key=lambda pair: (self._spot(pair[0])[1], pair[0][0]))
            source, sink = highest[turn % len(highest)]  # so that badges do not cover each other
            badge = top(self._spot(source), self._spot(sink), self._bow(source, sink), shift)
        if stroke.numbers and badge is not None:
            append(group, _badge(badge, stroke.numbers))
        return group

    def _open(self, group: Element, stroke: Stroke, turn: int) -> Element:
        """It leads somewhere: from one iteration to several that may be later ones."""
        columns = self._space.columns
        one = min(turn, len(columns) - 1)
        for other in columns[one + 1 :][:3]:
            append(group, self._arc(columns[one], other, raised=8.0 * turn))
        if len(columns) > one + 1:
            other = columns[one + 1 :][:3][-1]
            x, y = top(*self._ends(columns[one], other, False), self._bend(columns[one], other, False, 8.0 * turn))
            append(group, _text(x, y - 13, "?", "doubt"), _badge((x, y), stroke.numbers) if stroke.numbers else None)
        return group

    def _ends(self, one: int, other: int, below: bool) -> tuple[Spot, Spot]:
        y = self._head + (1 if below else -1) * (_DISC if self._flat else 9.0)
        return (self._x[one] + 5, y), (self._x[other] - 5, y)

    def _bend(self, one: int, other: int, below: bool, raised: float) -> float:
        return (_height(_columns_between(self._space, one, other)) + raised) * (-1 if below else 1)

    def _arc(self, one: int, other: int, below: bool = False, raised: float = 0.0) -> Element:
        return arrow(*self._ends(one, other, below), bend=self._bend(one, other, below, raised), gap=1)

    def _straight(self, source: Sequence[int], sink: Sequence[int], shift: float) -> Element:
        gap = _DOT + 2.5
        return arrow(self._spot(source), self._spot(sink), bend=self._bow(source, sink), gap=gap, shift=shift)

    def _bow(self, source: Sequence[int], sink: Sequence[int]) -> float:
        """Around the dots that a straight line would cross."""
        columns = _columns_between(self._space, source[0], sink[0])
        rows = self._space.points[tuple(sink)] - self._space.points[tuple(source)]
        return 14.0 if max(columns, abs(rows)) > 1 and (columns in (0, abs(rows)) or not rows) else 0.0

    def wavefronts(self, slope: tuple[int, int]) -> Element:
        """A line through the dots of each wavefront."""
        fronts: dict[int, list[Spot]] = {}
        for point in self._space.points:
            fronts.setdefault(slope[0] * point[0] + slope[1] * point[1], []).append(self._spot(point))
        group = node("g", class_="wavefronts")
        for spots in fronts.values():
            if len(spots) > 1:
                (x1, y1), (x2, y2) = min(spots), max(spots)
                ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
                append(group, node("line", class_="wide", **ends), node("line", **ends))
        return group


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _text(x: float, y: float, words: str, style: str) -> Element:
    return node("text", words, x=x, y=y, class_=style)


def _badge(spot: Spot, numbers: Sequence[int]) -> Element:
    words = "·".join(map(str, numbers[:3])) + ("…" if len(numbers) > 3 else "")
    width = max(2 * _BADGE, 7.0 * len(words) + 9)
    x, y = spot
    return node(
        "g",
        node("rect", x=x - width / 2, y=y - _BADGE, width=width, height=2 * _BADGE, rx=_BADGE),
        node("text", words, x=x, y=y),
        class_="badge",
    )

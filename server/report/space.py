"""A part of a loop's iteration space: what is to be drawn of it, not how.

The loop reported on runs along the first axis, one loop inside it along the second. A point is an iteration, named by
its number in each of the two, from 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...analysis.facts import LoopFacts, Place
from .arithmetic import NotArithmetic
from .trips import Run, begins_at_a_number, open_names, run_of, shown, sizes_for

Point = tuple[int, ...]

WIDE = 9  # iterations drawn of one loop alone
WIDTH, HEIGHT = 7, 6  # of two
_RAGGED = (4, 2, 5, 3, 6, 1, 4, 3, 5)  # numbers of iterations, where only data know them
_FURTHEST = 2000  # iterations that a dependence may span for the drawing to reach as far


class Axis(msgspec.Struct, frozen=True):
    """One drawn loop. `goes_on`: it has, or may have, more iterations than are drawn. `labelled`: the values of its
    variable are numbers that do not depend on sizes."""

    loop: LoopFacts
    name: str
    goes_on: bool
    labelled: bool


class Space(msgspec.Struct, frozen=True):
    """What is drawn of an iteration space.

    `columns` are iterations of the first axis. `points` are all iterations drawn, each with its place along the second
    axis (0 where there is none); `values` are those of the induction variables there. `sizes` are the values that names
    in bounds have in the drawing. `ragged`: how long the inner loop runs is not known here, and the drawing only an
    example. `hidden` are the induction variables of loops inside that have no axis.
    """

    axes: tuple[Axis, ...]
    columns: tuple[int, ...]
    points: dict[Point, int]
    values: dict[Point, tuple[int | None, ...]]
    sizes: dict[str, int]
    hidden: frozenset[str] = frozenset()
    ragged: bool = False

    @property
    def inner(self) -> LoopFacts | None:
        return self.axes[1].loop if len(self.axes) > 1 else None


def contains(outer: Place, inner: Place) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def inner_loops(loop: LoopFacts, loops: Sequence[LoopFacts]) -> list[LoopFacts]:
    """The loops inside, in source order."""
    return [each for each in loops if each.id != loop.id and contains(loop.place, each.place)]


def variable_of(loop: LoopFacts) -> str:
    """The induction variable, "" where there is none."""
    return loop.header.variable if loop.header is not None else ""


def space_of(loop: LoopFacts, inner: LoopFacts | None, loops: Sequence[LoopFacts]) -> Space:
    """The part of the iteration space of a loop, and of one of the `loops` inside it, that is drawn."""
    window = WIDE if inner is None else WIDTH
    reach = max((each.distance[0] or 0 for each in loop.dependences if each.distance), default=0)
    reach = reach if reach <= _FURTHEST else 0
    sizes: dict[str, int] = {}
    run, labelled = None, False
    if loop.header is not None:
        try:
            sizes = sizes_for(loop.header, reach + window if reach >= window - 1 else window, {})
            run = run_of(loop.header, sizes)
            labelled = begins_at_a_number(loop.header)
        except NotArithmetic:
            sizes = {}
    columns = tuple(shown(run.count, window, reach) if run is not None else range(window))
    goes_on = run is None or bool(sizes) or columns[-1:] != (run.count - 1,)
    axis = Axis(loop, variable_of(loop), goes_on, labelled)
    if inner is None:
        points = {(column,): 0 for column in columns}
        values = {(column,): (_value(run, column),) for column in columns}
        return Space((axis,), columns, points, values, sizes)
    hidden = {variable_of(each) for each in inner_loops(loop, loops) if each.id != inner.id}
    space = Space((axis,), columns, {}, {}, sizes, frozenset(hidden - {axis.name, variable_of(inner), ""}))
    return _plane(space, inner, run)


def _plane(space: Space, inner: LoopFacts, run: Run | None) -> Space:
    name = variable_of(inner)
    try:
        runs, sizes, second = _inner_runs(space, inner, run)
    except NotArithmetic:
        lengths = zip(space.columns, _RAGGED, strict=False)
        points = {(column, row): row for column, length in lengths for row in range(length)}
        values = {point: (_value(run, point[0]), None) for point in points}
        axes = (*space.axes, Axis(inner, name, goes_on=True, labelled=False))
        return msgspec.structs.replace(space, axes=axes, points=points, values=values, ragged=True)
    starts = {column: each.first * _sign(each) // abs(each.step) for column, each in runs.items() if each.count}
    lowest = min(starts.values())
    points, values = {}, {}
    for column, start in starts.items():
        for row in range(min(runs[column].count, HEIGHT - (start - lowest))):
            points[column, row] = start - lowest + row
            values[column, row] = (_value(run, column), runs[column].first + row * runs[column].step)
    cut = len(points) < sum(each.count for each in runs.values())
    second = msgspec.structs.replace(second, goes_on=second.goes_on or cut)
    return msgspec.structs.replace(space, axes=(*space.axes, second), points=points, values=values, sizes=sizes)


def _inner_runs(space: Space, inner: LoopFacts, run: Run | None) -> tuple[dict[int, Run], dict[str, int], Axis]:
    """How the inner loop runs in each column. Raises `NotArithmetic`."""
    header = inner.header
    if header is None:
        raise NotArithmetic("no header")
    axis = space.axes[0]
    changing = (each.name for each in axis.loop.variables if each.role not in ("shared", "induction"))
    varying = space.hidden | {axis.name, *changing}

    def known(column: int) -> dict[str, int]:
        value = _value(run, column)
        return space.sizes if value is None or not axis.name else {**space.sizes, axis.name: value}

    middle = known(space.columns[len(space.columns) // 2])
    free = open_names(header, middle, varying)
    if free and run is None:
        raise NotArithmetic("one of the names may be what counts the iterations")
    sizes = space.sizes if not free else {**space.sizes, **sizes_for(header, HEIGHT, middle, varying)}
    runs = {column: run_of(header, {**sizes, **known(column)}, varying) for column in space.columns}
    if not any(each.count for each in runs.values()) or len({each.step for each in runs.values()}) != 1:
        raise NotArithmetic(header.upper)
    goes_on = bool(open_names(header, {axis.name: 0}, varying))
    labelled = begins_at_a_number(header, {axis.name: 0}, varying) and (axis.labelled or axis.name not in header.lower)
    return runs, sizes, Axis(inner, variable_of(inner), goes_on, labelled)


def _value(run: Run | None, iteration: int) -> int | None:
    return None if run is None else run.first + iteration * run.step


def _sign(run: Run) -> int:
    return 1 if run.step > 0 else -1

"""The dependences of a loop in the drawn part of its iteration space.

Distances and directions are the analysis'. Where a distance is not one number, but the subscripts are sums of counters
and drawn sizes, the iterations that meet are found by trying them all. What neither gives stays open.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import msgspec

from ...analysis.facts import Access, Dependence, LoopFacts
from .arithmetic import NotArithmetic, Value, difference, evaluate, names
from .groups import Group, access_at, groups_of
from .space import Point, Space, contains, inner_loops


class Link(msgspec.Struct, frozen=True):
    """A dependence in the drawing, which stands for its group.

    `number` is the group's, 0 for what the inner loop carries: that lies within one iteration of the loop reported on.
    `arrows` lead from iteration to iteration, `spans` from a column to another as a whole, where it is not known, or
    differs, which of the inner iterations meet. With neither, it leads from some iteration to some later one, or
    further than is drawn. `style` is the group's, `vector` the distance along the axes where it is constant.
    """

    number: int
    style: str
    dependence: Dependence
    arrows: tuple[tuple[Point, Point], ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    vector: Point | None = None


def planes(loop: LoopFacts, loops: Sequence[LoopFacts]) -> list[LoopFacts]:
    """The loops that can be the second axis, that which shows most first."""

    def shows(inner: LoopFacts) -> int:
        own = [along(dependence, loop, inner, loops) for dependence in loop.dependences if not dependence.removable]
        return sum(map(bool, own)) + sum(not dependence.removable for dependence in inner.dependences)

    return sorted(inner_loops(loop, loops), key=shows, reverse=True)


def links_of(loop: LoopFacts, loops: Sequence[LoopFacts], space: Space) -> list[Link]:
    """The dependences that the loop carries, and those that the inner one does."""
    links = [_link(group, loop, loops, space) for group in groups_of(loop)]
    for group in groups_of(space.inner) if space.inner is not None else ():
        distance = group.first.distance[0] if group.first.distance else None
        if space.inner is not None and distance is not None:
            arrows = _shifted(group.first, (0, distance), space.inner, space)
            links.append(Link(0, group.style, group.first, arrows, vector=(0, distance)))
        else:
            links.append(Link(0, group.style, group.first))
    return links


def along(dependence: Dependence, loop: LoopFacts, inner: LoopFacts, loops: Sequence[LoopFacts]) -> int | None:
    """The distance of a dependence of the outer loop along an inner one; None where it is not one number."""
    ids = [each.id for each in common_loops(dependence, loop, loops)]
    return dependence.distance[1 + ids.index(inner.id)] if inner.id in ids else None


def common_loops(dependence: Dependence, loop: LoopFacts, loops: Sequence[LoopFacts]) -> list[LoopFacts]:
    """The inner loops around both ends, outer first: those that the distance tells of. [] where it tells of others."""
    both = [
        each
        for each in inner_loops(loop, loops)
        if contains(each.body, dependence.source) and contains(each.body, dependence.sink)
    ]
    return both if len(both) == len(dependence.distance) - 1 else []


def _link(group: Group, loop: LoopFacts, loops: Sequence[LoopFacts], space: Space) -> Link:
    link = Link(group.number, group.style, group.first)
    vector = _vector(group.first, loop, loops, space)
    if vector is not None:
        return msgspec.structs.replace(link, arrows=_shifted(group.first, vector, loop, space), vector=vector)
    first = group.first.distance[0] if group.first.distance else None
    if first is not None:
        steps = ((one, one + first) for one in space.columns)
        return msgspec.structs.replace(link, spans=tuple(step for step in steps if step[1] in space.columns))
    body = space.inner.body if space.inner is not None else loop.place
    if contains(body, group.first.source) and contains(body, group.first.sink):
        return msgspec.structs.replace(link, arrows=_meetings(group.first, loop, space))
    columns = msgspec.structs.replace(
        space,
        axes=space.axes[:1],
        points={(each,): 0 for each in space.columns},
        hidden=space.hidden | {axis.name for axis in space.axes[1:]},
    )
    spans = tuple((source[0], sink[0]) for source, sink in _meetings(group.first, loop, columns))
    return msgspec.structs.replace(link, spans=spans)


def _vector(dependence: Dependence, loop: LoopFacts, loops: Sequence[LoopFacts], space: Space) -> Point | None:
    """The distance along the axes, None where it is not constant."""
    first = dependence.distance[0] if dependence.distance else None
    if first is None or space.inner is None:
        return None if first is None else (first,)
    second = along(dependence, loop, space.inner, loops)
    return None if second is None else (first, second)


def _shifted(dependence: Dependence, vector: Point, loop: LoopFacts, space: Space) -> tuple[tuple[Point, Point], ...]:
    """Iterations that are so far apart; where the subscripts can tell, only those that touch the same element."""
    moved = ((each, tuple(a + b for a, b in zip(each, vector, strict=True))) for each in space.points)
    steps = [step for step in moved if step[1] in space.points]
    accesses = _accesses(dependence, loop)
    if accesses is not None:
        with contextlib.suppress(NotArithmetic):
            steps = [(a, b) for a, b in steps if _same(*(_elements(accesses, space, a, b)))]
    return tuple(steps)


def _meetings(dependence: Dependence, loop: LoopFacts, space: Space) -> tuple[tuple[Point, Point], ...]:
    """For each iteration with the later access, the last one before it with the earlier access to the same element."""
    accesses = _accesses(dependence, loop)
    if accesses is None:
        return ()
    found = []
    try:
        for sink in space.points:
            before = (each for each in sorted(space.points, reverse=True) if each[0] < sink[0])
            source = next((each for each in before if _same(*_elements(accesses, space, each, sink))), None)
            if source is not None:
                found.append((source, sink))
    except NotArithmetic:
        return ()
    return tuple(found)


def _accesses(dependence: Dependence, loop: LoopFacts) -> tuple[Access, Access] | None:
    """The two accesses, where both have subscripts that can be held against each other."""
    source = access_at(loop, dependence.source, "read" if dependence.kind == "anti" else "write")
    sink = access_at(loop, dependence.sink, "read" if dependence.kind == "flow" else "write")
    if source is None or sink is None or not sink.subscripts or len(source.subscripts) != len(sink.subscripts):
        return None
    return source, sink


def _elements(accesses: tuple[Access, Access], space: Space, *points: Point) -> Iterator[list[Value]]:
    """The subscripts of the one access in the first point, and of the other in the second. Raises `NotArithmetic`."""
    for access, point in zip(accesses, points, strict=True):
        counters = {axis.name: counter for axis, counter in zip(space.axes, point, strict=True)}
        varying = space.hidden | counters.keys()
        yield [evaluate(each, {**space.sizes, **counters}, varying) for each in access.subscripts]


def _same(one: Sequence[Value], other: Sequence[Value]) -> bool:
    """Raises `NotArithmetic` where that depends on names that have no value."""
    apart = False
    for left, right in zip(one, other, strict=True):
        between = difference(left, right)
        if names(between):
            raise NotArithmetic("depends on names")
        apart = apart or bool(between)
    return not apart

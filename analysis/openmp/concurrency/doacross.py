"""Cross-iteration order by `ordered depend(sink/source)` or `doacross` (OpenMP 5.2 §15.9.6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from typing import Literal

from ...execution.events import LoopRecord, RegionRecord
from ..constructs import associated_count, associated_loops, loop_variables
from .sites import Site, Surroundings

_TERM = re.compile(r"^\s*([A-Za-z_]\w*)\s*(?:([+-])\s*(\d+))?\s*$")


def ordered_by_doacross(
    source: Site, sink: Site, distance: Sequence[int | None], region: RegionRecord, surroundings: Surroundings
) -> Literal["yes", "no", "perhaps"]:
    """Whether the sink's iteration waits for the source's.

    `source` happens `distance` iterations (of the loops of `region`, outermost first) before `sink`.
    """
    waits = [other for other in surroundings.regions if _binds(other, region) and _sinks(other)]
    posts = [other for other in surroundings.regions if _binds(other, region) and _is_source(other)]
    after = [post for post in posts if post.first > source.order]
    before = [wait for wait in waits if wait.first < sink.order]
    if not after or not before:
        return "no"
    vectors = [vector for wait in before if _reached(wait, sink) for vector in _vectors(wait, region)]
    known = [vector for vector in vectors if vector is not None]
    given = tuple(distance[: associated_count(region.statement.directive)])
    if not given or any(entry is None for entry in given):
        return "perhaps"
    posted = any(_reached(post, source) for post in after)
    if posted and known and _combines(tuple(entry or 0 for entry in given), known):
        return "yes"
    everything = len(known) == len(vectors) and all(_reached(wait, sink) for wait in before)
    return "no" if everything else "perhaps"


def uses_doacross(region: RegionRecord, surroundings: Surroundings) -> bool:
    return any(_binds(other, region) and _sinks(other) for other in surroundings.regions)


def _binds(other: RegionRecord, region: RegionRecord) -> bool:
    return other.statement.directive.name == "ordered" and region.first < other.first < region.last


def _sinks(region: RegionRecord) -> bool:
    return any(clause.modifier == "sink" for clause in region.statement.directive.clauses_named("depend", "doacross"))


def _is_source(region: RegionRecord) -> bool:
    return any(clause.modifier == "source" for clause in region.statement.directive.clauses_named("depend", "doacross"))


def _reached(region: RegionRecord, site: Site) -> bool:
    return site.context[: len(region.context)] == region.context


def _vectors(wait: RegionRecord, region: RegionRecord) -> list[tuple[int, ...] | None]:
    """The distances that each sink clause waits for, in iterations of the loops; None where not a constant."""
    loops = associated_loops(region.statement)
    names = [next((variable.name for variable in loop_variables(loop)), "") for loop in loops]
    result: list[tuple[int, ...] | None] = []
    for clause in wait.statement.directive.clauses_named("depend", "doacross"):
        if clause.modifier != "sink":
            continue
        items = clause.items
        if len(items) == 1 and items[0].startswith("omp_cur_iteration"):
            amount = re.fullmatch(r"omp_cur_iteration\s*-\s*(\d+)", items[0])
            result.append((int(amount[1]),) if amount and len(names) == 1 else None)
            continue
        vector = [_offset(item, name) for item, name in zip(items, names, strict=False)]
        complete = len(items) == len(names) and all(entry is not None for entry in vector)
        result.append(tuple(entry or 0 for entry in vector) if complete else None)
    return result


def _offset(item: str, name: str) -> int | None:
    """k of `i - k`, as the distance to the iteration that runs first."""
    found = _TERM.match(item)
    if found is None or found[1] != name:
        return None
    amount = int(found[3] or 0)
    return amount if found[2] != "+" else -amount


def _combines(distance: tuple[int, ...], vectors: list[tuple[int, ...]]) -> bool:
    """Whether waiting along `vectors`, one after the other, covers `distance`: a sum of them, few of each."""
    width = len(vectors[0])
    if len(distance) < width:
        return False
    target = distance[:width]
    limit = max([abs(entry) for entry in target] + [1])
    ranges = [range(min(limit, 16) + 1) for _ in vectors[:4]]
    for counts in product(*ranges):
        if not any(counts):
            continue
        total = tuple(
            sum(count * vector[index] for count, vector in zip(counts, vectors, strict=False)) for index in range(width)
        )
        if total == target:
            return True
    return False


def steps_are_units(loops: Sequence[LoopRecord]) -> bool:
    """Sink distances count values of the induction variable: they are iterations only where the step is 1."""
    return all(loop.domain.step == 1 for loop in loops)

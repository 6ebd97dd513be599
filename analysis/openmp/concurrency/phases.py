"""Barriers, and which accesses of a team they keep apart.

All threads of a team meet the same barriers in the same order (OpenMP 5.2 §15.3.1), so the execution falls into
phases. Two accesses may happen at the same time when some path between them crosses no barrier: directly, or around
a loop that every thread of the team runs whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ...execution.events import LoopRecord, RegionRecord
from ..constructs import creates_threads, ends_in_barrier
from .pins import Pinned, pinned
from .sites import Site, Surroundings


class Barrier(msgspec.Struct, frozen=True):
    """Where the whole team waits: an event order and the control decisions under which it is reached."""

    order: int
    context: tuple[int, ...]


class Meeting(msgspec.Struct, frozen=True):
    """A way for two accesses to fall into one phase.

    `equal` counts the common replicated loops, from the outermost, that are in the same iteration; with `shift` the
    last of them is one iteration further at the textually earlier access. Loops further in are in any iterations.
    `certain` is False where a barrier that may or may not be reached could separate them. `pinned` are loops of
    which only one iteration gets there before or after a barrier; its first access is the one earlier in time.
    """

    equal: int
    shift: bool
    certain: bool
    pinned: Pinned = Pinned()


def barriers_of(team: RegionRecord, surroundings: Surroundings) -> tuple[Barrier, ...]:
    """The barriers of the team that `team` creates, in order: explicit, and at the end of worksharing constructs."""
    found: list[Barrier] = []
    for region in surroundings.regions:
        if not team.first < region.first < team.last or _innermost_team(region, surroundings) is not team:
            continue
        directive = region.statement.directive
        if directive.name == "barrier":
            found.append(Barrier(region.first, region.context))
        elif region.statement.body is not None and ends_in_barrier(directive):
            found.append(Barrier(region.last, region.context))
    return tuple(sorted(found, key=lambda barrier: barrier.order))


def _innermost_team(region: RegionRecord, surroundings: Surroundings) -> RegionRecord | None:
    teams = [
        outer
        for outer in surroundings.regions
        if outer.first < region.first < outer.last and creates_threads(outer.statement.directive)
    ]
    return teams[-1] if teams else None


def meetings(
    earlier: Site, later: Site, team: LoopRecord, loops: Sequence[LoopRecord], barriers: Sequence[Barrier]
) -> tuple[Meeting, ...]:
    """The ways in which two accesses of one team may fall into one phase.

    `earlier` comes first in the order of events (or is the same access). `team` is the loop over the team's threads,
    `loops` are the loops inside it around both that every thread runs whole, outermost first.
    """
    depth = max((index + 1 for index, loop in enumerate(loops) if _inside(barriers, loop.first, loop.last)), default=0)
    found: list[Meeting] = []
    between = _inside(barriers, earlier.order, later.order)
    if not any(_reached(barrier, earlier) or _reached(barrier, later) for barrier in between):
        found.append(Meeting(depth, False, not between))
    for index in range(depth):
        found += _around(loops[index], index, earlier, later, barriers)
    return tuple(_with_pins(meeting, earlier, later, team, loops, barriers) for meeting in found)


def _with_pins(
    meeting: Meeting,
    earlier: Site,
    later: Site,
    team: LoopRecord,
    loops: Sequence[LoopRecord],
    barriers: Sequence[Barrier],
) -> Meeting:
    """The meeting with the loops in which barriers leave one iteration only."""
    if not barriers:
        return meeting
    equal = loops[: meeting.equal]

    def free(site: Site) -> list[LoopRecord]:
        return [loop for loop in site.loops if team.first < loop.first < team.last and loop not in equal]

    def waits(loop: LoopRecord, low: int, high: int) -> Literal["yes", "perhaps", "no"]:
        inside = [barrier for barrier in _inside(barriers, low, high) if _each_time(barrier, loop)]
        return "yes" if any(_whenever(barrier, loop) for barrier in inside) else "perhaps" if inside else "no"

    first, second = (later, earlier) if meeting.shift else (earlier, later)
    pins = pinned((first.order, free(first)), (second.order, free(second)), waits)
    return msgspec.structs.replace(meeting, pinned=pins, certain=meeting.certain and pins.certain)


def _around(loop: LoopRecord, index: int, earlier: Site, later: Site, barriers: Sequence[Barrier]) -> list[Meeting]:
    """Meetings of different iterations of a loop that holds barriers."""
    behind = _inside(barriers, later.order, loop.last)
    ahead = _inside(barriers, loop.first, earlier.order)
    found: list[Meeting] = []
    certain = any(_reached(barrier, later) and _each_time(barrier, loop) for barrier in behind) or any(
        _reached(barrier, earlier) and _each_time(barrier, loop) for barrier in ahead
    )
    if not certain:
        found.append(Meeting(index + 1, True, not behind and not ahead))
    whole = _inside(barriers, loop.first, loop.last)
    if not any(_each_time(barrier, loop) and _whenever(barrier, loop) for barrier in whole):
        found.append(Meeting(index, False, False))
    return found


def _inside(barriers: Sequence[Barrier], first: int, last: int) -> list[Barrier]:
    return [barrier for barrier in barriers if first < barrier.order < last]


def _reached(barrier: Barrier, site: Site) -> bool:
    """Whether the barrier is reached whenever the access happens."""
    return site.context[: len(barrier.context)] == barrier.context


def _each_time(barrier: Barrier, loop: LoopRecord) -> bool:
    """Whether the barrier stands inside the loop's body."""
    return barrier.context[: len(loop.context)] == loop.context


def _whenever(barrier: Barrier, loop: LoopRecord) -> bool:
    """Whether every iteration of the loop reaches the barrier."""
    return loop.context[: len(barrier.context)] == barrier.context

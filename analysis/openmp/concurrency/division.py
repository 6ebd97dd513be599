"""Which thread of a team executes an access: all of them, the one that got the iteration, the one that came first, …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ...execution.events import LoopRecord, RegionRecord
from ..constructs import (
    associated_loops,
    bindings,
    binds_to_thread,
    chosen_thread,
    collapsed_count,
    creates_threads,
    words,
)
from .sites import Site, Surroundings

How = Literal[
    "replicated",  # every thread of the team
    "loop",  # the thread that got the iteration
    "section",  # the thread that got the section
    "single",  # one thread, any
    "master",  # the thread of one number
]


class Division(msgspec.Struct, eq=False):
    """How a team divides the work that holds an access, and the region that divides it.

    `loops` are a worksharing loop's collapsed loops. `part` numbers a section, `number` is that of the "master" thread.
    `index` is the dividing region's position in the site's stack.
    """

    how: How
    region: RegionRecord | None = None
    index: int = -1
    loops: tuple[LoopRecord, ...] = ()
    part: int = 0
    number: int = 0

    def same_part(self, other: Division) -> bool:
        """Whether both are the same piece of the same execution of the construct."""
        return self.how == other.how and self.region is other.region and self.part == other.part


REPLICATED = Division("replicated")


def division_of(site: Site, team: RegionRecord, surroundings: Surroundings) -> Division:
    """How the team created by `team` divides the work around `site`."""
    start = site.stack.index(team)
    league = "teams" in words(team.statement.directive)
    for index in range(start, len(site.stack)):
        region = site.stack[index]
        if index > start and creates_threads(region.statement.directive) and not _workshares_league(region, league):
            return REPLICATED  # what an inner team does with it is its own affair
        divided = _divided(region, index, site, league, surroundings)
        if divided is not None:
            return divided
    return REPLICATED


def _workshares_league(region: RegionRecord, league: bool) -> bool:
    """`distribute parallel for` inside `teams`: the league divides before the inner team does."""
    return league and bool(words(region.statement.directive) & {"distribute", "loop"})


def _divided(region: RegionRecord, index: int, site: Site, league: bool, surroundings: Surroundings) -> Division | None:
    directive = region.statement.directive
    kinds = words(directive)
    if directive.standalone:
        return None
    if kinds & {"distribute"} if league else kinds & {"for"}:
        return _loop(region, index, site)
    if "loop" in kinds and (league or "teams" not in bindings(directive)) and not binds_to_thread(directive):
        return _loop(region, index, site)
    if league:
        return None
    if "sections" in kinds:
        return Division("section", region, index, part=_section(region, site, surroundings))
    if "single" in kinds:
        return Division("single", region, index)
    if kinds & {"master", "masked"} and (number := chosen_thread(directive)) is not None:
        return Division("master", region, index, number=number)
    return None


def _loop(region: RegionRecord, index: int, site: Site) -> Division:
    loops = loops_of_construct(region, site.loops)
    if not loops:  # the header, or an access that the clauses make
        return REPLICATED
    return Division("loop", region, index, loops)


def loops_of_construct(region: RegionRecord, around: Sequence[LoopRecord]) -> tuple[LoopRecord, ...]:
    """Those of the loops `around` an access whose iterations the construct shares out."""
    directive = region.statement.directive
    statements = associated_loops(region.statement, collapsed_count(directive))
    return tuple(
        loop
        for loop in around
        if region.first < loop.first < region.last and any(loop.statement is each for each in statements)
    )


def _section(region: RegionRecord, site: Site, surroundings: Surroundings) -> int:
    """The number of the section: how many `section` directives of this construct come before."""
    return sum(
        1
        for other in surroundings.regions
        if other.statement.directive.name == "section"
        and region.first < other.first < site.order
        and _innermost_sections(other, surroundings) is region
        and other.first != _leading_section(region, surroundings)
    )


def _leading_section(region: RegionRecord, surroundings: Surroundings) -> int:
    """The order of a `section` directive with nothing before it: it opens the first section, not a second one."""
    accesses = (access.order for access in surroundings.trace.accesses if region.first < access.order < region.last)
    first_access = min(accesses, default=region.last)
    return next(
        (
            other.first
            for other in surroundings.regions
            if other.statement.directive.name == "section" and region.first < other.first < first_access
        ),
        -1,
    )


def _innermost_sections(section: RegionRecord, surroundings: Surroundings) -> RegionRecord | None:
    around = [
        region
        for region in surroundings.regions
        if region.first < section.first < region.last and "sections" in words(region.statement.directive)
    ]
    return around[-1] if around else None

"""Accesses with the OpenMP regions around them, as one execution of the analysis met them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter

import msgspec

from ...dependence.problem import LoopDomain
from ...execution.events import Access, Effect, LoopRecord, RegionRecord, Trace
from ...ir.tree import Function, Symbol
from ...symbolic.polynomial import Constraint
from ..sharing import Sharing, sharing
from .naming import Exposures

_START = attrgetter("start")


class Site(msgspec.Struct, eq=False):
    """An access in its surroundings. `stack` are the regions around it and `loops` the loops, outermost first.

    `made_by` is set for accesses that no expression makes: the copy that a clause of that region makes or combines
    (firstprivate reads the original at the start, reduction and lastprivate write it at the end).
    """

    access: Access
    stack: tuple[RegionRecord, ...]
    loops: tuple[LoopRecord, ...]
    made_by: RegionRecord | None = None

    @property
    def order(self) -> int:
        return self.access.order

    @property
    def context(self) -> tuple[int, ...]:
        return self.access.context

    # The slots of `object` itself: these are keys everywhere, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Surroundings:
    """The regions and loops of a trace, by the order of events."""

    def __init__(self, trace: Trace, functions: Sequence[Function]) -> None:
        self.trace = trace
        self._functions = functions  # in the order of the text
        self.regions = sorted(trace.regions, key=lambda region: (region.first, -region.last))
        self.loops = sorted(trace.loops, key=lambda loop: (loop.first, -loop.last))
        self._sharing: dict[tuple[Symbol, tuple[RegionRecord, ...]], tuple[Sharing, ...]] = {}
        self._around: dict[tuple[int, tuple[RegionRecord, ...]], tuple[RegionRecord, ...]] = {}
        self._loop_of = {loop.domain: loop for loop in trace.loops}

    @cached_property
    def exposures(self) -> Exposures:
        """Of the functions that were executed: what others do is not asked, and gives the original."""
        bodies = [function for function in self._functions if function.body is not None]
        return Exposures((self.trace.function, *self.trace.followed.values()), bodies)

    def sites(self) -> list[Site]:
        """Every access of the trace, in order."""
        accesses = sorted(self.trace.accesses, key=lambda access: access.reference.order)
        orders = [access.reference.order for access in accesses]
        result: list[Site] = []
        for access, stack in zip(accesses, _nested(self.regions, orders), strict=True):
            result.append(Site(_plain(access), stack, self.loops_of(access.reference.loops)))
        return result

    def sharing(self, symbol: Symbol, regions: tuple[RegionRecord, ...]) -> tuple[Sharing, ...]:
        """The data-sharing attribute of a variable, named inside all of `regions`, in each of them."""
        key = (symbol, regions)
        if key not in self._sharing:
            self._sharing[key] = sharing(symbol, [region.statement for region in regions])
        return self._sharing[key]

    def function_at(self, offset: int) -> Function | None:
        """The function whose text holds a byte offset."""
        index = bisect_right(self._functions, offset, key=_START) - 1
        while index >= 0 and self._functions[index].body is None:
            index -= 1
        if index < 0 or offset >= self._functions[index].end:
            return None
        return self._functions[index]

    def around(self, offset: int, stack: tuple[RegionRecord, ...]) -> tuple[RegionRecord, ...]:
        """The regions of the stack that stand in the same function of the text as `offset`."""
        function = self.function_at(offset)
        key = (id(function), stack)
        if key not in self._around:
            self._around[key] = tuple(
                region for region in stack if self.function_at(region.statement.start) is function
            )
        return self._around[key]

    def stack_at(self, order: int) -> tuple[RegionRecord, ...]:
        return tuple(region for region in self.regions if region.first < order < region.last)

    def effects(self) -> list[tuple[Effect, tuple[RegionRecord, ...]]]:
        effects = sorted(self.trace.effects, key=lambda effect: effect.order)
        return list(zip(effects, _nested(self.regions, [effect.order for effect in effects]), strict=True))

    def loops_of(self, domains: Sequence[LoopDomain]) -> tuple[LoopRecord, ...]:
        return tuple(self._loop_of[domain] for domain in domains if domain in self._loop_of)

    def loops_around(self, region: RegionRecord) -> tuple[LoopRecord, ...]:
        """The loops around a region, outermost first."""
        found: list[LoopRecord] = []
        loop = region.loop
        while loop is not None:
            found.append(loop)
            loop = loop.parent
        return tuple(reversed(found))


def _plain(access: Access) -> Access:
    """The access without guards that hold of themselves, such as those that `if (1)` leaves."""
    guards = access.reference.guards
    kept = tuple(guard for guard in guards if not _holds(guard))
    if len(kept) == len(guards):
        return access
    return msgspec.structs.replace(access, reference=msgspec.structs.replace(access.reference, guards=kept, memo=None))


def _holds(guard: Constraint) -> bool:
    value = guard.left.constant
    if value is None:
        return False
    return value >= 0 if guard.relation == ">=" else (value == 0) == (guard.relation == "==")


def _nested(regions: Sequence[RegionRecord], orders: Sequence[int]) -> Iterator[tuple[RegionRecord, ...]]:
    """For each of the ascending `orders`, the regions that hold it."""
    open_regions: list[RegionRecord] = []
    upcoming = 0
    for order in orders:
        while upcoming < len(regions) and regions[upcoming].first < order:
            open_regions.append(regions[upcoming])
            upcoming += 1
        open_regions = [region for region in open_regions if region.last > order]
        yield tuple(open_regions)

"""Tasks against the code after their creation and against each other, where one thread creates them.

A task may run at any time between its creation and the point that waits for it: a taskwait of the task that
created it, the end of a taskgroup, a barrier. Between siblings `depend` may order them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from ...execution.events import LoopRecord, RegionRecord
from ..constructs import words
from . import depend
from .exclusion import Excluded
from .phases import Barrier
from .pins import Pinned, pinned
from .sites import Site, Surroundings


class TaskMeeting(msgspec.Struct, frozen=True):
    """`first` runs in a task that may still run when `second` does: in one iteration of all common loops (`loop` is
    None), or in a later iteration of `loop`. `certain` is False where something may yet order the two."""

    first: Site
    second: Site
    task: RegionRecord
    loop: LoopRecord | None
    certain: bool
    pinned: Pinned = Pinned()
    adjacent: bool = False


def is_deferred(region: RegionRecord) -> bool:
    """Whether the construct creates a task that its encountering thread need not finish first."""
    directive = region.statement.directive
    if directive.standalone:
        return False
    kinds = words(directive)
    if "target" in kinds:
        return bool(directive.clauses_named("nowait"))
    if "taskloop" in kinds:
        return bool(directive.clauses_named("nogroup"))
    if "task" not in kinds:
        return False
    return not any(clause.items in (("0",), ("false",)) for clause in directive.clauses_named("if"))


def may_be_undeferred(region: RegionRecord) -> bool:
    return bool(region.statement.directive.clauses_named("if", "final", "transparent", "detach"))


class Tasks:
    """The tasks of one team."""

    def __init__(
        self, team: RegionRecord | None, surroundings: Surroundings, barriers: Sequence[Barrier], source: bytes
    ) -> None:
        self._team = team
        self._surroundings = surroundings
        self._barriers = barriers
        self._source = source
        regions = [region for region in surroundings.regions if team is None or team.first < region.first < team.last]
        self._waits = [region for region in regions if region.statement.directive.name == "taskwait"]
        self._groups = [region for region in regions if region.statement.directive.name in ("taskgroup", "taskgraph")]
        self._final = [region for region in regions if _is_final(region)]
        self._tasks = [region for region in regions if self._is_deferred(region)]
        self._dependent = [region for region in regions if depend.items(region)]

    def any(self) -> bool:
        return bool(self._tasks)

    def meetings(self, one: Site, other: Site) -> list[TaskMeeting]:
        """How two accesses may meet that are not ordered by their creating task's program order."""
        earlier, later = (one, other) if one.order <= other.order else (other, one)
        ones, others = self._tasks_around(earlier), self._tasks_around(later)
        common = 0
        while common < min(len(ones), len(others)) and ones[common] is others[common]:
            common += 1
        found: list[TaskMeeting] = []
        first_task = ones[common] if common < len(ones) else None
        second_task = others[common] if common < len(others) else None
        if first_task is not None:
            found += self._in_one_iteration(earlier, later, first_task, second_task)
        # Two runs of one task, or of two, created in different iterations of a loop around the creation.
        for level in range(common + 1):
            a = ones[level] if level < len(ones) else None
            b = others[level] if level < len(others) else None
            outer = ones[level - 1] if level else None
            for loop in self._loops(earlier, later, outer, a, b):
                found += self._across(loop, earlier, later, a, b)
                if earlier is not later:
                    found += self._across(loop, later, earlier, b, a)
        return found

    # ---- one iteration

    def _in_one_iteration(
        self, first: Site, second: Site, task: RegionRecord, other: RegionRecord | None
    ) -> list[TaskMeeting]:
        until = other.first if other is not None else second.order
        reached = other.context if other is not None else second.context
        waited = self._waited(task, first, until, reached)
        if waited == "yes":
            return []
        order = self._depended(first, second, task, other, None)
        exclusion = self._excluded(first, second, task, other, None)
        if "yes" in (order, exclusion):
            return []
        certain = waited == order == exclusion == "no" and not may_be_undeferred(task)
        common = {loop for loop, twin in zip(first.loops, second.loops, strict=False) if loop is twin}
        pins = self._pinned(first, second, task, other, common)
        return [TaskMeeting(first, second, task, None, certain and pins.certain, pins)]

    def _waited(self, task: RegionRecord, site: Site, until: int, context: tuple[int, ...]) -> str:
        """Whether the task's access is complete before order `until`: "yes", "perhaps" or "no"."""
        return self._waited_within(task, site, [(task.last, until)], context)

    def _waited_within(
        self, task: RegionRecord, site: Site, stretches: list[tuple[int, int]], context: tuple[int, ...]
    ) -> str:
        verdict = self._completed(task, task, site, stretches, context)
        if verdict == "yes":
            return verdict
        for sibling in self._dependent:
            # What waits for a task that depends on this one waits for this one too.
            low, high = stretches[0]
            reached = context[: len(sibling.context)] == sibling.context
            reached = reached or task.context[: len(sibling.context)] == sibling.context
            if not reached or not low <= sibling.first < high or not self._is_deferred(sibling):
                continue
            if self._parent(sibling) is self._parent(task) and self._chained(task, sibling, None):
                later = [(sibling.last, high), *stretches[1:]]
                if self._completed(sibling, task, site, later, context) == "yes":
                    return "yes"
                verdict = "perhaps"
        return verdict

    def _completed(
        self,
        waited: RegionRecord,
        task: RegionRecord,
        site: Site,
        stretches: list[tuple[int, int]],
        context: tuple[int, ...],
    ) -> str:
        """Whether the access in `task` is complete because something in the stretches waits for the task `waited`."""
        verdict = "no"
        for low, high in stretches:
            for where, covers in self._synchronisations(waited, task, site, low, high):
                reached = context[: len(where)] == where or task.context[: len(where)] == where
                if reached and covers == "yes":
                    return "yes"
                if covers != "no":
                    verdict = "perhaps"
        return verdict

    def _synchronisations(
        self, waited: RegionRecord, task: RegionRecord, site: Site, low: int, high: int
    ) -> list[tuple[tuple[int, ...], str]]:
        """What waits for the task `waited` between two orders: context, and whether it covers the access in `task`."""
        found: list[tuple[tuple[int, ...], str]] = []
        for barrier in self._barriers:
            if low <= barrier.order < high:
                found.append((barrier.context, "yes"))
        done = self._children_done(task, site)
        for group in self._groups:
            if group.first < waited.first < group.last and low <= group.last < high:
                found.append((group.context, "yes" if group.first < task.first else done))
        parent = self._parent(waited)
        for wait in self._waits:
            if low <= wait.first < high and self._parent(wait) is parent:
                covers = done
                varying = self._varying(waited, wait, None)
                kinds = depend.same_items(waited, wait, varying)
                if depend.items(wait) and not any(depend.orders(*each) for each in kinds):
                    waits = depend.may_order(waited, wait, varying, None)
                    covers = "perhaps" if covers != "no" and waits else "no"
                found.append((wait.context, covers))
        for region in self._dependent:
            # An undeferred task, such as a `target` region, waits for its dependences where it stands.
            if low <= region.first < high and not is_deferred(region) and region.last > region.first:
                kinds = depend.same_items(waited, region, self._varying(waited, region, None))
                if any(depend.orders(*each) for each in kinds):
                    found.append((region.context, done))
        return found

    def _children_done(self, task: RegionRecord, site: Site) -> str:
        """Whether the access is complete once the task is: not so in a descendant that the task does not wait for."""
        around = self._tasks_around(site)
        position = around.index(task)
        verdict = "yes"
        for parent, child in pairwise(around[position:]):
            waited = self._waited(child, site, parent.last, child.context)
            if waited == "no":
                return "no"
            if waited == "perhaps":
                verdict = "perhaps"
        return verdict

    # ---- iterations of a loop

    def _loops(
        self, one: Site, other: Site, outer: RegionRecord | None, a: RegionRecord | None, b: RegionRecord | None
    ) -> list[LoopRecord]:
        """Loops around both accesses in which the tasks `a` and `b` are created, inside the task `outer`."""
        if a is None and b is None:
            return []
        start = outer.first if outer is not None else (self._team.first if self._team is not None else -1)
        found = []
        for loop, twin in zip(one.loops, other.loops, strict=False):
            if loop is not twin:
                break
            creations = [region.first for region in (a, b) if region is not None]
            if loop.first > start and loop.first < min(creations) and max(creations) < loop.last and not _is_team(loop):
                found.append(loop)
        return found

    def _across(
        self, loop: LoopRecord, first: Site, second: Site, task: RegionRecord | None, other: RegionRecord | None
    ) -> list[TaskMeeting]:
        """`first` in an earlier iteration than `second`: apart unless it runs in a task that nothing waits for."""
        if task is None:
            return []
        start = other.first if other is not None else second.order
        context = loop.context
        waited = self._waited_within(task, first, [(task.last, loop.last), (loop.first, start)], context)
        if waited == "yes":
            return []
        order = self._depended(first, second, task, other, loop)
        exclusion = self._excluded(first, second, task, other, loop)
        if "yes" in (order, exclusion):
            return []
        certain = waited == order == exclusion == "no" and not may_be_undeferred(task)
        outer = {each for each in first.loops if each.contains(loop)}
        pins = self._pinned(first, second, task, other, outer)
        each_time = self._waits_in(task, first, loop, loop.first, loop.last)
        certain = certain and pins.certain and each_time != "perhaps"
        return [TaskMeeting(first, second, task, loop, certain, pins, each_time == "yes")]

    def _pinned(
        self, first: Site, second: Site, task: RegionRecord, other: RegionRecord | None, held: set[LoopRecord]
    ) -> Pinned:
        """Loops, but for those in `held`, of whose iterations only one leaves the task running, or meets it so."""

        def waits(loop: LoopRecord, low: int, high: int) -> Literal["yes", "perhaps", "no"]:
            return self._waits_in(task, first, loop, low, high)

        start = other.first if other is not None else second.order
        creating = [loop for loop in first.loops if loop not in held and loop.first < task.first < loop.last]
        meeting = [loop for loop in second.loops if loop not in held and loop.first < start < loop.last]
        return pinned((task.first, creating), (start, meeting), waits)

    def _waits_in(
        self, task: RegionRecord, site: Site, loop: LoopRecord, low: int, high: int
    ) -> Literal["yes", "perhaps", "no"]:
        """Whether every iteration of the loop, between two orders, waits for the task's access (made before it)."""
        found = self._synchronisations(task, task, site, low, high)
        inside = [(where, covers) for where, covers in found if where[: len(loop.context)] == loop.context]
        if any(covers == "yes" and loop.context[: len(where)] == where for where, covers in inside):
            return "yes"
        return "perhaps" if any(covers != "no" for _, covers in inside) else "no"

    # ---- dependences

    def _depended(
        self, first: Site, second: Site, task: RegionRecord, other: RegionRecord | None, loop: LoopRecord | None
    ) -> str:
        """Whether depend clauses order the two tasks, if they are siblings: "yes", "perhaps" or "no".

        `loop` is the loop in whose different iterations they are created, None for one iteration.
        """
        if other is None or not depend.items(task) or not depend.items(other):
            return "no"
        done = self._children_done(task, first)
        if done == "no":
            return "no"  # the dependence waits for the task, not for what it leaves behind
        if self._chained(task, other, loop) or self._each_names(first, second, task, other, depend.orders):
            return done
        counter = loop.header.symbol.name if loop is not None and loop.header is not None else None
        varying = self._varying(task, other, loop)
        return "perhaps" if depend.may_order(task, other, varying, counter) else "no"

    def _excluded(
        self, first: Site, second: Site, task: RegionRecord, other: RegionRecord | None, loop: LoopRecord | None
    ) -> Excluded:
        """Whether mutexinoutset dependences keep the two tasks apart, if they are siblings."""
        if other is None or not depend.may_exclude(task, other):
            return "no"
        done = {self._children_done(task, first), self._children_done(other, second)}
        if "no" in done:
            return "no"  # it is the task that excludes others, not what it leaves behind
        same = depend.same_items(task, other, self._varying(task, other, loop))
        if any(depend.excludes(*kinds) for kinds in same) or self._each_names(
            first, second, task, other, depend.excludes
        ):
            return "yes" if done == {"yes"} else "perhaps"
        return "perhaps"

    def _each_names(
        self,
        first: Site,
        second: Site,
        task: RegionRecord,
        other: RegionRecord,
        apart: Callable[[str, str], bool],
    ) -> bool:
        """Whether each task depends on the very element that it accesses: where those are one, so are the items."""
        one, two = depend.covering(task, self._text(first)), depend.covering(other, self._text(second))
        return one is not None and two is not None and apart(one, two)

    def _chained(self, task: RegionRecord, other: RegionRecord, loop: LoopRecord | None) -> bool:
        """Whether a chain of dependences among siblings leads from one task to the other."""
        parent = self._parent(task)
        siblings = [region for region in self._dependent if self._parent(region) is parent]
        reached, waiting = {id(task)}, [task]
        while waiting:
            current = waiting.pop()
            for region in siblings:
                in_order = current.first < region.first or loop is not None
                if not in_order or (id(region) in reached and region is not other):
                    continue
                if any(
                    depend.orders(*kinds)
                    for kinds in depend.same_items(current, region, self._varying(current, region, loop))
                ):
                    if region is other:
                        return True
                    reached.add(id(region))
                    waiting.append(region)
        return False

    def _varying(self, task: RegionRecord, other: RegionRecord, loop: LoopRecord | None) -> depend.Varying:
        """What may differ where the two are created: in one iteration of all loops around both, or, with `loop`, in two
        of its iterations. A loop around one of them only stands in any of its iterations."""
        ones, others = self._surroundings.loops_around(task), self._surroundings.loops_around(other)
        held = [one for one, twin in zip(ones, others, strict=False) if one is twin]
        if loop is not None:
            held = [each for each in held if each is not loop and each.contains(loop)]
        return _varying([each for each in (*ones, *others) if each not in held])

    def _text(self, site: Site) -> str:
        node = site.access.node
        if node is None:
            return ""
        return "".join(self._source[node.start : node.end].decode("utf-8", "replace").split())

    # ---- structure

    def _is_deferred(self, region: RegionRecord) -> bool:
        """Tasks inside a final task are run where they are met."""
        inside = any(task.first < region.first < task.last for task in self._final)
        return is_deferred(region) and not inside

    def _tasks_around(self, site: Site) -> list[RegionRecord]:
        start = site.stack.index(self._team) + 1 if self._team in site.stack else 0
        return [region for region in site.stack[start:] if self._is_deferred(region)]

    def _parent(self, region: RegionRecord) -> RegionRecord | None:
        around = [task for task in self._tasks if task.first < region.first < task.last]
        return around[-1] if around else None


def _is_final(region: RegionRecord) -> bool:
    clauses = region.statement.directive.clauses_named("final")
    return is_deferred(region) and any(clause.items in (("1",), ("true",)) for clause in clauses)


def _varying(loops: Sequence[LoopRecord]) -> depend.Varying:
    """What may differ between the iterations of some loops."""
    values = {symbol.name for loop in loops for symbol in loop.assigned_in_body}
    variables = {
        symbol.name
        for loop in loops
        for symbol in loop.assigned_in_body
        if loop.statement.start <= symbol.start < loop.statement.end
    }
    return depend.Varying(frozenset(values), frozenset(variables))


def _is_team(loop: LoopRecord) -> bool:
    from ..threads import is_team_loop

    return is_team_loop(loop.statement)

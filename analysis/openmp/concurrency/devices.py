"""Target regions that the host does not wait for (`nowait`), outside all teams of threads.

They are tasks (OpenMP 5.2 §13.8): the device may run one while its single host thread goes on. Inside a team they are
judged with the other tasks of its threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

from ...execution.events import RegionRecord
from ...loops.pairs import common_subscripts
from ..constructs import creates_threads
from .conflicts import Conflict, Tests
from .exclusion import is_atomic
from .found import Found, undecided
from .loads import unstable_in
from .sites import Site, Surroundings
from .storage import made_at
from .tables import Tables
from .tasks import TaskMeeting, Tasks, is_deferred
from .trust import may_write

QUESTION_BUDGET = 2_000  # dependence tests in one function


def deferred_targets(surroundings: Surroundings) -> list[RegionRecord]:
    """The target regions with `nowait` outside all teams."""
    teams = [region for region in surroundings.regions if creates_threads(region.statement.directive)]
    return [
        region
        for region in surroundings.regions
        if region.statement.directive.has("target")
        and is_deferred(region)
        and not any(team.first < region.first < team.last for team in teams)
    ]


def judge_targets(surroundings: Surroundings, sites: Sequence[Site], source: bytes, tables: Tables) -> list[Found]:
    """The accesses that a deferred target region and the host, or two such regions, may make at the same time."""
    targets = deferred_targets(surroundings)
    if not targets:
        return []
    first, last = targets[0].first, max((site.order for site in sites), default=0) + 1
    tests = Tests(None, unstable_in(first, last, surroundings.trace), tables)
    tasks = Tasks(None, surroundings, (), source)
    found: list[Found] = []
    for one, other in _pairs(sites, targets, surroundings):
        for meeting in tasks.meetings(one, other):
            if meeting.task in targets and (race := _held(meeting, tests, surroundings)) is not None:
                found.append(race)
        if tests.questions > QUESTION_BUDGET:
            directive = targets[0].statement.directive
            found.append(Found(directive, "budget", one, other, False, doubt="there are too many accesses"))
            break
    return found


def _pairs(
    sites: Sequence[Site], targets: Sequence[RegionRecord], surroundings: Surroundings
) -> Iterator[tuple[Site, Site]]:
    groups: dict[object, list[Site]] = {}
    for site in sites:
        made = made_at(site, surroundings)
        if made is None or made == -1:
            groups.setdefault(site.access.object, []).append(site)
    for group in groups.values():
        for one, other in combinations_with_replacement(group, 2):
            within = any(target in one.stack or target in other.stack for target in targets)
            written = one.access.is_write or other.access.is_write
            atomic = is_atomic(one) and is_atomic(other)
            if within and written and not atomic and common_subscripts(one.access, other.access) is not None:
                yield one, other


def _held(meeting: TaskMeeting, tests: Tests, surroundings: Surroundings) -> Found | None:
    first, second = meeting.first, meeting.second
    if meeting.loop is None:
        common = [loop for loop, twin in zip(first.loops, second.loops, strict=False) if loop is twin]
        conflict = tests.at_the_same_time(first, second, common, meeting.pinned)
    else:
        later = tests.in_next_iteration if meeting.adjacent else tests.in_later_iteration
        conflict = later(first, second, meeting.loop, meeting.pinned)
    if conflict is None:
        return None
    doubt = _doubt(conflict, meeting, surroundings)
    directive = meeting.task.statement.directive
    return Found(directive, "tasks", conflict.first, conflict.second, doubt is None, conflict, doubt)


def _doubt(conflict: Conflict, meeting: TaskMeeting, surroundings: Surroundings) -> str | None:
    if not meeting.certain:
        return "the tasks may be ordered"
    if conflict.strength != "proved":
        return undecided(conflict)
    if conflict.answer.condition is not None:
        return f"only where {conflict.answer.condition}"
    for site in (conflict.first, conflict.second):
        if made_at(site, surroundings) is None or site.access.object.kind == "unknown":
            return "it may be other memory"
        if (callee := may_write(site)) is not None:
            return f"{callee} may or may not touch it"
    return None

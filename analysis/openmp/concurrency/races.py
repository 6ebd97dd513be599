"""Every pair of accesses of an executed function that threads, tasks or lanes may make at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Literal

import msgspec

from ...execution.aliasing import relation, scalar_type_name, types_may_alias
from ...execution.events import LoopRecord, RegionRecord, Trace
from ...ir import tree as ir
from ...loops.pairs import common_subscripts, may_alias
from ...symbolic.polynomial import Term
from ..constructs import creates_threads, words
from ..directive import Directive
from ..threads import THREAD, THREADS, is_orphan_team, is_team_loop
from . import doacross, lanes
from .clauses import clause_sites
from .conflicts import Conflict, Tests, reads_thread_number
from .division import Division, division_of, loops_of_construct
from .exclusion import excluded
from .locks import Locks, argument_texts
from .phases import Barrier, barriers_of, meetings
from .schedule import dealt_alike
from .sites import Site, Surroundings
from .storage import THREAD as PER_THREAD
from .storage import made_at
from .tasks import Tasks, is_deferred
from .trust import Trust

PAIR_BUDGET = 6_000

How = Literal["iterations", "threads", "sections", "tasks", "lanes", "overlap", "budget"]


class Found(msgspec.Struct):
    """Two accesses that may race. `race` says that they certainly do; else `doubt` says what kept us from saying so."""

    directive: Directive
    how: How
    first: Site
    second: Site
    race: bool
    conflict: Conflict | None = None
    doubt: str | None = None


class Judged(msgspec.Struct):
    """What one execution of a function showed: its findings, and the directives that it went through."""

    found: list[Found]
    surroundings: Surroundings


def races(trace: Trace, functions: tuple[ir.Function, ...], source: bytes) -> Judged:
    """Everything in `trace` that may race."""
    surroundings = Surroundings(trace)
    sites = [site for site in surroundings.sites() if site.access.object.symbol not in (THREAD, THREADS)]
    sites += clause_sites(surroundings)
    locks = Locks(surroundings, argument_texts(surroundings, source))
    found: list[Found] = []
    teams = [region for region in surroundings.regions if creates_threads(region.statement.directive)]
    for team in teams:
        if not _is_serial(team):
            judge = _Team(team, surroundings, locks, functions, source, sites)
            found += judge.judge()
    if not teams:
        found += _Lanes(surroundings, sites, None).judge()
    else:
        found += _Lanes(surroundings, sites, teams[0]).judge()
    return Judged(found, surroundings)


def _is_serial(team: RegionRecord) -> bool:
    """Whether the team certainly has one thread only."""
    directive = team.statement.directive
    league = "teams" in words(directive)
    if any(clause.items == ("1",) for clause in directive.clauses_named("num_teams" if league else "num_threads")):
        return not (league and "parallel" in words(directive))
    return any(
        clause.items in (("0",), ("false",)) and clause.modifier in (None, "parallel")
        for clause in directive.clauses_named("if")
    )


def unstable_in(first: int, last: int, trace: Trace):
    """A test of loads: whether the memory they read is written between two orders."""
    writes = [access for access in trace.accesses if access.is_write and first < access.order < last]
    known: dict[Term, bool] = {}

    def unstable(term: Term) -> bool:
        if term not in known:
            known[term] = _written(term, writes)
        return known[term]

    return unstable


def _written(term: Term, writes: Sequence) -> bool:
    if not isinstance(term.array, tuple):
        return True
    array, path = term.array
    inner = array.type
    while inner.kind == "array" and inner.inner is not None:
        inner = inner.inner
    scalar = scalar_type_name(inner) if not path and inner.kind in ("int", "float", "pointer") else None
    for write in writes:
        if write.object is array:
            if write.path.startswith(path) or path.startswith(write.path) or "?" in write.path + path:
                return True
        elif types_may_alias(write.scalar_type, scalar) and relation(write.object, array) != "distinct":
            return True
    return False


class _Team:
    """The threads of one team."""

    def __init__(
        self,
        team: RegionRecord,
        surroundings: Surroundings,
        locks: Locks,
        functions: tuple[ir.Function, ...],
        source: bytes,
        sites: Sequence[Site],
    ) -> None:
        self.team = team
        self.surroundings = surroundings
        self.locks = locks
        self.league = "teams" in words(team.statement.directive)
        self.orphan = is_orphan_team(team.statement.directive)
        self.loop = next(
            loop for loop in surroundings.loops if is_team_loop(loop.statement) and team.first < loop.first < team.last
        )
        self.tests = Tests(self.loop, unstable_in(team.first, team.last, surroundings.trace))
        self.barriers: tuple[Barrier, ...] = () if self.league else barriers_of(team, surroundings)
        self.tasks = Tasks(team, surroundings, self.barriers, source)
        self.trust = Trust(team, surroundings, functions)
        self.sites = [site for site in sites if team in site.stack]
        self.found: list[Found] = []
        self._divisions: dict[Site, Division] = {}
        self._made: dict[Site, int | str | None] = {}
        self._budget = PAIR_BUDGET

    def judge(self) -> list[Found]:
        for one, other in self._pairs():
            self._judge(one, other)
            self._budget -= 1
            if self._budget < 0:
                self.found.append(
                    Found(self.team.statement.directive, "budget", one, other, False, doubt="too complex")
                )
                break
        self._overlaps()
        return self.found

    # ---- pairs

    def _pairs(self) -> Iterator[tuple[Site, Site]]:
        """Pairs of accesses to one object that threads share, one of them a write, in order."""
        groups: dict[object, list[Site]] = {}
        for site in self.sites:
            if self._is_shared(site):
                groups.setdefault(site.access.object, []).append(site)
        for group in groups.values():
            if not any(site.access.is_write for site in group):
                continue
            for one, other in combinations_with_replacement(group, 2):
                if one.access.is_write or other.access.is_write:
                    yield (one, other) if one.order <= other.order else (other, one)

    def _is_shared(self, site: Site) -> bool:
        """Whether another thread, or a task, can name the same storage."""
        made = self._made_at(site)
        if made == PER_THREAD:
            return False
        if not isinstance(made, int):
            return True
        level = site.stack.index(self.team)
        if made < level:
            return True
        inner = site.stack[made + 1 :]
        return (
            self._in_taskloop(site, made)
            or any(is_deferred(region) for region in inner)
            or (made >= level and self._tasks_could_share(site, made))
        )

    def _in_taskloop(self, site: Site, made: int) -> bool:
        return any("taskloop" in words(region.statement.directive) for region in site.stack[made + 1 :])

    def _tasks_could_share(self, site: Site, made: int) -> bool:
        return self.tasks.any() and not any(is_deferred(region) for region in site.stack[made:])

    def _made_at(self, site: Site) -> int | str | None:
        if site not in self._made:
            self._made[site] = made_at(site, self.surroundings)
        return self._made[site]

    def _division(self, site: Site) -> Division:
        if site not in self._divisions:
            self._divisions[site] = division_of(site, self.team, self.surroundings)
        return self._divisions[site]

    # ---- one pair

    def _judge(self, one: Site, other: Site) -> None:
        if common_subscripts(one.access, other.access) is None:
            return
        made, made_other = self._made_at(one), self._made_at(other)
        level = one.stack.index(self.team)
        unsure = made is None or made_other is None
        crossing = (made is None or (isinstance(made, int) and made < level)) and (
            made_other is None or (isinstance(made_other, int) and made_other < level)
        )
        exclusion = excluded(one, other, self.league, self.locks)
        if exclusion == "yes":
            return
        doubt = None
        if exclusion == "perhaps":
            doubt = "a lock may keep the two apart"
        elif unsure or self._varies(one) or self._varies(other):
            doubt = "each thread may reach other memory through its pointer"
        if crossing:
            self._across_team(one, other, doubt)
        for region in _common_taskloops(one, other):
            if isinstance(made, int) and made == made_other and made < one.stack.index(region):
                conflict = self.tests.across_iterations(one, other, loops_of_construct(region, one.loops))
                self._note(region.statement.directive, "iterations", one, other, conflict, doubt)
        if self.tasks.any() and self._same_instance(one, other, made, made_other):
            self._between_tasks(one, other, doubt)

    def _varies(self, site: Site) -> bool:
        depth = self.loop.domain.counter.depth
        accessed = site.access.object
        return accessed.kind == "unknown" or accessed.varies >= depth

    def _same_instance(self, one: Site, other: Site, made: int | str | None, made_other: int | str | None) -> bool:
        """Whether one thread can reach the same storage at both places."""
        if made is None or made_other is None:
            return True
        if not isinstance(made, int) or not isinstance(made_other, int) or made != made_other:
            return False
        return made < 0 or (made < len(other.stack) and one.stack[made] is other.stack[made])

    def _across_team(self, one: Site, other: Site, doubt: str | None) -> None:
        """The two accesses on different threads of the team."""
        division, its = self._division(one), self._division(other)
        if division.how == "master" and its.how == "master":
            return
        if division.how == "loop" and its.how == "loop" and division.region is its.region:
            self._in_one_loop(one, other, division, doubt)
        replicated = self._replicated(one, other, division, its)
        alone = division.how in ("single", "section", "loop") and division.same_part(its)
        if self.orphan and not alone:
            # Who calls this function, and with what, is not known: threads may well come with different arguments.
            doubt = doubt or "the callers of this function decide which threads meet here"
        for meeting in meetings(one, other, replicated, self.barriers):
            if alone and (meeting.equal == len(replicated)) and not meeting.shift:
                continue  # the same run of the construct: one thread, or another iteration, which was held above
            certain_doubt = doubt or (None if meeting.certain else "a barrier may keep the two apart")
            conflict, alike = self._meet(one, other, division, its, meeting, replicated)
            if alike is not None:
                certain_doubt = certain_doubt or alike
            blamed, how = self._blamed(one, other, division, its)
            self._note(blamed, how, one, other, conflict, certain_doubt)

    def _meet(self, one: Site, other: Site, division: Division, its: Division, meeting, replicated):
        """The conflict of two threads in one phase, and why it may not be one after all."""
        if division.how == its.how == "loop" and division.region is not None and its.region is not None:
            alike = dealt_alike(division, its)
            if alike is not None:
                mine, theirs = division.loops[0], its.loops[0]
                conflict = self.tests.same_iterations_only(one, other, mine, theirs)
                if alike == "certain" or conflict is not None:
                    return conflict, None
                conflict = self.tests.across_threads(one, other, meeting, replicated, (False, False))
                return conflict, "without `schedule(static)` on both loops their iterations may go to other threads"
        master = (division.how == "master", its.how == "master")
        return self.tests.across_threads(one, other, meeting, replicated, master), None

    def _in_one_loop(self, one: Site, other: Site, division: Division, doubt: str | None) -> None:
        region = division.region
        assert region is not None
        conflict = self.tests.across_iterations(one, other, division.loops)
        if conflict is None:
            return
        if doacross.uses_doacross(region, self.surroundings):
            doubt = self._doacross(one, other, region)
            if doubt is None:
                return
        if reads_thread_number(one, self.loop) or reads_thread_number(other, self.loop):
            doubt = doubt or "the thread's number decides which elements are touched"
        self._note(region.statement.directive, "iterations", one, other, conflict, doubt)

    def _doacross(self, one: Site, other: Site, region: RegionRecord) -> str | None:
        """None where every dependence between the two is waited for; else what may be missing."""
        loops = loops_of_construct(region, one.loops)
        for first, second in {(one, other), (other, one)}:
            for loop in loops[:1]:
                conflict = self.tests.in_later_iteration(first, second, loop)
                if conflict is None:
                    continue
                if not doacross.steps_are_units(loops) or not doacross.ordered_by_doacross(
                    first, second, conflict.answer.distance, region, self.surroundings
                ):
                    return "`depend(sink)` may order the two"
        return None

    def _replicated(self, one: Site, other: Site, division: Division, its: Division) -> list[LoopRecord]:
        """The loops around both that every thread runs whole, outermost first."""
        found: list[LoopRecord] = []
        limits = [each.region.first for each in (division, its) if each.region is not None]
        for loop, twin in zip(one.loops, other.loops, strict=False):
            if loop is not twin or any(loop.first > limit for limit in limits):
                break
            if loop is not self.loop and self.team.first < loop.first:
                found.append(loop)
        return found

    def _between_tasks(self, one: Site, other: Site, doubt: str | None) -> None:
        """The two accesses in tasks that one thread creates, or in a task and the code after it."""
        if self.tasks.exclusive(one, other):
            return
        for meeting in self.tasks.meetings(one, other):
            if meeting.loop is None:
                common = [loop for loop, twin in zip(one.loops, other.loops, strict=False) if loop is twin]
                conflict = self.tests.at_the_same_time(meeting.first, meeting.second, common)
            else:
                conflict = self.tests.in_later_iteration(meeting.first, meeting.second, meeting.loop)
            uncertain = None if meeting.certain else "the tasks may be ordered"
            self._note(
                meeting.task.statement.directive, "tasks", meeting.first, meeting.second, conflict, doubt or uncertain
            )

    # ---- what is said

    def _blamed(self, one: Site, other: Site, division: Division, its: Division) -> tuple[Directive, How]:
        """The directive to speak at: the one whose clause makes an access, else the earlier construct that lacks a
        barrier at its end, else the later one."""
        for site in (one, other):
            if site.made_by is not None:
                return site.made_by.statement.directive, "threads"
        if division.how == its.how == "section" and division.region is its.region and division.region is not None:
            return division.region.statement.directive, "sections"
        for each in (division, its):
            if each.region is not None:
                return each.region.statement.directive, "threads"
        return self.team.statement.directive, "threads"

    def _note(
        self,
        directive: Directive,
        how: How,
        one: Site,
        other: Site,
        conflict: Conflict | None,
        doubt: str | None,
    ) -> None:
        if conflict is None:
            return
        if doubt is None and conflict.strength == "possible":
            doubt = _undecided(conflict)
        if doubt is None and conflict.answer.condition is not None:
            doubt = f"only where {conflict.answer.condition}"
        if doubt is None and conflict.strength == "guarded":
            doubt = self.trust.selects(one) or self.trust.selects(other)
        conditions = conflict.strength != "proved"
        doubt = doubt or self.trust.doubt(one, conditions) or self.trust.doubt(other, conditions)
        if is_orphan_team(directive):
            doubt = doubt or "the callers of this function decide which threads meet here"
        self.found.append(Found(directive, how, conflict.first, conflict.second, doubt is None, conflict, doubt))

    # ---- different names for one memory

    def _overlaps(self) -> None:
        """Objects that may be the same memory: nothing is proved of them, and nothing is claimed."""
        shared = [site for site in self.sites if self._is_shared(site)]
        first_of: dict[tuple[object, bool], Site] = {}
        for site in shared:
            first_of.setdefault((site.access.object, site.access.is_write), site)
        for (accessed, writes), site in first_of.items():
            if not writes:
                continue
            if site.access.object.kind == "rows":
                names = f"rows of `{site.access.object.name}` may be the same memory"
                self.found.append(Found(self._innermost(site), "overlap", site, site, False, doubt=names))
            for (other_object, _), other in first_of.items():
                if other_object is accessed or may_alias(site.access, other.access) == "distinct":
                    continue
                names = f"`{site.access.object.name}` and `{other.access.object.name}` may be the same memory"
                directive = self._innermost(site)
                self.found.append(Found(directive, "overlap", site, other, False, doubt=names))

    def _innermost(self, site: Site) -> Directive:
        division = self._division(site)
        return (division.region or self.team).statement.directive


def _common_taskloops(one: Site, other: Site) -> list[RegionRecord]:
    """The taskloop constructs around both: their iterations run in tasks of their own."""
    return [
        region
        for region, twin in zip(one.stack, other.stack, strict=False)
        if region is twin and "taskloop" in words(region.statement.directive)
    ]


def _undecided(conflict: Conflict) -> str:
    culprits = ", ".join(f"`{culprit}`" for culprit in conflict.answer.culprits[:3])
    if culprits:
        return f"whether the two are the same element depends on {culprits}"
    return "whether the two are the same element cannot be told"


class _Lanes:
    """The iterations of `simd` loops."""

    def __init__(self, surroundings: Surroundings, sites: Sequence[Site], team: RegionRecord | None) -> None:
        self._surroundings = surroundings
        self._sites = sites
        self._tests: dict[int, Tests] = {}
        self._team = team

    def judge(self) -> list[Found]:
        found: list[Found] = []
        by_region: dict[RegionRecord, list[Site]] = {}
        for site in self._sites:
            for region in lanes.simd_only(site):
                if loops_of_construct(region, site.loops):
                    by_region.setdefault(region, []).append(site)
        for region, sites in by_region.items():
            found += self._judge(region, sites)
        return found

    def _judge(self, region: RegionRecord, sites: list[Site]) -> list[Found]:
        trace = self._surroundings.trace
        tests = Tests(None, unstable_in(region.first, region.last, trace))
        found: list[Found] = []
        groups: dict[object, list[Site]] = {}
        for site in sites:
            made = made_at(site, self._surroundings)
            if not isinstance(made, int) or made < site.stack.index(region):
                groups.setdefault(site.access.object, []).append(site)
        for group in groups.values():
            for one, other in combinations_with_replacement(group, 2):
                if not (one.access.is_write or other.access.is_write):
                    continue
                if common_subscripts(one.access, other.access) is None or _ordered_simd(one, other):
                    continue
                found += self._pair(tests, region, one, other, group)
        return found

    def _pair(self, tests: Tests, region: RegionRecord, one: Site, other: Site, group: list[Site]) -> list[Found]:
        found: list[Found] = []
        directive = region.statement.directive
        for loop in loops_of_construct(region, one.loops):
            for first, second in {(one, other), (other, one)}:
                conflict = tests.in_later_iteration(first, second, loop)
                if conflict is None or lanes.keeps(conflict, region):
                    continue
                doubt = None
                if not lanes.breaks(conflict, region):
                    doubt = "vector code that keeps the statements in order keeps this dependence too"
                elif _is_temporary(group):
                    doubt = f"each lane needs a copy of its own: add private({one.access.object.name})"
                elif conflict.strength == "possible":
                    doubt = _undecided(conflict)
                elif conflict.answer.condition is not None:
                    doubt = f"only where {conflict.answer.condition}"
                found.append(Found(directive, "lanes", first, second, doubt is None, conflict, doubt))
        return found


def _ordered_simd(one: Site, other: Site) -> bool:
    return all(
        any(
            region.statement.directive.name == "ordered" and region.statement.directive.clauses_named("simd")
            for region in site.stack
        )
        for site in (one, other)
    )


def _is_temporary(group: list[Site]) -> bool:
    """Whether the accesses are to a scalar that each iteration writes before it reads it."""
    first = min(group, key=lambda site: site.order)
    scalar = not first.access.reference.subscripts and not first.access.path
    return scalar and first.access.is_write

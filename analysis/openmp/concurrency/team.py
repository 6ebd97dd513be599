"""The threads of one team: which of their accesses may happen at the same time, and whether they meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

from ...execution.events import LoopRecord, RegionRecord
from ...execution.points_to import PointsTo
from ...ir import tree as ir
from ...loops.pairs import common_subscripts
from ..constructs import chosen_thread, collapsed_count, names, words
from ..directive import Directive
from ..threads import is_orphan_team, is_team_loop
from . import doacross
from .conflicts import Conflict, Tests, reads_thread_number
from .division import Division, division_of, loops_of_construct
from .exclusion import excluded
from .found import Found, How, undecided
from .loads import unstable_in
from .locks import Locks
from .overlap import overlaps
from .phases import Barrier, Meeting, barriers_of, meetings
from .schedule import dealt_alike
from .sites import Site, Surroundings
from .storage import THREAD as PER_THREAD
from .storage import made_at
from .substitution import terms_of
from .tables import Tables
from .tasks import Tasks, is_deferred
from .trust import Trust

# Undecided pairs of one variable and two constructs after which no more are held against each other.
DOUBTS_ENOUGH = 12


def team_loop(team: RegionRecord, surroundings: Surroundings) -> LoopRecord:
    """The loop over the team's threads."""
    return next(
        loop for loop in surroundings.loops if is_team_loop(loop.statement) and team.first < loop.first < team.last
    )


class Team:
    """The threads of one team."""

    def __init__(
        self,
        team: RegionRecord,
        surroundings: Surroundings,
        locks: Locks,
        functions: tuple[ir.Function, ...],
        source: bytes,
        sites: Sequence[Site],
        tables: Tables,
    ) -> None:
        self.team = team
        self.surroundings = surroundings
        self.locks = locks
        self.league = "teams" in words(team.statement.directive)
        self.orphan = is_orphan_team(team.statement.directive)
        self.loop = team_loop(team, surroundings)
        others = [loop for loop in surroundings.loops if is_team_loop(loop.statement) and loop is not self.loop]
        self.tests = Tests(self.loop, unstable_in(team.first, team.last, surroundings.trace), tables, others)
        self.barriers: tuple[Barrier, ...] = () if self.league else barriers_of(team, surroundings)
        self.tasks = Tasks(team, surroundings, self.barriers, source)
        self.trust = Trust(team, surroundings, functions)
        self.sites = [site for site in sites if team in site.stack]
        self.found: list[Found] = []
        self._divisions: dict[Site, Division] = {}
        self._made: dict[Site, int | str | None] = {}
        self._settled: dict[object, int] = {}

    def judge(self, points_to: PointsTo) -> list[Found]:
        for one, other in self._pairs():
            key = self._subject(one, other)
            if self._settled.get(key, 0) >= DOUBTS_ENOUGH:
                continue
            known = len(self.found)
            self._judge(one, other)
            for found in self.found[known:]:
                self._settled[key] = DOUBTS_ENOUGH if found.race else self._settled.get(key, 0) + 1
            if self.tests.spent:
                directive = self._innermost(one)
                self.found.append(Found(directive, "budget", one, other, False, doubt="there are too many accesses"))
                break
        shared = [site for site in self.sites if self._is_shared(site)]
        self.found += overlaps(shared, self._innermost, points_to)
        return self.found

    # ---- pairs

    def _subject(self, one: Site, other: Site) -> object:
        """What a finding on the pair is about: one finding on it is enough."""
        regions = frozenset((self._division(one).region, self._division(other).region))
        return one.access.object, one.access.path, regions

    def _pairs(self) -> Iterator[tuple[Site, Site]]:
        """Pairs of accesses to one object that threads share, one of them a write, in order."""
        groups: dict[object, list[Site]] = {}
        seen: set[object] = set()
        for site in self.sites:
            if self._is_shared(site) and (key := self._signature(site)) not in seen:
                seen.add(key)
                groups.setdefault(site.access.object, []).append(site)
        for group in groups.values():
            if not any(site.access.is_write for site in group):
                continue
            for one, other in combinations_with_replacement(group, 2):
                if one.access.is_write or other.access.is_write:
                    yield (one, other) if one.order <= other.order else (other, one)

    def _signature(self, site: Site) -> object:
        """Equal for accesses that every question answers alike: the same expression twice in one statement list."""
        access, reference = site.access, site.access.reference
        return (
            access.object,
            access.path,
            access.is_write,
            access.is_atomic,
            access.context,
            site.stack,
            site.made_by,
            access.update.operator if access.update is not None else None,
            reference.subscripts,
            reference.guards,
            sum(1 for barrier in self.barriers if barrier.order < site.order) if not self.tasks.any() else site.order,
            self.locks.any() and site.order,
        )

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
            made = made_at(site, self.surroundings)
            if made is None and self.orphan and self._is_dealt_out(site):
                made = -1
            self._made[site] = made
        return self._made[site]

    def _is_dealt_out(self, site: Site) -> bool:
        """Whether a worksharing loop's iterations choose among the elements that a parameter points to.

        Every thread may have called with a pointer of its own, but sharing out the elements of what only one
        thread sees makes no sense.
        """
        accessed, division = site.access.object, self._division(site)
        if accessed.kind != "pointee" or accessed.symbol is None or accessed.symbol.storage != "parameter":
            return False
        counters = {loop.domain.counter for loop in division.loops}
        return any(counters & terms_of(each) for each in site.access.reference.subscripts if each is not None)

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
        elif (text := _unread_filter(one) or _unread_filter(other)) is not None:
            doubt = f"which thread `filter({text})` chooses is not known"
        if crossing:
            self._across_team(one, other, doubt)
        for region in _common_taskloops(one, other):
            if region is one.made_by or region is other.made_by:
                continue  # after all its iterations
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
        if division.how == "master" and its.how == "master" and division.number == its.number:
            return
        if division.how == "loop" and its.how == "loop" and division.region is its.region:
            self._in_one_loop(one, other, division, doubt)
        replicated = self._replicated(one, other, division, its)
        alone = division.how in ("single", "section", "loop") and division.same_part(its)
        if self.orphan and not alone:
            # Who calls this function, and with what, is not known: threads may well come with different arguments.
            doubt = doubt or "the callers of this function decide which threads meet here"
        for meeting in meetings(one, other, self.loop, replicated, self.barriers):
            if alone and (meeting.equal == len(replicated)) and not meeting.shift:
                continue  # the same run of the construct: one thread, or another iteration, which was held above
            certain_doubt = doubt or (None if meeting.certain else "a barrier may keep the two apart")
            conflict, alike = self._meet(one, other, division, its, meeting, replicated)
            if alike is not None:
                certain_doubt = certain_doubt or alike
            blamed, how = self._blamed(one, other, division, its)
            self._note(blamed, how, one, other, conflict, certain_doubt)

    def _meet(
        self,
        one: Site,
        other: Site,
        division: Division,
        its: Division,
        meeting: Meeting,
        replicated: Sequence[LoopRecord],
    ) -> tuple[Conflict | None, str | None]:
        """The conflict of two threads in one phase, and why it may not be one after all."""
        if division.how == its.how == "loop" and division.region is not None and its.region is not None:
            alike = dealt_alike(division, its)
            if alike is not None:
                mine, theirs = division.loops[0], its.loops[0]
                conflict = self.tests.same_iterations_only(one, other, mine, theirs)
                if alike == "certain" or conflict is not None:
                    return conflict, None
                conflict = self.tests.across_threads(one, other, meeting, replicated)
                return (
                    conflict,
                    "it depends on whether the iterations of both loops go to the same threads: say `schedule(static)`",
                )
        if division.how in ("single", "section", "loop") and division.same_part(its) and not meeting.shift:
            return self.tests.across_instances(one, other, meeting, replicated), None
        number, its_number = (each.number if each.how == "master" else None for each in (division, its))
        return self.tests.across_threads(one, other, meeting, replicated, (number, its_number)), None

    def _in_one_loop(self, one: Site, other: Site, division: Division, doubt: str | None) -> None:
        region = division.region
        assert region is not None
        linear = frozenset(
            name for clause in region.statement.directive.clauses_named("linear") for name in names(clause)
        )
        conflict = self.tests.across_iterations(one, other, division.loops, linear)
        if conflict is None:
            return
        if doacross.uses_doacross(region, self.surroundings):
            waited = self._doacross(one, other, region)
            if waited == "yes":
                return
            if waited == "perhaps":
                doubt = doubt or "`depend(sink)` may order the two"
        numbered = [loop for loop in self.surroundings.loops if is_team_loop(loop.statement)]
        if reads_thread_number(one, numbered) or reads_thread_number(other, numbered):
            doubt = doubt or "the thread's number decides which elements are touched"
        self._note(region.statement.directive, "iterations", one, other, conflict, doubt)

    def _doacross(self, one: Site, other: Site, region: RegionRecord) -> str:
        """Whether every dependence between the two is waited for: "yes", "no" or "perhaps"."""
        loops = loops_of_construct(region, one.loops)
        answers: set[str] = set()
        # Iterations of all collapsed loops are dealt out, those of the other loops of `ordered(n)` are one thread's.
        for outer, loop in enumerate(loops[: collapsed_count(region.statement.directive)]):
            for first, second in dict.fromkeys([(one, other), (other, one)]):
                conflict = self.tests.in_later_iteration(first, second, loop)
                if conflict is None:
                    continue
                if not doacross.steps_are_units(loops):
                    return "perhaps"
                distance = (*[0] * outer, *conflict.answer.distance)
                answers.add(doacross.ordered_by_doacross(first, second, distance, region, self.surroundings))
        return "perhaps" if "perhaps" in answers else "no" if "no" in answers else "yes"

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
        for meeting in self.tasks.meetings(one, other):
            if meeting.loop is None:
                common = [loop for loop, twin in zip(one.loops, other.loops, strict=False) if loop is twin]
                conflict = self.tests.at_the_same_time(meeting.first, meeting.second, common, meeting.pinned)
            else:
                later = self.tests.in_next_iteration if meeting.adjacent else self.tests.in_later_iteration
                conflict = later(meeting.first, meeting.second, meeting.loop, meeting.pinned)
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
            doubt = undecided(conflict)
        if doubt is None and conflict.answer.condition is not None:
            doubt = f"only where {conflict.answer.condition}"
        if doubt is None and conflict.strength == "guarded":
            doubt = self.trust.selects(one) or self.trust.selects(other)
        doubt = doubt or self.trust.same_value(one, other)
        conditions = conflict.strength != "proved"
        doubt = doubt or self.trust.doubt(one, conditions) or self.trust.doubt(other, conditions)
        if is_orphan_team(directive):
            doubt = doubt or "the callers of this function decide which threads meet here"
        self.found.append(Found(directive, how, conflict.first, conflict.second, doubt is None, conflict, doubt))

    def _innermost(self, site: Site) -> Directive:
        division = self._division(site)
        return (division.region or self.team).statement.directive


def _unread_filter(site: Site) -> str | None:
    """What a `masked` construct around the access chooses its thread by, where the text does not tell which that is."""
    for region in site.stack:
        directive = region.statement.directive
        if "masked" in words(directive) and chosen_thread(directive) is None:
            return ", ".join(item for clause in directive.clauses_named("filter") for item in clause.items)
    return None


def _common_taskloops(one: Site, other: Site) -> list[RegionRecord]:
    """The taskloop constructs around both: their iterations run in tasks of their own."""
    return [
        region
        for region, twin in zip(one.stack, other.stack, strict=False)
        if region is twin and "taskloop" in words(region.statement.directive)
    ]

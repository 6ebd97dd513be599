"""Whether two accesses that may happen at the same time can touch the same element.

The dependence tests speak of iterations of one loop: `first` in one iteration, `second` in a later one. Each way for
two threads to meet is put as such a question:

- in one worksharing loop: two iterations of it, the loops around it being in one iteration each;
- in one phase of a team: two threads, that is, two iterations of the loop over the team's threads, the replicated
  loops that barriers keep in step being in one iteration each;
- a task and what follows its creation: one iteration of all common loops, or two of one of them.

Loops that are kept in one iteration become parameters; the loop in question is moved to the place of the loop
over threads, so that every value that may differ between threads may differ between its iterations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import msgspec

from ...dependence.problem import Answer, Budget, LoopDomain, Reference
from ...dependence.test import carried
from ...execution.events import LoopRecord
from ...loops.pairs import common_subscripts
from ...symbolic.polynomial import ONE, Constraint, Term, constant, of_term
from .frames import Frame, Unstable, hopeful
from .phases import Meeting
from .pins import Pin, Pinned
from .sites import Site
from .substitution import Substitution, terms_of
from .tables import Tables

# "proved": some two iterations do, if the loops run far enough. "guarded": they do if conditions that the text does
# not decide turn out true. "possible": cannot be excluded. "none": never.
Strength = Literal["proved", "guarded", "possible", "none"]
_RANK: dict[Strength, int] = {"none": 0, "possible": 1, "guarded": 2, "proved": 3}


class Conflict(msgspec.Struct, frozen=True):
    """How two accesses meet. `first` happens in the earlier iteration of the loop in question.

    `rare`: they do not with FEW_THREADS threads.
    """

    strength: Strength
    first: Site
    second: Site
    answer: Answer
    rare: bool = False

    @property
    def rank(self) -> int:
        return _RANK[self.strength]


# A race must show with as many threads: more are not taken for granted (`tid == 256` may never happen).
FEW_THREADS = 16
# Dependence tests that one team may cost, and integer sets solved for them: beyond these the answer is unknown.
QUESTIONS = 2_000
HARD_QUESTIONS = 400

NO_PINS = Pinned()
Build = Callable[[Site, bool], Reference]


class Tests:
    """Conflict tests in one team. `unstable` says of a load whether the memory it reads is written in the team."""

    def __init__(
        self, team_loop: LoopRecord | None, unstable: Unstable, tables: Tables, others: Sequence[LoopRecord] = ()
    ) -> None:
        """`others` are the loops over the threads of teams around and inside this one."""
        self.team = team_loop
        self._several_threads = _thread_counts(team_loop, 2, None)
        # Only for saying that threads do meet: numbers of threads that nobody would be surprised by.
        self._few_threads = [each for loop in (team_loop, *others) for each in _thread_counts(loop, 2, FEW_THREADS)]
        self._unstable = unstable
        self._tables = tables
        self._frames: dict[object, Frame] = {}
        self._budget = Budget(HARD_QUESTIONS)
        self.questions = 0

    @property
    def spent(self) -> bool:
        return self.questions > QUESTIONS or self._budget.left <= 0

    # ---- one worksharing loop

    def across_iterations(
        self, one: Site, other: Site, shared_out: Sequence[LoopRecord], linear: frozenset[str] = frozenset()
    ) -> Conflict | None:
        """Two iterations of a worksharing loop with the collapsed loops `shared_out`, outermost first.

        Variables named in `linear` have the same value for all threads before the first iteration.
        """
        worst: Conflict | None = None
        inside = self._inside_team(one, before=shared_out[0])
        for index, loop in enumerate(shared_out):
            frame = self._frame(loop, (*inside, *shared_out[:index]), linear)
            worst = _worse(worst, self._both_ways(one, other, frame, frame.reference, frame.reference))
        return worst

    # ---- one phase of a team

    def across_threads(
        self,
        earlier: Site,
        later: Site,
        meeting: Meeting,
        replicated: Sequence[LoopRecord],
        chosen: tuple[int | None, int | None] = (None, None),
    ) -> Conflict | None:
        """Two threads in one phase. `chosen` has the number of the one that makes each access, where it is one."""
        assert self.team is not None
        frame = self._frame(self.team, tuple(replicated[: meeting.equal]))
        pins = (meeting.pinned.first, meeting.pinned.second)
        if meeting.shift:
            pins = pins[::-1]
        first = partial(frame.reference, ahead=meeting.shift, thread=chosen[0], pins=pins[0])
        second = partial(frame.reference, thread=chosen[1], pins=pins[1])
        return self._both_ways(earlier, later, frame, first, second, frame.ahead() if meeting.shift else ())

    def across_instances(
        self, one: Site, other: Site, meeting: Meeting, replicated: Sequence[LoopRecord]
    ) -> Conflict | None:
        """Two executions of one construct, which serial loops around it make: some such loop is in two iterations."""
        worst: Conflict | None = None
        for index in range(meeting.equal, len(replicated)):
            frame = self._frame(replicated[index], tuple(replicated[:index]))
            worst = _worse(worst, self._both_ways(one, other, frame, frame.reference, frame.reference))
        return worst

    def same_iterations_only(self, one: Site, other: Site, own: LoopRecord, its: LoopRecord) -> Conflict | None:
        """Two loops dealt out alike (schedule(static), same bounds): different iterations of what is one loop then."""
        frame = self._frame(own, ())
        return self._both_ways(one, other, frame, frame.reference, partial(frame.reference, twin=its))

    # ---- one thread and the tasks that it creates

    def at_the_same_time(
        self, one: Site, other: Site, loops: Sequence[LoopRecord], pins: Pinned = NO_PINS
    ) -> Conflict | None:
        """One iteration of all the common `loops`."""
        depth = (loops[-1].domain.counter.depth if loops else 0) + 1
        counter = Term("instance", "counter", depth, low=0, high=1)
        domain = LoopDomain(counter, (Constraint(ONE - of_term(counter), ">="),), "instance")

        def inserted(site: Site, hoping: bool, pinned: tuple[Pin, ...]) -> Reference:
            loops_now = site.access.reference.loops
            around = (*loops_now[: len(loops)], domain, *loops_now[len(loops) :])
            made = msgspec.structs.replace(_under(site.access.reference, pinned), loops=around, memo=None)
            return hopeful(made, depth) if hoping else made

        first, second = partial(inserted, pinned=pins.first), partial(inserted, pinned=pins.second)
        return self._asked(one, other, domain, first, second)

    def in_later_iteration(
        self, first: Site, second: Site, loop: LoopRecord, pins: Pinned = NO_PINS
    ) -> Conflict | None:
        """`first` in one iteration of a loop around both, `second` in a later one."""

        def as_it_is(site: Site, hoping: bool, pinned: tuple[Pin, ...]) -> Reference:
            reference = _under(site.access.reference, pinned)
            return hopeful(reference, loop.domain.counter.depth) if hoping else reference

        source, sink = partial(as_it_is, pinned=pins.first), partial(as_it_is, pinned=pins.second)
        return self._asked(first, second, loop.domain, source, sink)

    def in_next_iteration(self, first: Site, second: Site, loop: LoopRecord, pins: Pinned = NO_PINS) -> Conflict | None:
        """`first` in one iteration of a loop around both, `second` in the very next one."""
        counter = loop.domain.counter
        now = of_term(Term(loop.domain.name, "invariant", 0, low=0))
        instance = Term("instance", "counter", counter.depth, low=0, high=1)
        domain = LoopDomain(instance, (Constraint(ONE - of_term(instance), ">="),), "instance")

        def moved(site: Site, hoping: bool, pinned: tuple[Pin, ...], step: Substitution) -> Reference:
            reference = _under(site.access.reference, pinned)
            outer = [each for each in reference.loops if each.counter.depth < counter.depth]
            inner = [step.domain(each) for each in reference.loops if each.counter.depth > counter.depth]
            made = step.reference(reference, (*outer, domain, *inner))
            return hopeful(made, counter.depth) if hoping else made

        here, there = Substitution({counter: now}), Substitution({counter: now + ONE})
        context = [*here.constraints(loop.domain.constraints), *there.constraints(loop.domain.constraints)]
        source = partial(moved, pinned=pins.first, step=here)
        sink = partial(moved, pinned=pins.second, step=there)
        return self._asked(first, second, domain, source, sink, context)

    # ---- common

    def _inside_team(self, site: Site, before: LoopRecord) -> list[LoopRecord]:
        """The loops between the team and the loop `before`."""
        found: list[LoopRecord] = []
        for loop in site.loops:
            if loop is before:
                break
            if self.team is not None and loop is not self.team and self.team.contains(loop):
                found.append(loop)
        return found

    def _frame(self, loop: LoopRecord, fixed: tuple[LoopRecord, ...], linear: frozenset[str] = frozenset()) -> Frame:
        key = (loop, fixed, linear)
        if key not in self._frames:
            self._frames[key] = Frame(loop, fixed, self.team, self._unstable, linear)
        return self._frames[key]

    def _both_ways(
        self, one: Site, other: Site, frame: Frame, first: Build, second: Build, holding: Sequence[Constraint] = ()
    ) -> Conflict | None:
        """Two iterations of the frame's loop: `one` earlier, or `other` earlier."""
        context = [*frame.context, *holding]
        worst = self._asked(one, other, frame.domain, first, second, context)
        if one is not other:
            worst = _worse(worst, self._asked(other, one, frame.domain, second, first, context))
        return worst

    def _asked(
        self,
        first: Site,
        second: Site,
        domain: LoopDomain,
        first_reference: Build,
        second_reference: Build,
        context: Sequence[Constraint] = (),
    ) -> Conflict | None:
        count = common_subscripts(first.access, second.access)
        if count is None:
            return None
        known = [*self._several_threads, *context]

        def ask(hoping: bool, claiming: bool = False) -> Answer:
            self.questions += 1
            source = _cut(first_reference(first, hoping), count)
            sink = _cut(second_reference(second, hoping), count)
            holding = known
            if claiming:
                given = _given((source, sink), domain.counter.depth)
                holding = [*known, *self._few_threads, *given, *_plain_quotients((source, sink))]
            return carried(source, sink, domain, holding, budget=self._budget)

        answer = ask(False)
        if answer.verdict == "independent":
            return None
        if answer.verdict == "unknown":
            source = _cut(first_reference(first, False), count)
            looked_up = self._tables.decide(source, _cut(second_reference(second, False), count), domain)
            if looked_up == "apart":
                return None
            if looked_up is not None:
                known_now = Answer("dependent", answer.distance, answer.direction)
                return Conflict("proved" if looked_up == "meets" else "guarded", first, second, known_now)
        strength: Strength = "possible"
        rare = False
        if answer.verdict == "dependent":
            strength = "proved"
        elif answer.cause == "guard":
            hoped = ask(True)
            if hoped.verdict == "dependent":
                strength, answer = "guarded", hoped
        if "?" in first.access.path + second.access.path:
            strength = "possible"  # seen through a cast: the shapes do not compare
        if any(_is_tangled(site.access.reference) for site in (first, second)):
            strength = "possible"
        if strength != "possible" and (self._few_threads or answer.condition is not None):
            claimed = ask(strength == "guarded", claiming=True)
            if claimed.verdict == "dependent":
                answer = claimed if claimed.condition is None else answer
            else:
                strength, rare = "possible", bool(self._few_threads)
        return Conflict(strength, first, second, answer, rare)


# Operators that make of known values one that no polynomial and no constraint relates to them.
_TANGLING = re.compile(r"[?%&|^]|<<|>>")


def _is_tangled(reference: Reference) -> bool:
    """Whether conditions or bounds hang on unknown values that the text computes from known ones.

    As parameters of their own such values could be anything, and a test says that accesses meet where they cannot.
    """
    polynomials = [each.left for each in reference.guards]
    polynomials += [each.left for domain in reference.loops for each in domain.constraints]
    return any(
        term.kind == "opaque" and term.defined_by is None and _TANGLING.search(term.name)
        for polynomial in polynomials
        for term in terms_of(polynomial)
    )


def _thread_counts(team: LoopRecord | None, low: int, high: int | None) -> list[Constraint]:
    """The number of threads, a parameter of the loop over them, is between `low` and `high`."""
    if team is None:
        return []
    parameters = {term for constraint in team.domain.constraints for term in constraint.left.atoms}
    found: list[Constraint] = []
    for term in parameters - {team.domain.counter}:
        found.append(Constraint(of_term(term) - constant(low), ">="))
        if high is not None:
            found.append(Constraint(constant(high) - of_term(term), ">="))
    return found


def _under(reference: Reference, pins: tuple[Pin, ...]) -> Reference:
    """The reference in the iterations that `pins` say."""
    if not pins:
        return reference
    guards = tuple(each for pin in pins if (each := pin.constraint()) is not None)
    return msgspec.structs.replace(reference, guards=(*reference.guards, *guards), memo=None)


def _cut(reference: Reference, count: int) -> Reference:
    """The reference with the leading `count` subscripts, which decide whether it overlaps another."""
    if len(reference.subscripts) <= count:
        return reference
    subscripts, extents = reference.subscripts[:count], reference.extents[:count]
    return msgspec.structs.replace(reference, subscripts=subscripts, extents=extents, memo=None)


def _given(references: Sequence[Reference], depth: int) -> list[Constraint]:
    """The guards that hold in every iteration or in none: where the accesses happen at all, they hold."""
    return [
        guard
        for reference in references
        for guard in reference.guards
        if guard.left.atoms and all(term.depth < depth and term.kind != "counter" for term in guard.left.atoms)
    ]


def _plain_quotients(references: Sequence[Reference]) -> list[Constraint]:
    """Sizes are not negative: what follows for their quotients by constants, which round towards zero otherwise.

    Only for saying that accesses do meet, never that they do not.
    """
    found: dict[Term, list[Constraint]] = {}
    for reference in references:
        polynomials = [each for each in reference.subscripts if each is not None]
        polynomials += [each.left for each in reference.guards]
        polynomials += [each.left for domain in reference.loops for each in domain.constraints]
        for term in dict.fromkeys(term for polynomial in polynomials for term in terms_of(polynomial)):
            if term.defined_by is None or term.defined_by[0] != "div":
                continue
            _, size, divisor = term.defined_by
            by = divisor.constant
            if by and by > 0 and not any(each.kind == "counter" for each in terms_of(size)):
                rest = size - of_term(term).scaled(by)
                found[term] = [
                    Constraint(size, ">="),
                    Constraint(rest, ">="),
                    Constraint(constant(by - 1) - rest, ">="),
                ]
    return [constraint for constraints in found.values() for constraint in constraints]


def _worse(one: Conflict | None, other: Conflict | None) -> Conflict | None:
    if one is None or other is None:
        return one or other
    return other if other.rank > one.rank else one


def reads_thread_number(site: Site, teams: Sequence[LoopRecord]) -> bool:
    """Whether the access's place or conditions depend on the number of the thread in one of `teams`."""
    numbers = {team.domain.counter for team in teams}
    reference = site.access.reference
    polynomials = [each for each in reference.subscripts if each is not None]
    polynomials += [each.left for each in reference.guards]
    for domain in reference.loops:
        if domain.counter not in numbers:
            polynomials += [each.left for each in domain.constraints]
    return any(not numbers.isdisjoint(terms_of(each)) for each in polynomials)

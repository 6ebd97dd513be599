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

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from ...dependence.problem import Answer, LoopDomain, Reference
from ...dependence.system import is_determined
from ...dependence.test import carried
from ...execution.events import LoopRecord
from ...loops.pairs import common_subscripts
from ...symbolic.polynomial import ONE, Constraint, Polynomial, Term, constant, of_term
from .phases import Meeting
from .sites import Site
from .substitution import Substitution

# "proved": some two iterations do, if the loops run far enough. "guarded": they do if conditions that the text does
# not decide turn out true. "possible": cannot be excluded. "none": never.
Strength = Literal["proved", "guarded", "possible", "none"]
_RANK: dict[Strength, int] = {"none": 0, "possible": 1, "guarded": 2, "proved": 3}


class Conflict(msgspec.Struct, frozen=True):
    """How two accesses meet. `first` happens in the earlier iteration of the loop in question."""

    strength: Strength
    first: Site
    second: Site
    answer: Answer

    @property
    def rank(self) -> int:
        return _RANK[self.strength]


# A race must show with as many threads: more are not taken for granted (`tid == 256` may never happen).
FEW_THREADS = 16

Unstable = Callable[[Term], bool]


class Tests:
    """Conflict tests in one team. `unstable` says of a load whether the memory it reads is written in the team."""

    def __init__(self, team_loop: LoopRecord | None, unstable: Unstable) -> None:
        self.team = team_loop
        self._several_threads = _thread_counts(team_loop, 2, None)
        # Only for saying that threads do meet: numbers of threads that nobody would be surprised by.
        self._few_threads = _thread_counts(team_loop, 2, FEW_THREADS)
        self._unstable = unstable
        self._linear: frozenset[str] = frozenset()
        self._starts: dict[Term, Polynomial] = {}
        self.questions = 0

    # ---- one worksharing loop

    def across_iterations(
        self, one: Site, other: Site, shared_out: Sequence[LoopRecord], linear: frozenset[str] = frozenset()
    ) -> Conflict | None:
        """Two iterations of a worksharing loop with the collapsed loops `shared_out`, outermost first.

        Variables named in `linear` have the same value for all threads before the first iteration.
        """
        self._linear = linear
        worst: Conflict | None = None
        for index, loop in enumerate(shared_out):
            fixed = [*self._inside_team(one, before=shared_out[0]), *shared_out[:index]]
            worst = _worse(worst, self._both_ways(one, other, fixed, loop, None))
        return worst

    # ---- one phase of a team

    def across_threads(
        self, earlier: Site, later: Site, meeting: Meeting, replicated: Sequence[LoopRecord], master: tuple[bool, bool]
    ) -> Conflict | None:
        """Two threads in one phase. `master` says which of the two is the master thread's."""
        assert self.team is not None
        fixed = list(replicated[: meeting.equal])
        return self._both_ways(earlier, later, fixed, self.team, meeting, master)

    def same_iterations_only(self, one: Site, other: Site, own: LoopRecord, its: LoopRecord) -> Conflict | None:
        """Two loops dealt out alike (schedule(static), same bounds): different iterations of what is one loop then."""
        return self._both_ways(one, other, [], own, None, unified=its)

    # ---- one thread and the tasks that it creates

    def at_the_same_time(self, one: Site, other: Site, loops: Sequence[LoopRecord]) -> Conflict | None:
        """One iteration of all the common `loops`."""
        depth = (loops[-1].domain.counter.depth if loops else 0) + 1
        counter = Term("instance", "counter", depth, low=0, high=1)
        domain = LoopDomain(counter, (Constraint(ONE - of_term(counter), ">="),), "instance")
        common = len(one.access.reference.loops[: len(loops)])
        return self._asked(one, other, domain, lambda site: _inserted(site.access.reference, domain, common))

    def in_later_iteration(self, first: Site, second: Site, loop: LoopRecord) -> Conflict | None:
        """`first` in one iteration of a loop around both, `second` in a later one."""
        return self._asked(first, second, loop.domain, lambda site: site.access.reference)

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

    def _both_ways(
        self,
        one: Site,
        other: Site,
        fixed: Sequence[LoopRecord],
        loop: LoopRecord,
        meeting: Meeting | None,
        master: tuple[bool, bool] = (False, False),
        unified: LoopRecord | None = None,
    ) -> Conflict | None:
        """`loop` in two iterations, the loops `fixed` in one; `one` earlier or `other` earlier."""
        depth = self.team.domain.counter.depth if self.team is not None else loop.domain.counter.depth
        lead = Term(loop.domain.counter.name, "counter", depth, low=0, high=loop.domain.counter.high)
        parameters = {each: Term(each.domain.name, "invariant", 0, low=0) for each in fixed}
        shifted = fixed[-1] if meeting is not None and meeting.shift and fixed else None
        prepared: dict[Site, Callable[[bool], Reference]] = {}
        domain: list[LoopDomain] = []
        context: list[Constraint] = []
        for position, site in enumerate((one, other)):
            if site in prepared:
                continue
            replacements: dict[Term, Polynomial] = {loop.domain.counter: of_term(lead)}
            if unified is not None and position == 1:
                replacements = {unified.domain.counter: of_term(lead)}
            for each in fixed:
                value = of_term(parameters[each])
                if each is shifted and position == 0:
                    value = value + ONE
                replacements[each.domain.counter] = value
            moved = unified if unified is not None and position == 1 else loop
            prepared[site] = self._prepare(site, replacements, fixed, moved, lead, domain, master[position], context)
        worst = self._asked(one, other, None, lambda site: prepared[site], domain, context)
        if one is not other:
            worst = _worse(worst, self._asked(other, one, None, lambda site: prepared[site], domain, context))
        return worst

    def _prepare(
        self,
        site: Site,
        replacements: dict[Term, Polynomial],
        fixed: Sequence[LoopRecord],
        moved: LoopRecord,
        lead: Term,
        leads: list[LoopDomain],
        is_master: bool,
        context: list[Constraint],
    ) -> Callable[[bool], Reference]:
        """The site's reference as the question needs it, exactly or with every undecided condition taken to hold."""
        reference = site.access.reference
        substitution = Substitution({**replacements, **self._loads(reference, lead.depth)})
        guards: list[Constraint] = []
        for each in fixed:  # they are in an iteration that runs
            context += substitution.constraints(each.domain.constraints)
        if is_master and self.team is not None:
            number = lead if moved is self.team else self.team.domain.counter
            guards.append(Constraint(of_term(number), "=="))
        outer = [domain for domain in reference.loops if domain.counter.depth < lead.depth]
        kept = [
            domain
            for domain in reference.loops
            if domain.counter.depth >= lead.depth
            and domain is not moved.domain
            and not any(domain is each.domain for each in fixed)
        ]
        built: dict[bool, Reference] = {}

        def build(hoping: bool) -> Reference:
            if hoping not in built:
                if not leads:
                    own = substitution.domain(moved.domain)
                    leads.append(LoopDomain(lead, own.constraints, own.name, own.step, own.exact))
                loops = [*outer, leads[0], *(substitution.domain(domain) for domain in kept)]
                made = substitution.reference(reference, tuple(loops), tuple(guards))
                built[hoping] = hopeful(made, lead.depth) if hoping else made
            return built[hoping]

        return build

    def _loads(self, reference: Reference, depth: int) -> dict[Term, Polynomial]:
        """Loads of memory that the team writes read who knows what; linear variables start from one value."""
        polynomials = [each for each in reference.subscripts if each is not None]
        polynomials += [each.left for each in reference.guards]
        polynomials += [each.left for domain in reference.loops for each in domain.constraints]
        found: dict[Term, Polynomial] = {}
        for polynomial in polynomials:
            for term in terms_of(polynomial):
                if term.kind == "load" and term not in found and self._unstable(term):
                    found[term] = of_term(Term(term.name, "opaque", max(depth, term.depth), low=term.low))
                elif term.kind == "opaque" and term.name in self._linear and term.depth <= depth:
                    start = self._starts.setdefault(term, of_term(Term(term.name, "invariant", 0, low=term.low)))
                    found[term] = start
        return found

    def _asked(
        self,
        first: Site,
        second: Site,
        domain: LoopDomain | None,
        reference_of: Callable[[Site], Reference | Callable[[bool], Reference]],
        leads: Sequence[LoopDomain] = (),
        context: Sequence[Constraint] = (),
    ) -> Conflict | None:
        count = common_subscripts(first.access, second.access)
        if count is None:
            return None
        known = [*self._several_threads, *context]

        def ask(hoping: bool, claiming: bool = False) -> Answer:
            self.questions += 1
            references: list[Reference] = []
            for site in (first, second):
                made = reference_of(site)
                if not isinstance(made, Reference):
                    made = made(hoping)
                elif hoping and domain is not None:
                    made = hopeful(made, domain.counter.depth)
                references.append(_cut(made, count))
            holding = [*known, *self._few_threads, *_plain_quotients(references)] if claiming else known
            return carried(references[0], references[1], domain or leads[0], holding)

        answer = ask(False)
        if answer.verdict == "independent":
            return None
        strength: Strength = "possible"
        if answer.verdict == "dependent":
            strength = "proved"
        elif answer.cause == "guard":
            hoped = ask(True)
            if hoped.verdict == "dependent":
                strength, answer = "guarded", hoped
        if "?" in first.access.path + second.access.path:
            strength = "possible"  # seen through a cast: the shapes do not compare
        if strength != "possible" and (self._few_threads or answer.condition is not None):
            claimed = ask(strength == "guarded", claiming=True)
            if claimed.verdict == "dependent":
                answer = claimed if claimed.condition is None else answer
            else:
                strength = "possible"
        return Conflict(strength, first, second, answer)


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


def _cut(reference: Reference, count: int) -> Reference:
    """The reference with the leading `count` subscripts, which decide whether it overlaps another."""
    if len(reference.subscripts) <= count:
        return reference
    subscripts, extents = reference.subscripts[:count], reference.extents[:count]
    return msgspec.structs.replace(reference, subscripts=subscripts, extents=extents, memo={})


def _plain_quotients(references: Sequence[Reference]) -> list[Constraint]:
    """Sizes are not negative: what follows for their quotients by constants, which round towards zero otherwise.

    Only for saying that accesses do meet, never that they do not.
    """
    found: dict[Term, list[Constraint]] = {}
    for reference in references:
        polynomials = [each for each in reference.subscripts if each is not None]
        polynomials += [each.left for each in reference.guards]
        polynomials += [each.left for domain in reference.loops for each in domain.constraints]
        for term in {term for polynomial in polynomials for term in terms_of(polynomial)}:
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


def _inserted(reference: Reference, domain: LoopDomain, position: int) -> Reference:
    loops = (*reference.loops[:position], domain, *reference.loops[position:])
    return msgspec.structs.replace(reference, loops=loops, memo={})


def hopeful(reference: Reference, depth: int) -> Reference:
    """The reference without the conditions that the text does not decide at `depth`."""
    guards = tuple(guard for guard in reference.guards if is_determined(guard.left, depth))
    return msgspec.structs.replace(reference, guards=guards, exact_guards=True, memo={})


def terms_of(polynomial: Polynomial) -> set[Term]:
    """Every term that occurs, inside loads and quotients too."""
    found: set[Term] = set()
    waiting = [polynomial]
    while waiting:
        for term in waiting.pop().atoms - found:
            found.add(term)
            waiting += [argument for argument in term.arguments if argument is not None]
            if term.defined_by is not None:
                waiting += term.defined_by[1:]
    return found


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

"""The OpenMP directives of a file, judged again as far as an edit concerns them.

Functions are executed with their teams as loops, so there is a second unit of such functions. What one execution shows
may concern directives of the functions that it calls; so functions are judged in groups, those together whose
executions reach one another's directives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from ..execution.events import Trace
from ..execution.interpreter import execute
from ..facts import DirectiveFacts, Language
from ..ir import tree as ir
from ..lowering.again import Anchor, LoweredFile
from ..lowering.places import move, placed_within
from ..openmp.concurrency.races import Judged
from ..openmp.concurrency.tables import Tables
from ..openmp.judge import called_from_teams, cases_of, collect, conclude, is_root, survey, team_function
from ..openmp.retrial import judge_function
from ..text import SourceText
from .answers import Answers, Questions
from .blocks import Block
from .calls import Calls
from .edited import Edited

# Directives are kept by the identity of the function around them; those elsewhere, and in classes, by this.
_ELSEWHERE = 0


class _Team(msgspec.Struct, eq=False):
    """A function with its teams as loops. `own` is what it has beside the original, placed as if that began at
    `start`."""

    original: ir.Function
    function: ir.Function
    start: int
    own: list[Any] | None = None


class _Root(msgspec.Struct, eq=False):
    """What the execution of one function asked, and whose directives it went through."""

    asked: Questions
    reached: frozenset[int]


class _Run(msgspec.Struct, eq=False):
    """One execution, with what it showed; or why there is none."""

    asked: Questions
    reached: frozenset[int]
    trace: Trace | None = None
    judged: Judged | None = None
    failure: Exception | None = None


class _Group(msgspec.Struct, eq=False):
    """Verdicts on the directives of some functions, with where the loops begin that they govern."""

    members: frozenset[int]
    blocks: list[tuple[int, Block[tuple[DirectiveFacts, ...]], list[Anchor | None]]] = []
    failure: tuple[int, Exception] | None = None  # with the number of the function in the file


class Directives:
    def __init__(
        self, lowered: LoweredFile, calls: Calls, source: SourceText, language: Language, using_std: bool
    ) -> None:
        self._lowered, self._calls, self._source = lowered, calls, source
        self._is_cpp, self._using_std = language == "cpp", using_std
        self._executed = 0
        self._teams: _Teams | None = None  # None while there are no directives
        self._roots: dict[int, _Root] = {}
        self._groups: dict[int, _Group] = {}  # by the key of each member
        self._failure: Exception | None = None
        self._begin()

    def executed(self) -> int:
        """How many functions were executed since this was asked last."""
        count, self._executed = self._executed, 0
        return count

    def _begin(self) -> None:
        self._failure = None
        if not any(cases_of(found) for found in self._lowered.directives().values()):
            return
        try:
            self._teams = _Teams(self._lowered)
        except Exception as error:
            self._failure = error
            return
        self._judge({_ELSEWHERE, *(self._key(function) for function in self._teams.by_original)})

    def _key(self, function: int) -> int:
        return function if function in self._lowered.chunk_of else _ELSEWHERE

    def update(self, edited: Edited, source: SourceText) -> None:
        self._source = source
        teams = self._teams
        if teams is None:
            self._begin()
            return
        renewed = teams.renew(edited, self._calls)
        answers = teams.answers
        dirty = {key for key in self._roots if key in edited.callers or key in edited.touched or teams.tables.changed}
        for function in renewed:
            dirty |= self._calls.callers(function).keys() | {id(function)}
        dirty |= {
            key for key, root in self._roots.items() if key not in dirty and answers.differ(root.asked, calls=False)
        }
        keys = {self._key(key) for key in dirty if key in self._roots or key == id(edited.function)}
        keys |= {
            key
            for key, group in self._groups.items()
            if any(edited.chunk in block.inside for _, block, _ in group.blocks)
        }
        self._judge(keys)

    def facts(self, loop_ids: Mapping[int, str]) -> tuple[DirectiveFacts, ...]:
        """The verdicts in the order of the text. Raises what went wrong with any of them, if anything did."""
        if self._failure is not None:
            raise self._failure
        groups = list({id(group): group for group in self._groups.values()}.values())
        failures = [group.failure for group in groups if group.failure is not None]
        if failures and any(cases_of(found) for found in self._lowered.directives().values()):
            raise min(failures, key=lambda failure: failure[0])[1]
        found: list[DirectiveFacts] = []
        for group in groups:
            for key, block, loops in group.blocks:
                extent = self._lowered.extent(self._lowered.function_of(key)) if key != _ELSEWHERE else (0, 0)
                facts = block.placed(*extent, self._source, self._lowered)
                found += [
                    each if loop is None else self._with_loop(each, self._lowered.place_of(loop)[0], loop_ids)
                    for each, loop in zip(facts, loops, strict=True)
                ]
        return tuple(sorted(found, key=lambda facts: facts.place))

    def _with_loop(self, facts: DirectiveFacts, start: int, loop_ids: Mapping[int, str]) -> DirectiveFacts:
        loop, line = loop_ids.get(start), self._source.lines.position(start)[0]
        if facts.loop == loop and facts.loop_line == line:
            return facts
        return msgspec.structs.replace(facts, loop=loop, loop_line=line)

    # ---- judging

    def _judge(self, keys: set[int]) -> None:
        """Judges the directives of some functions, and of those in a group with them."""
        teams = self._teams
        assert teams is not None
        if not keys:
            return
        teams.place(self._lowered)
        homes = {id(each): key for key, found in self._lowered.directives().items() for each in found}
        runs: dict[int, _Run] = {}  # by the function's identity
        together = _Partition()
        pending, members = set(keys), set[int]()
        while pending:
            key = pending.pop()
            members.add(key)
            together.add(key)
            group = self._groups.pop(key, None)
            related = set(group.members) if group is not None else set[int]()
            for function in teams.of_key(key, self._lowered):
                self._roots.pop(id(function), None)
                if is_root(function, teams.surveys[id(function)]):
                    run = runs[id(function)] = self._execute(function, homes)
                    self._roots[id(function)] = _Root(run.asked, run.reached)
                    related |= run.reached
                    for other in run.reached:
                        together.join(key, other)
            pending |= related - members
        for group in together.groups():
            found = self._conclude(group, runs)
            for key in group:
                self._groups[key] = found

    def _execute(self, function: ir.Function, homes: dict[int, int]) -> _Run:
        teams, lowered = self._teams, self._lowered
        assert teams is not None
        self._executed += 1
        settle = teams.settler(lowered)
        asked, summaries, points_to = teams.answers.ask(settle)
        team = teams.by_original[id(function)].function
        for each in (function, *self._calls.reached_from(function).values()):
            settle(teams.by_original[id(each)].function)
        try:
            run = partial(
                execute,
                unit=teams.unit,
                text=self._source.data,
                summaries=summaries,
                is_cpp=self._is_cpp,
                using_std=self._using_std,
            )
            trace, judged = judge_function(team, run, teams.unit, self._source.data, points_to, teams.tables)
            reached = {homes.get(id(region.statement.directive)) for region in trace.regions}
            return _Run(asked, frozenset(key for key in reached if key is not None), trace, judged)
        except Exception as error:
            return _Run(asked, frozenset(), failure=error)

    def _conclude(self, members: frozenset[int], runs: dict[int, _Run]) -> _Group:
        teams, lowered, source = self._teams, self._lowered, self._source
        assert teams is not None
        directives = lowered.directives()
        functions = [
            function for function in lowered.unit.functions if self._key(id(function)) in members and function.body
        ]
        for function in functions:
            lowered.settle(function)
        owner = {(each.start, each.end): key for key in members for each in directives.get(key, ())}
        cases = cases_of(each for key in members for each in directives.get(key, ()))
        number = 0
        try:
            for function in lowered.unit.functions:
                number += 1
                run = runs.get(id(function)) if self._key(id(function)) in members else None
                if run is not None and run.failure is not None:
                    raise run.failure
                if run is not None and run.judged is not None and run.trace is not None:
                    collect(cases, run.judged, run.trace, source)
            concluded = conclude(cases, [teams.surveys[id(function)] for function in functions], source, {})
        except Exception as error:
            return _Group(members, [], (number, error))
        group = _Group(members, [])
        for key in members:
            mine = [each for each in concluded if owner[each[0].place.start, each[0].place.end] == key]
            if mine:
                extent = lowered.extent(lowered.function_of(key)) if key != _ELSEWHERE else (0, 0)
                block = Block(tuple(facts for facts, _ in mine), *extent, source, lowered)
                anchors = [None if start is None else lowered.anchor(start, start) for _, start in mine]
                group.blocks.append((key, block, anchors))
        return group


class _Teams:
    """The unit of functions with teams as loops; functions stay the same objects."""

    def __init__(self, lowered: LoweredFile) -> None:
        unit = lowered.unit
        self.surveys = {id(function): survey(function) for function in unit.functions}
        self._names = {id(function): function.name for function in unit.functions}
        self._called = called_from_teams((self._names[key], found) for key, found in self.surveys.items())
        self.by_original: dict[int, _Team] = {}
        self._by_team: dict[int, _Team] = {}
        functions: list[ir.Function] = []
        for function in unit.functions:
            if function.body is None:
                functions.append(function)
                continue
            copy = msgspec.structs.replace(team_function(function, self.surveys[id(function)], self._called))
            team = _Team(function, copy, function.start)
            self.by_original[id(function)] = self._by_team[id(copy)] = team
            functions.append(copy)
        self.unit = msgspec.structs.replace(unit, functions=tuple(functions))
        self.answers = Answers(self.unit)
        self.tables = Tables(self.unit)

    def renew(self, edited: Edited, calls: Calls) -> list[ir.Function]:
        """Follows an edit; the originals of the functions that are other ones now."""
        function = edited.function
        self.surveys[id(function)] = survey(function)
        before = self._called
        self._called = called_from_teams((self._names[key], found) for key, found in self.surveys.items())
        changed = before ^ self._called
        renewed = [
            team.original
            for team in self.by_original.values()
            if team.original is function or (changed and team.original.name in changed)
        ]
        callers = dict(edited.callers)
        for original in renewed:
            team = self.by_original[id(original)]
            new = team_function(original, self.surveys[id(original)], self._called)
            for name in ir.Function.__struct_fields__:
                setattr(team.function, name, getattr(new, name))
            team.start, team.own = original.start, None
            callers |= calls.callers(original)
        functions = [self.by_original[id(original)].function for original in renewed]
        self.answers.renew(functions, [self.by_original[key].function for key in callers])
        self.tables = Tables(self.unit, self.tables, functions)
        return renewed

    def of_key(self, key: int, lowered: LoweredFile) -> list[ir.Function]:
        """The original functions whose directives have that key."""
        if key != _ELSEWHERE:
            return [self.by_original[key].original]
        return [team.original for team in self.by_original.values() if id(team.original) not in lowered.chunk_of]

    def place(self, lowered: LoweredFile) -> None:
        """Brings the places of the functions as wholes up to date."""
        for team in self.by_original.values():
            team.function.start, team.function.end = lowered.extent(team.original)

    def settler(self, lowered: LoweredFile) -> Callable[[ir.Function], None]:
        """What brings the places in a function up to date."""

        def settle(function: ir.Function) -> None:
            team = self._by_team[id(function)]
            original = team.original
            lowered.settle(original)
            if original.start != team.start and function.body is not original.body:
                if team.own is None:
                    team.own = placed_within([function.body], lowered.placed_ids(original))
                move(team.own, original.start - team.start)
            team.start = original.start

        return settle


class _Partition:
    """Which keys belong together."""

    def __init__(self) -> None:
        self._leader: dict[int, int] = {}

    def add(self, key: int) -> None:
        self._leader.setdefault(key, key)

    def join(self, one: int, other: int) -> None:
        self._leader[self._find(one)] = self._find(other)

    def _find(self, key: int) -> int:
        self.add(key)
        while self._leader[key] != key:
            key = self._leader[key]
        return key

    def groups(self) -> list[frozenset[int]]:
        found: dict[int, set[int]] = {}
        for key in self._leader:
            found.setdefault(self._find(key), set()).add(key)
        return [frozenset(keys) for keys in found.values()]

"""The facts of one file while it is edited: what an edit cannot have changed is kept.

After an edit inside the body of a function, that function is lowered and judged again, and with it those functions
whose own execution read it or got another answer to something that they asked: what a call does, where a pointer may
lead, whether an array is ever written. What an edit outside of bodies changes is not traced: then the file is analysed
anew.
Either way the facts are those that `analyze` gives for the text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from .analyze import analyze_unit, failure, is_judged, uses_std
from .asking import Asked, Asking
from .execution.interpreter import execute
from .execution.points_to import PointsTo
from .execution.summaries import Summaries
from .facts import DirectiveFacts, FileFacts, Language, LoopFacts, Place, TextError
from .ir import tree as ir
from .ir.walk import descendants
from .loops.judge import judge_trace
from .lowering.again import Anchor, LoweredFile
from .openmp.judge import judge_directives
from .relocation import places_in, relocated
from .text import SourceText


class FileAnalysis:
    """One file, in one version after another. `language`, `defines` and `headers` are as for `analyze`.

    `judged` counts how often functions were judged, `made` how often the file was analysed anew, and `failures` how often
    that was for a fault of ours.
    """

    def __init__(
        self, language: Language, *, defines: Mapping[str, str] = {}, headers: Mapping[str, bytes] = {}
    ) -> None:
        self._language: Language = language
        self._defines, self._headers = defines, headers
        self._file: _File | None = None
        self.judged = 0
        self.made = 0
        self.failures = 0

    def update(self, text: bytes) -> FileFacts:
        """The facts of the file's new version."""
        self.take(text)
        return self.facts()

    def take(self, text: bytes) -> None:
        """Takes `text` for the file's new version."""
        file = self._file
        if file is None or file.source.data != text:
            self._file = None  # what an edit was half followed in is of no use
            if file is None or not self._follow(file, text):
                file = _File(text, self._language, self._defines, self._headers)
                self.made += 1
            self._file = file
            self.judged += file.judged
            file.judged = 0

    def _follow(self, file: _File, text: bytes) -> bool:
        try:
            return file.update(text)
        except Exception:
            self.failures += 1
            return False

    def facts(self) -> FileFacts:
        """The facts of the version given last."""
        assert self._file is not None
        return self._file.facts()


class _Judged(msgspec.Struct, eq=False):
    """One function's facts as of where it stood, and what they were made from.

    `elsewhere` are the places outside of the function that occur in them, with how to find them again. `followed` are
    the functions that were executed in its calls.
    """

    function: ir.Function
    loops: tuple[LoopFacts, ...]
    error: str | None
    place: Place
    elsewhere: dict[Place, Anchor]
    inside: frozenset[int]  # chunks in which some of those places lie
    followed: dict[int, ir.Function]
    asked: list[Asked]


class _Pointers(PointsTo):
    """Also notes what each function's constraints were made from."""

    def __init__(
        self,
        unit: ir.Unit,
        summaries: Summaries,
        asked: dict[int, Asked],
        before: _Pointers | None = None,
        edited: Collection[ir.Function] = (),
    ) -> None:
        self._noted = asked
        super().__init__(unit, summaries, before, edited)

    def _constraints_of(self, function: ir.Function):
        summaries = self._summaries
        asked = self._noted[id(function)] = Asked({})
        self._summaries = Asking(summaries, asked)  # type: ignore[assignment]
        try:
            return super()._constraints_of(function)
        finally:
            self._summaries = summaries


class _File:
    def __init__(
        self, text: bytes, language: Language, defines: Mapping[str, str], headers: Mapping[str, bytes]
    ) -> None:
        self._lowered = LoweredFile(text, language, defines=defines, headers=headers)
        self._unit = unit = self._lowered.unit
        self._language: Language = language
        self.source = SourceText(text)
        self.judged = 0
        self._facts: FileFacts | None = None
        self._using_std = uses_std(text)
        self._whole: FileFacts | None = None
        self._summaries = Summaries(unit)
        self._noted: dict[int, Asked] = {}
        self._judged: dict[int, _Judged] = {}
        # Those of them that executed each function, whose facts have places in each chunk, that asked for tables.
        self._followers: dict[int, set[int]] = {}
        self._inside: dict[int, set[int]] = {}
        self._readers: set[int] = set()
        self._calls = _Calls(unit)
        try:
            self._points_to = _Pointers(unit, self._summaries, self._noted)
        except Exception:
            self._whole = analyze_unit(unit, text, language)  # which says what is wrong
            return
        for functions in self._calls.by_name.values():
            self._judge(functions)

    # ---- judging

    def _judge(self, functions: list[ir.Function]) -> None:
        """Judges functions of one name, all of that name."""
        occurrence: dict[str, int] = {}
        for function in functions:
            key = id(function)
            if (old := self._judged.pop(key, None)) is not None:
                self._index(key, old, set.discard)
            self._lowered.settle(function)
            if is_judged(function):
                new = self._judged[key] = self._judge_one(function, occurrence)
                self._index(key, new, set.add)

    def _index(self, key: int, judged: _Judged, change: Callable[[set[int], int], None]) -> None:
        for callee in judged.followed:
            change(self._followers.setdefault(callee, set()), key)
        for chunk in judged.inside:
            change(self._inside.setdefault(chunk, set()), key)
        if judged.asked[1].answers:
            change(self._readers, key)

    def _judge_one(self, function: ir.Function, occurrence: dict[str, int]) -> _Judged:
        self.judged += 1
        calls, tables, pointers = Asked({}), Asked({}), Asked({})
        summaries: Any = Asking(self._summaries, calls, self._lowered.settle)
        summaries.tables = Asking(self._summaries.tables, tables)
        points_to: Any = Asking(self._points_to, pointers)
        error = None
        loops: list[LoopFacts] = []
        followed: dict[int, ir.Function] = {}
        try:
            trace = execute(
                function,
                self._unit,
                self.source.data,
                summaries,
                is_cpp=self._language == "cpp",
                using_std=self._using_std,
            )
            followed = trace.followed
            loops = judge_trace(trace, self._unit, self.source, points_to, occurrence)
        except Exception as problem:
            error = failure(f"`{function.name}`", problem)
            followed = self._calls.reached_from(function)
        loops.sort(key=lambda facts: facts.place.start)
        place = self.source.place(*self._lowered.extent(function))
        elsewhere = {
            each: self._lowered.anchor(each.start, each.end)
            for each in places_in(tuple(loops))
            if not (place.start <= each.start and each.end <= place.end)
        }
        inside = frozenset(anchor.chunk for anchor in elsewhere.values() if anchor.inside)
        return _Judged(function, tuple(loops), error, place, elsewhere, inside, followed, [calls, tables, pointers])

    # ---- after an edit

    def update(self, text: bytes) -> bool:
        """Whether the edit could be followed; otherwise this file is of no more use."""
        if self._whole is not None or uses_std(text) != self._using_std:
            return False
        change = self._lowered.update(text)
        if change is None:
            return False
        edit, function = change.edit, change.chunk.function
        assert function is not None
        lines = self.source.lines.edited(text, edit.start, edit.old_end, edit.new_end)
        self.source = SourceText(text, lines)
        self._facts = None
        callers = self._calls.edited(function)
        flipped = change.flipped
        touched = {id(function): function}
        if flipped:
            touched |= self._calls.mentioning(flipped)
            for each in list(touched.values()):
                callers |= self._calls.callers(each)
        before = self._summaries
        self._summaries = summaries = Summaries(self._unit, before, [function])
        stale = [
            each
            for each in callers.values()
            if each is not function and id(each) in self._noted and self._noted[id(each)].differ(summaries)
        ]
        self._points_to = pointers = _Pointers(self._unit, summaries, self._noted, self._points_to, [function, *stale])
        dirty = set(touched).union(
            self._inside.get(self._lowered.number(change.chunk), ()),
            *(self._followers.get(key, ()) for key in touched),
        )
        for asked, keys, target in (
            (0, callers, summaries),
            (1, self._readers, summaries.tables),
            (2, self._judged if pointers.changed else (), pointers),
        ):
            dirty.update(
                key
                for key in keys
                if key not in dirty and key in self._judged and self._judged[key].asked[asked].differ(target)
            )
        names = {self._calls.name_of[key] for key in dirty}
        for name in names:
            self._judge(self._calls.by_name[name])
        return True

    # ---- the facts

    def facts(self) -> FileFacts:
        if self._whole is not None:
            return self._whole
        if self._facts is None:
            self._facts = self._gathered()
        return self._facts

    def _gathered(self) -> FileFacts:
        position = self.source.lines.position
        errors = [TextError(position(start)[0], message) for start, message in self._lowered.errors()]
        loops: list[LoopFacts] = []
        for function in self._unit.functions:
            judged = self._judged.get(id(function))
            if judged is not None:
                self._bring_up_to_date(judged)
                loops += judged.loops
                if judged.error is not None:
                    errors.append(TextError(judged.place.line, judged.error))
        loops.sort(key=lambda facts: facts.place.start)
        return FileFacts(self._language, tuple(loops), self._directives(loops, errors), tuple(errors))

    def _directives(self, loops: list[LoopFacts], errors: list[TextError]) -> tuple[DirectiveFacts, ...]:
        if not self._lowered.gather_directives():
            return ()
        for function in self._unit.functions:
            self._lowered.settle(function)
        try:
            return judge_directives(
                self._unit,
                self.source,
                language=self._language,
                using_std=self._using_std,
                loop_ids={facts.keyword.start: facts.id for facts in loops},
            )
        except Exception as error:
            errors.append(TextError(1, failure("the OpenMP directives", error)))
            return ()

    def _bring_up_to_date(self, judged: _Judged) -> None:
        """Gives a function's facts the places of now."""
        old = judged.place
        new = self.source.place(*self._lowered.extent(judged.function))
        elsewhere = {
            place: self.source.place(*self._lowered.place_of(anchor)) for place, anchor in judged.elsewhere.items()
        }
        if new == old and all(a == b for a, b in elsewhere.items()):
            return
        growth, lines, column = new.start - old.start, new.line - old.line, new.column - old.column

        def place(known: Place) -> Place:
            if (found := elsewhere.get(known)) is not None:
                return found
            start, end = known.start + growth, known.end + growth
            if column and known.line == old.line:
                return self.source.place(start, end)
            return Place(start, end, known.line + lines, known.column, known.end_line + lines, known.end_column)

        judged.loops = relocated(judged.loops, place)
        judged.elsewhere = {elsewhere[known]: anchor for known, anchor in judged.elsewhere.items()}
        judged.place = new


class _Calls:
    """Which functions of a unit may call which, by their names alone."""

    def __init__(self, unit: ir.Unit) -> None:
        self.by_name: dict[str, list[ir.Function]] = {}
        self._named: dict[str, list[ir.Function]] = {}  # by the last part of the name
        self._calls: dict[int, frozenset[str]] = {}
        self._callers: dict[str, dict[int, ir.Function]] = {}
        self._mentions: dict[int, frozenset[ir.Symbol]] = {}
        self.name_of = {id(function): function.name for function in unit.functions}
        self._all = {id(function): function for function in unit.functions if function.body is not None}
        for function in self._all.values():
            self.by_name.setdefault(function.name, []).append(function)
            self._named.setdefault(_bare(function.name), []).append(function)
            self._note(function)

    def _note(self, function: ir.Function) -> None:
        assert function.body is not None
        names = {_bare(node.name) for node in descendants(function.body) if isinstance(node, ir.Call)}
        self._calls[id(function)] = frozenset(names)
        for name in names:
            self._callers.setdefault(name, {})[id(function)] = function

    def edited(self, function: ir.Function) -> dict[int, ir.Function]:
        """Takes note of a function's new body; the functions that may call it, directly or not."""
        for name in self._calls[id(function)]:
            del self._callers[name][id(function)]
        self._note(function)
        self._mentions.pop(id(function), None)
        return self.callers(function)

    def callers(self, function: ir.Function) -> dict[int, ir.Function]:
        """The functions that may call this one, directly or not."""
        found: dict[int, ir.Function] = {}
        pending = [function]
        while pending:
            current = pending.pop()
            if _is_called_unnamed(current):
                return dict(self._all)
            for key, caller in self._callers.get(_bare(current.name), {}).items():
                if key not in found:
                    found[key] = caller
                    pending.append(caller)
        return found

    def reached_from(self, function: ir.Function) -> dict[int, ir.Function]:
        """The functions that this one may call, directly or not, by their names."""
        found: dict[int, ir.Function] = {}
        pending = [function]
        while pending:
            for name in self._calls[id(pending.pop())]:
                for callee in self._named.get(name, ()):
                    if id(callee) not in found:
                        found[id(callee)] = callee
                        pending.append(callee)
        return found

    def mentioning(self, symbols: Collection[ir.Symbol]) -> dict[int, ir.Function]:
        """The functions in which any of some variables are named."""
        for key, function in self._all.items():
            if key not in self._mentions:
                assert function.body is not None
                self._mentions[key] = frozenset(
                    node.symbol for node in descendants(function.body) if isinstance(node, ir.Name)
                )
        return {key: self._all[key] for key, named in self._mentions.items() if not named.isdisjoint(symbols)}


def _bare(name: str) -> str:
    return name.rpartition("::")[2]


def _is_called_unnamed(function: ir.Function) -> bool:
    """Whether calls of the function need not name it: operators, constructors, destructors."""
    bare = _bare(function.name)
    return bare.startswith(("operator", "~")) or (function.record is not None and _bare(function.record) == bare)

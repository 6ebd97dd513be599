"""The loops of a file's functions, judged again as far as an edit concerns them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from ..analyze import failure, is_judged
from ..execution.interpreter import execute
from ..facts import Language, LoopFacts, TextError
from ..ir import tree as ir
from ..loops.judge import judge_trace
from ..lowering.again import LoweredFile
from ..text import SourceText
from .answers import Answers, Questions
from .blocks import Block
from .calls import Calls
from .edited import Edited


class _Judged(msgspec.Struct, eq=False):
    """One function's facts, and what they were made from. `followed` are the functions executed in its calls."""

    function: ir.Function
    block: Block[tuple[LoopFacts, ...]]
    error: str | None
    followed: dict[int, ir.Function]
    asked: Questions


class Loops:
    def __init__(
        self,
        lowered: LoweredFile,
        calls: Calls,
        answers: Answers,
        source: SourceText,
        language: Language,
        using_std: bool,
    ) -> None:
        self._lowered, self._calls, self._answers, self._source = lowered, calls, answers, source
        self._is_cpp, self._using_std = language == "cpp", using_std
        self._judged: dict[int, _Judged] = {}
        # Those of them that executed each function, whose facts have places in each chunk, that asked for tables.
        self._followers: dict[int, set[int]] = {}
        self._inside: dict[int, set[int]] = {}
        self._readers: set[int] = set()
        self._executed = 0
        self._placed: list[tuple[object, tuple[LoopFacts, ...]]] | None = None  # of this version, once asked for
        for functions in calls.by_name.values():
            self._judge(functions)

    def executed(self) -> int:
        """How many functions were executed since this was asked last."""
        count, self._executed = self._executed, 0
        return count

    def update(self, edited: Edited, source: SourceText) -> None:
        self._source, self._placed = source, None
        answers = self._answers
        answers.renew([edited.function], list(edited.callers.values()))
        dirty = set(edited.touched).union(
            self._inside.get(edited.chunk, ()), *(self._followers.get(key, ()) for key in edited.touched)
        )
        keys = set(self._judged) if answers.points_to.changed else self._readers.union(edited.callers)
        for key in keys - dirty:
            judged = self._judged.get(key)
            if judged is not None and answers.differ(judged.asked, calls=key in edited.callers):
                dirty.add(key)
        for name in {self._calls.name_of[key] for key in dirty}:
            self._judge(self._calls.by_name[name])

    def facts(self) -> tuple[list[LoopFacts], list[TextError]]:
        """All loops in the order of the text, and what went wrong."""
        loops = [loop for _, facts in self.by_function() for loop in facts]
        loops.sort(key=lambda facts: facts.place.start)
        errors = [
            TextError(judged.block.place.line, judged.error)
            for function in self._lowered.unit.functions
            if (judged := self._judged.get(id(function))) is not None and judged.error is not None
        ]
        return loops, errors

    def by_function(self) -> list[tuple[object, tuple[LoopFacts, ...]]]:
        """The loops of each function, with something that stays the same object until the function is judged again."""
        if self._placed is not None:
            return self._placed
        found: list[tuple[object, tuple[LoopFacts, ...]]] = []
        for function in self._lowered.unit.functions:
            judged = self._judged.get(id(function))
            if judged is not None:
                extent = self._lowered.extent(function)
                found.append((judged.block, judged.block.placed(*extent, self._source, self._lowered)))
        self._placed = found
        return found

    def _judge(self, functions: list[ir.Function]) -> None:
        """Judges functions of one name, all of that name: their equal loops are told apart by number."""
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
        for chunk in judged.block.inside:
            change(self._inside.setdefault(chunk, set()), key)
        if judged.asked.tables.answers:
            change(self._readers, key)

    def _judge_one(self, function: ir.Function, occurrence: dict[str, int]) -> _Judged:
        self._executed += 1
        asked, summaries, points_to = self._answers.ask(self._lowered.settle)
        unit, source = self._lowered.unit, self._source
        error = None
        loops: list[LoopFacts] = []
        try:
            execution = partial(
                execute,
                unit=unit,
                text=source.data,
                summaries=summaries,
                is_cpp=self._is_cpp,
                using_std=self._using_std,
            )
            trace = execution(function)
            followed = trace.followed
            loops = judge_trace(trace, unit, source, points_to, occurrence, execution)
        except Exception as problem:
            error = failure(f"`{function.name}`", problem)
            followed = self._calls.reached_from(function)
        loops.sort(key=lambda facts: facts.place.start)
        block = Block(tuple(loops), *self._lowered.extent(function), source, self._lowered)
        return _Judged(function, block, error, followed, asked)

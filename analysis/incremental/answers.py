"""What the functions of a unit ask about others, answered for one version of the unit after another."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from ..execution.points_to import PointsTo
from ..execution.summaries import Summaries
from ..ir import tree as ir
from .asking import Asked, Asking


class Questions(msgspec.Struct, eq=False):
    """What one function asked: of summaries, of index tables, and where pointers lead."""

    calls: Asked
    tables: Asked
    pointers: Asked


class Answers:
    """Summaries and pointers of a unit whose functions get other bodies, but stay the same objects."""

    def __init__(self, unit: ir.Unit) -> None:
        self._unit = unit
        self._noted: dict[int, Asked] = {}
        self.summaries = Summaries(unit)
        self.points_to = _Pointers(unit, self.summaries, self._noted)

    def renew(self, edited: Collection[ir.Function], callers: Collection[ir.Function]) -> None:
        """Some functions have other bodies; `callers` are all that may call them, directly or not."""
        self.summaries = summaries = Summaries(self._unit, self.summaries, edited)
        stale = [
            each
            for each in callers
            if each not in edited and id(each) in self._noted and self._noted[id(each)].differ(summaries)
        ]
        self.points_to = _Pointers(self._unit, summaries, self._noted, self.points_to, [*edited, *stale])

    def ask(self, found: Callable[[ir.Function], None]) -> tuple[Questions, Any, Any]:
        """Where to note questions, and summaries and pointers that note them there.

        `found` is called with every function that a call resolves to, before anything reads it.
        """
        asked = Questions(Asked({}), Asked({}), Asked({}))
        summaries: Any = Asking(self.summaries, asked.calls, found)
        summaries.tables = Asking(self.summaries.tables, asked.tables)
        return asked, summaries, Asking(self.points_to, asked.pointers)

    def differ(self, asked: Questions, *, calls: bool) -> bool:
        """Whether any answer is another one now; what calls do only counts if `calls` says so."""
        return (
            (calls and asked.calls.differ(self.summaries))
            or (bool(asked.tables.answers) and asked.tables.differ(self.summaries.tables))
            or (self.points_to.changed and asked.pointers.differ(self.points_to))
        )


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

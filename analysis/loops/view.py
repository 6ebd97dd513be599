"""One loop's slice of a trace, with what every judge of it needs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import msgspec

from ..dependence.problem import LoopDomain
from ..execution.events import Access, Effect, LoopRecord, Trace
from ..execution.points_to import PointsTo
from ..execution.values import Object
from ..facts import Access as AccessFact
from ..ir import tree as ir
from ..text import SourceText
from .lending import is_only_lent

Execution = Callable[[ir.Function], Trace]

# Questions past the dependence tests' own budget that one function may cost; each takes a third of a second.
HARD_QUESTIONS = 9


class TraceIndex:
    """A trace with its events by order."""

    def __init__(self, trace: Trace, unit: ir.Unit, text: SourceText, points_to: PointsTo, execution: Execution):
        self.points_to = points_to
        self._execution = execution
        self._alone: dict[int, TraceIndex] = {}
        self.hard_questions = HARD_QUESTIONS
        self.trace = trace
        self.unit = unit
        self.text = text
        self.by_object: dict[Object, list[Access]] = {}
        for access in trace.accesses:
            self.by_object.setdefault(access.object, []).append(access)
        self.shown: dict[tuple[Access, bool], AccessFact] = {}  # what is said of an access, conditional or not
        # Whether a stretch of an object's accesses begins with a read of an older value (see `dominance`).
        self.exposed: dict[tuple[Object, int, int], bool] = {}
        self._lent: dict[ir.Symbol, bool] = {}
        self._declared: dict[str, list[ir.Symbol]] | None = None
        self._orders: dict[Object, list[int]] = {}
        self._kinds: dict[Access, int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._access_orders = [access.reference.order for access in trace.accesses]
        self._effect_orders = [effect.order for effect in trace.effects]

    def declared(self, name: str) -> list[ir.Symbol]:
        """The function's own variables and parameters of that name."""
        if self._declared is None:
            self._declared = {}
            for symbol in (*self.trace.function.locals, *self.trace.function.parameters):
                self._declared.setdefault(symbol.name, []).append(symbol)
        return self._declared.get(name, [])

    def accesses(self, first: int, last: int) -> list[Access]:
        """Accesses with first <= order < last."""
        orders = self._access_orders
        return self.trace.accesses[bisect_left(orders, first) : bisect_left(orders, last)]

    def alone(self, function: ir.Function) -> TraceIndex:
        """What any call of another function does, whatever its arguments are."""
        found = self._alone.get(id(function))
        if found is None:
            trace = self._execution(function)
            self.trace.followed.update(trace.followed)  # what is told here depends on them, too
            found = self._alone[id(function)] = TraceIndex(trace, self.unit, self.text, self.points_to, self._execution)
        return found

    def is_only_lent(self, symbol: ir.Symbol) -> bool:
        """Whether nothing keeps the variable's address (see `lending`)."""
        known = self._lent.get(symbol)
        if known is None:
            known = self._lent[symbol] = is_only_lent(self.trace, symbol)
        return known

    def orders_of(self, object: Object) -> list[int]:
        """The orders of the accesses to one object."""
        found = self._orders.get(object)
        if found is None:
            found = self._orders[object] = [access.order for access in self.by_object.get(object, ())]
        return found

    def kind_of(self, access: Access) -> int:
        """One number for all accesses that touch the same memory under the same conditions in the same way."""
        kind = self._kinds.get(access)
        if kind is None:
            reference, update = access.reference, access.update
            told_by = (
                access.object,
                access.path,
                reference.is_write,
                reference.flat,
                reference.subscripts,
                reference.loops,
                reference.guards,
                update.operator if update is not None else None,
                access.certain,
            )
            kind = self._kinds[access] = self._numbers.setdefault(told_by, len(self._numbers))
        return kind

    def effects(self, first: int, last: int) -> list[Effect]:
        orders = self._effect_orders
        return self.trace.effects[bisect_left(orders, first) : bisect_left(orders, last)]


class LoopView(msgspec.Struct):
    """`accesses` and `effects` are those of one iteration, tests and steps included. `domain` is the loop's own."""

    index: TraceIndex
    record: LoopRecord
    accesses: list[Access]
    effects: list[Effect]
    ranges: dict[object, object] = msgspec.field(default_factory=dict)  # see `ranges` and `overlap`: found already
    names: object | None = None  # see `naming`

    @property
    def domain(self) -> LoopDomain:
        return self.record.domain

    @property
    def depth(self) -> int:
        return self.record.depth

    @property
    def unit(self) -> ir.Unit:
        return self.index.unit

    @property
    def text(self) -> SourceText:
        return self.index.text

    @property
    def induction(self) -> ir.Symbol | None:
        return self.record.header.symbol if self.record.header is not None else None

    def is_fresh(self, object: Object) -> bool:
        """Whether each iteration has an object of its own."""
        return self.record.first <= object.born < self.record.last


def view_of(index: TraceIndex, record: LoopRecord) -> LoopView:
    return LoopView(index, record, index.accesses(record.first, record.last), index.effects(record.first, record.last))

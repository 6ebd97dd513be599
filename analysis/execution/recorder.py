"""The record of one symbolic execution: where it stands, and the trace of what has happened so far."""

from __future__ import annotations

from typing import Any

from ..dependence.problem import LoopDomain, Reference
from ..ir import tree as ir
from ..symbolic.polynomial import Constraint, Polynomial, modulo
from .aliasing import scalar_type_name
from .events import Access, Effect, Exit, LoopRecord, Throw, ThrowKind, Trace, Update
from .exceptions import THROWN, Handlers, caught_at
from .values import Location, Value


class Recorder:
    """Loops, guards, contexts, calls and constructs around the point of execution, and the trace that is told of them.

    `budget` bounds the number of accesses; past it the trace is incomplete.
    """

    def __init__(self, function: ir.Function, budget: int) -> None:
        self.budget = budget
        self.trace = Trace(function=function, accesses=[], effects=[], loops=[])
        self.loops: tuple[LoopRecord, ...] = ()
        self.domains: tuple[LoopDomain, ...] = ()
        self.guards: tuple[Constraint, ...] = ()
        self.exact_guards = True
        self.context: tuple[int, ...] = ()
        self.omp: tuple[ir.Omp, ...] = ()
        self.via: ir.Call | None = None
        self.updates: dict[int, Update] = {}
        self.recording = True
        self.switch_depth = 0  # switches between here and the innermost loop
        self.tries: tuple[Handlers, ...] = ()  # around, the outermost first
        self._order = 0

    @property
    def depth(self) -> int:
        return len(self.loops)

    def tick(self) -> int:
        self._order += 1
        return self._order

    @property
    def now(self) -> int:
        return self._order

    def record_access(self, node: ir.Expr | ir.Stmt, location: Location, is_write: bool) -> None:
        if not self.recording:
            return
        object = location.object
        scalar = location.type
        at = self.via or node
        self._order = order = self._order + 1
        subscripts, bits = location.subscripts, 0
        for subscript in subscripts:
            if subscript is not None and subscript.bits:
                bits = min(each.bits for each in subscripts if each is not None and each.bits)
                subscripts = tuple(each if each is None else modulo(each) for each in subscripts)
                break
        reference = Reference(
            subscripts,
            location.extents,
            self.domains,
            self.guards,
            is_write,
            order,
            location.flat,
            self.exact_guards,
        )
        self.trace.accesses.append(
            Access(  # by position: names would double what this costs, and nothing is made more often
                object,
                location.path,
                reference,
                is_write,
                at.start,
                at.end,
                self.context,
                self.updates.get(id(node)),
                self.via,
                self.omp,
                scalar.size,
                scalar.kind in ("float", "complex"),
                scalar_type_name(scalar),
                scalar.atomic,
                scalar.volatile,
                node,
                True,
                bits,
            )
        )
        if len(self.trace.accesses) > self.budget:
            self.trace.complete = False

    @property
    def exhausted(self) -> bool:
        return not self.trace.complete

    def record_effect(
        self, kind: Any, name: str, node: ir.Expr | ir.Stmt, detail: str = "", lock: Location | None = None
    ) -> None:
        if self.recording:
            at = self.via or node
            self.trace.effects.append(
                Effect(kind, name, at.start, at.end, self.tick(), self.context, self.via, self.omp, detail, node, lock)
            )

    def breaks_loop(self) -> bool:
        """Whether `break` here leaves a loop rather than a switch."""
        return self.switch_depth == 0 and bool(self.loops)

    def note_skip(self) -> None:
        """`continue`: what follows in the innermost loop's body may be skipped."""
        if self.loops and self.loops[-1].first_skip is None:
            self.loops[-1].first_skip = self.now

    def record_exit(self, kind: Any, node: ir.Expr | ir.Stmt, loops: tuple[LoopRecord, ...]) -> None:
        """Control leaves `loops`."""
        at = self.via or node
        exit = Exit(kind, at.start, at.end, self.tick())
        for loop in loops:
            loop.exits.append(exit)
            loop.domain.exact = False

    def record_throw(self, node: ir.Expr | ir.Stmt, kind: ThrowKind, size: Value = None) -> None:
        """An exception of the standard library may leave the loops that have no handler for it inside."""
        if not self.recording or not self.loops:
            return
        throw_at = self.via or node
        for depth in range(caught_at(self.tries, THROWN[kind]), len(self.loops)):
            awaited = any(handlers.depth <= depth for handlers in self.tries)
            held = size if isinstance(size, Polynomial) else None
            self.loops[depth].throws.append(Throw(kind, node, throw_at.start, throw_at.end, awaited, held))

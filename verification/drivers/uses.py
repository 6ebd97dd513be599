"""What a function's integers are for: sizes, starts, steps, subscripts. From that follow the values worth trying.

Names are followed through assignments and into the bodies of called functions of the file; members go by their own
name, whatever object they belong to. A use that is missed costs a poor choice of input, never a wrong verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from ...analysis.ir import tree as ir
from ...analysis.ir.types import Type
from ...analysis.ir.walk import children

Use = Literal[
    "bound",  # a loop runs up to it, or down from it, or an array is as long
    "start",  # a loop begins with it, or ends there where it counts down
    "step",
    "subscript",  # it is, or goes into, a subscript
    "stride",  # it is multiplied within a subscript
    "piece",  # of an array: its elements say where loops begin and end
]
_DEEPEST_CALL = 6


class Uses:
    """By name, of variables and members alike. `globals`, `members` and `calls` are those that the function or its
    callees name; `memory` says what type the elements have that an untyped pointer leads to. `ends` are parameters that
    point behind the last element, with those that point to the first; `called` and `stepped` the types without a
    definition whose objects are called like functions, or lead somewhere like iterators; `handed_on` are the variables
    that go nowhere but into a call through a pointer."""

    def __init__(self, function: ir.Function, unit: ir.Unit) -> None:
        self._of: dict[str, set[Use]] = {}
        self.globals: dict[str, ir.Symbol] = {}
        self.calls: set[str] = set()
        self.members: set[str] = set()
        self.memory: dict[str, Type] = {}
        self.ends: dict[str, str] = {}
        self.called: set[str] = set()
        self.stepped: set[str] = set()
        self._single: set[str] = set()  # names that `*` is before, and those that subscripts are behind
        self._indexed: set[str] = set()
        self._moved: set[str] = set()
        self._times: dict[str, list[int]] = {}  # how often a name occurs, and how often only to be handed on
        self._bodies = {each.name: each for each in unit.functions if each.body is not None}
        self._sources: list[tuple[str, ir.Expr]] = []  # assigned name, from what
        self._visited: set[str] = set()
        self._visit(function, 0)
        for _ in range(8):
            before = sum(map(len, self._of.values()))
            for name, value in self._sources:
                for use in tuple(self._of.get(name, ())):
                    self._mark(value, use)
            if sum(map(len, self._of.values())) == before:
                break

    def of(self, name: str) -> frozenset[Use]:
        return frozenset(self._of.get(name, ()))

    def is_size_behind(self, name: str) -> bool:
        """Whether it points to one integer, which says how far loops go."""
        sizes = self.of(name) & {"bound", "stride", "step"}
        return bool(sizes) and name in self._single - self._indexed - self._moved

    @property
    def named(self) -> set[str]:
        """Members and functions, by their last name."""
        return self.members | {name.rpartition("::")[2] for name in self.calls}

    @property
    def handed_on(self) -> set[str]:
        return {name for name, (all_, passed) in self._times.items() if all_ == passed}

    def _visit(self, function: ir.Function, depth: int) -> None:
        if function.body is None or function.name in self._visited or depth > _DEEPEST_CALL:
            return
        self._visited.add(function.name)
        for parameter in function.parameters:
            self._dimensions(parameter.type)
        for node in below(function.body):
            self._look(node, depth)

    def _dimensions(self, type_) -> None:
        while type_ is not None:
            if type_.extent is not None:
                self._mark(type_.extent, "bound")
            type_ = type_.inner

    def _look(self, node: ir.Expr | ir.Stmt, depth: int) -> None:
        match node:
            case ir.For(_, _, init, condition, step):
                counters = set(_assigned(init)) | set(_assigned(step))
                begins, ends = ("bound", "start") if _counts_down(step) else ("start", "bound")
                if condition is not None:
                    self._mark(condition, ends, besides=counters)
                for value in _values(init):
                    self._mark(value, begins)
                self._range(init, condition)
                for name in below(step) if step is not None else ():
                    if isinstance(name, ir.Assign):
                        self._mark(name.value, "step", besides=counters)
            case ir.While(_, _, condition):
                self._mark(condition, "bound")
                self._range(None, condition)
            case ir.Index(_, _, base, subscript):
                self._mark(subscript, "subscript")
                if name := _name(base):
                    self._indexed.add(name)
            case ir.Unary(_, _, "*", ir.Name(_, _, symbol)):
                self._single.add(symbol.name)
                if symbol.type.kind == "unknown":
                    self.stepped.add(symbol.type.name)
            case ir.Unary(_, _, "*", operand) if not isinstance(operand, (ir.Name, ir.Member)):
                self._mark(operand, "subscript")
            case ir.Decl(_, _, symbol, initializer):
                self._dimensions(symbol.type)
                if initializer is not None:
                    self._sources.append((symbol.name, initializer))
                    self._types(symbol.type, initializer)
            case ir.Assign(_, _, _, target, value):
                if name := _name(target):
                    self._moved.add(name)
                    self._sources.append((name, value))
            case ir.IncDec(_, _, _, _, target):
                self._moved |= {name for name in (_name(target),) if name}
            case ir.Name(_, _, symbol):
                self._times.setdefault(symbol.name, [0, 0])[0] += 1
                if symbol.storage in ("global", "static", "extern"):
                    self.globals.setdefault(symbol.name, symbol)
            case ir.Member(_, _, _, name):
                self.members.add(name)
            case ir.Cast(_, _, type_, operand):
                self._types(type_, operand)
            case ir.Call(_, _, called, name, arguments):
                self.calls.add(name)
                self._note_call(called, arguments)
                if (callee := self._bodies.get(name)) is not None:
                    self._sources += [
                        (parameter.name, argument)
                        for parameter, argument in zip(callee.parameters, arguments, strict=False)
                    ]
                    self._visit(callee, depth + 1)
            case _:
                pass

    def _range(self, init: ir.Stmt | None, condition: ir.Expr | None) -> None:
        """Notes that a loop goes from one parameter to another."""
        if not isinstance(condition, ir.Binary) or condition.op not in ("<", "!="):
            return
        match condition.left, condition.right:
            case ir.Name(_, _, moved), ir.Name(_, _, end) if end.storage == "parameter" and _leads(end.type):
                starts = [moved, *(each.symbol for each in _values(init) if isinstance(each, ir.Name))]
                first = next((each for each in reversed(starts) if each.storage == "parameter"), None)
                if first is not None and first is not end and _leads(first.type):
                    self.ends[end.name] = first.name
            case _:
                pass

    def _note_call(self, called: ir.Expr, arguments: Iterable[ir.Expr]) -> None:
        symbol = called.symbol if isinstance(called, ir.Name) else None
        if symbol is not None and symbol.type.kind == "unknown" and symbol.storage == "parameter":
            self.called.add(symbol.type.name)
        if symbol is None or symbol.storage == "parameter":
            for argument in arguments:
                if isinstance(argument, ir.Name):
                    self._times.setdefault(argument.symbol.name, [0, 0])[1] += 1

    def _types(self, type_: Type, pointer: ir.Expr) -> None:
        """Notes that a pointer is used as one to elements of some type: the first such use counts."""
        typed = type_.kind == "pointer" and type_.inner is not None and type_.inner.kind not in ("void", "function")
        if typed and type_.inner is not None and (name := _name(pointer)):
            self.memory.setdefault(name, type_.inner)

    def _mark(self, expression: ir.Expr, use: Use, besides: Iterable[str] = ()) -> None:
        """Notes the use of every name in an expression; of an array whose element it is, that of its elements."""
        match expression:
            case ir.Name(_, _, symbol):
                if symbol.name not in besides:
                    self._of.setdefault(symbol.name, set()).add(use)
            case ir.Member(_, _, _, name, _):
                self._of.setdefault(name, set()).add(use)
            case ir.Index(_, _, base):
                inner = base
                while isinstance(inner, ir.Index):
                    inner = inner.base
                self._mark(inner, "piece" if use == "start" else use)
            case ir.Binary(_, _, "*", left, right) if use == "subscript":
                self._mark(left, "stride", besides)
                self._mark(right, "stride", besides)
            case ir.Call(_, _, callee, _, arguments):
                if isinstance(callee, ir.Member):  # v.size(): v's extent is the bound
                    self._mark(callee.base, use, besides)
                for argument in arguments:
                    self._mark(argument, use, besides)
            case _:
                for child in children(expression):
                    if isinstance(child, ir.Expr):
                        self._mark(child, use, besides)


def below(node: ir.Expr | ir.Stmt) -> Iterator[ir.Expr | ir.Stmt]:
    pending = [node]
    while pending:
        here = pending.pop()
        yield here
        pending += children(here)


def _name(expression: ir.Expr) -> str | None:
    match expression:
        case ir.Name(_, _, symbol):
            return symbol.name
        case ir.Member(_, _, _, name, _):
            return name
        case _:
            return None


def _leads(type_: Type) -> bool:
    """To elements: a pointer, or what a template may take for one."""
    return type_.kind == "unknown" or (type_.kind == "pointer" and type_.inner is not None)


def _assigned(node: ir.Expr | ir.Stmt | None) -> Iterator[str]:
    for each in below(node) if node is not None else ():
        match each:
            case ir.Decl(_, _, symbol):
                yield symbol.name
            case ir.Assign(_, _, _, target) | ir.IncDec(_, _, _, _, target):
                if name := _name(target):
                    yield name
            case _:
                pass


def _counts_down(step: ir.Expr | None) -> bool:
    """Whether a loop's counters only become smaller, so that it begins at its greatest value."""
    changes = [
        down for each in (below(step) if step is not None else ()) if (down := _becomes_smaller(each)) is not None
    ]
    return bool(changes) and all(changes)


def _becomes_smaller(node: ir.Expr | ir.Stmt) -> bool | None:
    """Whether what it changes becomes smaller; None where it changes nothing."""
    match node:
        case ir.IncDec(_, _, op):
            return op == "--"
        case ir.Assign(_, _, "", _, ir.Binary(_, _, op)):
            return op in ("-", "/", ">>")
        case ir.Assign(_, _, op):
            return op in ("-", "/", ">>")
        case _:
            return None


def _values(node: ir.Stmt | None) -> Iterator[ir.Expr]:
    for each in below(node) if node is not None else ():
        match each:
            case ir.Decl(_, _, _, initializer) if initializer is not None:
                yield initializer
            case ir.Assign(_, _, "", _, value):
                yield value
            case _:
                pass

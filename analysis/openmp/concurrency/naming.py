"""By which name an access reaches a variable, and so which copy of it is meant.

A construct's data-sharing clauses speak of the variable as it is named in the construct's text (OpenMP 5.2 §5.1). What
is reached by a pointer, a reference, or a lambda that stands elsewhere is the variable, or the copy, that was meant
where its address was taken or the reference bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...ir import tree as ir
from ...ir.rewrite import Node
from ...ir.types import Type
from ...ir.walk import children


def named_at(node: Node | None, symbol: ir.Symbol) -> int | None:
    """Where the expression that makes an access names the variable itself; None where it goes by another name."""
    waiting: list[Node] = [node] if node is not None else []
    while waiting:
        current = waiting.pop()
        if isinstance(current, ir.Name):
            if current.symbol is symbol:
                return current.start
        elif isinstance(current, ir.Index | ir.Member):
            waiting.append(current.base)
        elif isinstance(current, ir.Unary | ir.Cast):
            waiting.append(current.operand)
        elif isinstance(current, ir.Assign | ir.IncDec):
            waiting.append(current.target)
        elif isinstance(current, ir.Decl):
            if current.symbol is symbol:
                return current.start
        else:
            waiting += children(current)
    return None


class Exposures:
    """Where in some functions the addresses of variables are taken, or references bound to them."""

    def __init__(self, functions: Sequence[ir.Function], callable_: Sequence[ir.Function]) -> None:
        """`callable_` are all functions of the file, whose parameters may be references."""
        self._functions = functions
        self._callable = callable_
        self._found: dict[ir.Symbol, list[int]] | None = None

    def of(self, symbol: ir.Symbol) -> Sequence[int]:
        """The offsets of the names by which something else may come to reach the variable."""
        if self._found is None:
            self._found = {}
            by_name: dict[str, list[ir.Function]] = {}
            for function in self._callable:
                by_name.setdefault(function.name, []).append(function)
            for function in self._functions:
                if function.body is not None:
                    for name in _exposed(function.body, False, by_name):
                        self._found.setdefault(name.symbol, []).append(name.start)
        return self._found.get(symbol, [])


def _exposed(node: Node, kept: bool, functions: dict[str, list[ir.Function]]) -> Iterator[ir.Name]:
    """The names below `node` of variables whose place is made known; `kept` says that this node's place is."""
    if isinstance(node, ir.Name):
        if kept or node.symbol.type.kind == "array":
            yield node
    elif isinstance(node, ir.Unary):
        yield from _exposed(node.operand, node.op == "&", functions)
    elif isinstance(node, ir.Index):
        yield from _subscripted(node, kept, functions)
    elif isinstance(node, ir.Member):
        yield from _exposed(node.base, not node.arrow, functions)  # the member may be an array: its name is its address
    elif isinstance(node, ir.Cast):
        yield from _exposed(node.operand, kept or node.type.kind == "reference", functions)
    elif isinstance(node, ir.Conditional):
        yield from _exposed(node.condition, False, functions)
        for each in (node.then, node.other):
            yield from _exposed(each, kept, functions)
    elif isinstance(node, ir.Assign | ir.IncDec):
        target = node.target
        if not isinstance(target, ir.Name) or kept:
            plain = isinstance(target, ir.Member) and isinstance(target.base, ir.Name) and not kept
            yield from () if plain else _exposed(target, kept, functions)
        if isinstance(node, ir.Assign):
            yield from _exposed(node.value, False, functions)
    elif isinstance(node, ir.Call):
        yield from _exposed(node.callee, True, functions)
        for place, argument in enumerate(node.arguments):
            yield from _exposed(argument, _by_reference(node, place, functions), functions)
    elif isinstance(node, ir.Decl):
        if node.initializer is not None:
            yield from _exposed(node.initializer, node.symbol.type.kind in ("reference", "auto", "unknown"), functions)
        for argument in node.arguments:
            yield from _exposed(argument, True, functions)
    elif isinstance(node, ir.RangeFor):
        yield from _exposed(node.range, node.by_reference, functions)
        yield from _exposed(node.body, False, functions)
    elif isinstance(node, ir.Lambda):
        if node.function.body is not None:
            yield from _exposed(node.function.body, False, functions)
    elif isinstance(node, ir.InitList | ir.New | ir.Return | ir.Opaque | ir.OpaqueStmt | ir.Asm):
        for child in children(node):
            yield from _exposed(child, True, functions)
    elif isinstance(node, ir.Binary):
        for child in (node.left, node.right):
            yield from _exposed(child, kept and node.op == "," and child is node.right, functions)
    else:
        for child in children(node):
            yield from _exposed(child, False, functions)


def _subscripted(node: ir.Index, kept: bool, functions: dict[str, list[ir.Function]]) -> Iterator[ir.Name]:
    base: ir.Expr = node
    count = 0
    while isinstance(base, ir.Index):
        yield from _exposed(base.subscript, False, functions)
        base, count = base.base, count + 1
    if isinstance(base, ir.Name):
        if kept or count < _dimensions(base.symbol.type):
            yield base
    else:
        yield from _exposed(base, kept, functions)


def _dimensions(type_: Type) -> int:
    count = 0
    inner: Type | None = type_
    while inner is not None and inner.kind == "array":
        count, inner = count + 1, inner.inner
    return count


def _by_reference(call: ir.Call, place: int, functions: dict[str, list[ir.Function]]) -> bool:
    """Whether the argument may be bound to a reference that the called function, in sight, has for a parameter."""
    called = functions.get(call.name)
    if called is None:
        return not call.name or "::" in call.name  # std::ref, a constructor, a member function
    return any(
        place >= len(function.parameters) or function.parameters[place].type.kind == "reference" for function in called
    )


def is_implicit(member: ir.Member) -> bool:
    """Whether `this->` is not written."""
    return isinstance(member.base, ir.Name) and member.base.end == member.end

"""Which variables a statement may change, found without executing it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..ir import tree as ir
from ..ir.walk import CHILDREN, LEAVES, Node, children, descendants

_SKIPPING = (ir.Continue, ir.Goto, ir.Label)
_LOOPS = frozenset([ir.For, ir.RangeFor, ir.While])
_STEPPING = frozenset([ir.Conditional, ir.Lambda, ir.Binary, ir.IncDec])


class Increment(msgspec.Struct, eq=False, gc=False):
    """`symbol += amount` (`sign` -1 for -=), once in each iteration of the statement it was found in.

    `amount` is None for ++ and --. `in_step` says that it stands in the loop's own step expression."""

    symbol: ir.Symbol
    amount: ir.Expr | None
    sign: int
    in_step: bool


class Modified(msgspec.Struct, eq=False):
    """`names` are variables assigned by name (address-free); `memory` says that something is written through a
    pointer, a reference or a subscript; `calls` are the calls (and what may hide one) below the statement; `steps`
    says whether there may be an increment of a variable (see `increments_of`) outside of loops in it, `throws` whether
    there is a `throw`."""

    names: frozenset[ir.Symbol]
    counts: dict[ir.Symbol, int]
    memory: bool
    calls: tuple[ir.Expr | ir.Stmt, ...]
    steps: bool
    throws: bool = False


def modified_by(node: Node, known: Callable[[Node], Modified]) -> Modified:
    """`known` is the same for the parts of loops in the node: nested loops ask for them again and again."""
    counts: dict[ir.Symbol, int] = {}
    memory = steps = throws = False
    calls: list[ir.Expr | ir.Stmt] = []
    stack = [node]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind in LEAVES:
            continue
        if kind in _LOOPS:
            for part in CHILDREN[kind](item):
                inner = known(part)
                for symbol, count in inner.counts.items():
                    counts[symbol] = counts.get(symbol, 0) + count
                memory |= inner.memory
                throws |= inner.throws
                calls += inner.calls
        else:
            stack.extend(CHILDREN[kind](item)[::-1])
        if kind is ir.Assign or kind is ir.IncDec:
            target = item.target  # type: ignore[union-attr]
            base = _assigned_variable(target)
            if base is not None:
                counts[base] = counts.get(base, 0) + 1
            if type(target) is not ir.Name or target.symbol.type.kind == "reference":
                memory = True
            if type(target) is ir.Name and not steps:
                steps = kind is ir.IncDec or item.op != "" or type(item.value) is ir.Binary  # type: ignore[union-attr]
        elif kind is ir.Decl:
            symbol = item.symbol  # type: ignore[union-attr]
            counts[symbol] = counts.get(symbol, 0) + 1
            if item.arguments or (symbol.type.kind == "record" and not symbol.type.name.startswith("std::")):  # type: ignore[union-attr]
                calls.append(item)
        elif kind is ir.Call or kind is ir.Delete or kind is ir.Asm:
            calls.append(item)
        elif kind is ir.Opaque or kind is ir.OpaqueStmt:
            calls.append(item)
            memory = True
            for inner in descendants(item):
                if type(inner) is ir.Name:
                    counts[inner.symbol] = counts.get(inner.symbol, 0) + 2
        elif kind is ir.Throw:
            throws = True
        elif kind is ir.RangeFor:
            for symbol in item.symbols:  # type: ignore[union-attr]
                counts[symbol] = counts.get(symbol, 0) + 1
    return Modified(frozenset(counts), counts, memory, tuple(calls), steps, throws)


def _assigned_variable(target: ir.Expr) -> ir.Symbol | None:
    """The variable whose own memory an assignment to `target` changes: `s` of `s.x.y`, `a` of a local array `a[i]`."""
    while True:
        if type(target) is ir.Name:
            return target.symbol
        if type(target) is ir.Member and not target.arrow:
            target = target.base
        elif type(target) is ir.Index:
            # Elements are memory; only the variable's own fields count as the variable.
            return None
        elif type(target) is ir.Cast:
            target = target.operand
        else:
            return None


def increments_of(body: ir.Stmt, step: ir.Expr | None, modified: Modified) -> dict[ir.Symbol, list[Increment]]:
    """Variables that the loop changes only by increments that happen exactly once in every iteration that ends.

    `modified` is what the body, the step and the condition change together; its `steps` are those of the body.
    """
    found: dict[ir.Symbol, list[Increment]] = {}
    if step is not None:
        for part in _comma_parts(step):
            _note(part, True, found)
    if modified.steps:
        _scan(body, found)
    return {symbol: items for symbol, items in found.items() if len(items) == modified.counts.get(symbol, 0)}


def _scan(statement: ir.Stmt, found: dict[ir.Symbol, list[Increment]]) -> bool:
    """Notes increments on the straight path; returns False once something may skip the rest of the iteration."""
    if isinstance(statement, ir.Block):
        return all(_scan(item, found) for item in statement.items)
    if isinstance(statement, ir.ExprStmt):
        for part in _comma_parts(statement.expr):
            _note(part, False, found)
            _note_nested(part, found)
        return True
    if isinstance(statement, ir.Omp):
        return statement.body is None or _scan(statement.body, found)
    if isinstance(statement, ir.Decl):
        if statement.initializer is not None:
            _note_nested(statement.initializer, found)
        return True
    return not _may_skip(statement)


def _may_skip(statement: Node) -> bool:
    """Whether the statement may jump past what follows it in this iteration."""
    kind = type(statement)
    if kind is ir.ExprStmt or kind is ir.Decl:
        return False
    if kind in _SKIPPING:
        return True
    if kind in _LOOPS:  # its own `continue` stays inside
        return any(type(node) is ir.Goto or type(node) is ir.Label for node in descendants(statement))
    return any(_may_skip(child) for child in children(statement) if isinstance(child, ir.Stmt))


def _note_nested(expr: ir.Expr, found: dict[ir.Symbol, list[Increment]]) -> None:
    """`a[k++] = …` and `*p++ = …`: increments inside an expression that is always evaluated whole."""
    for node in descendants(expr):
        kind = type(node)
        if kind not in _STEPPING or node is expr:
            continue
        if kind is ir.Conditional or kind is ir.Lambda or (kind is ir.Binary and node.op in ("&&", "||")):  # type: ignore[union-attr]
            return
        if kind is ir.IncDec:
            _note(node, False, found)  # type: ignore[arg-type]


def _note(expr: ir.Expr, in_step: bool, found: dict[ir.Symbol, list[Increment]]) -> None:
    increment = as_increment(expr, in_step)
    if increment is not None:
        found.setdefault(increment.symbol, []).append(increment)


def as_increment(expr: ir.Expr, in_step: bool = False) -> Increment | None:
    """`v++`, `v += e`, `v = v + e`, `v = e + v`, `v = v - e` and their like."""
    if isinstance(expr, ir.IncDec) and isinstance(expr.target, ir.Name):
        return Increment(expr.target.symbol, None, 1 if expr.op == "++" else -1, in_step)
    if not isinstance(expr, ir.Assign) or not isinstance(expr.target, ir.Name):
        return None
    symbol = expr.target.symbol
    if expr.op in ("+", "-"):
        return Increment(symbol, expr.value, 1 if expr.op == "+" else -1, in_step)
    if expr.op == "" and isinstance(expr.value, ir.Binary) and expr.value.op in ("+", "-"):
        left, right = expr.value.left, expr.value.right
        if isinstance(left, ir.Name) and left.symbol is symbol:
            return Increment(symbol, right, 1 if expr.value.op == "+" else -1, in_step)
        if expr.value.op == "+" and isinstance(right, ir.Name) and right.symbol is symbol:
            return Increment(symbol, left, 1, in_step)
    return None


def _comma_parts(expr: ir.Expr) -> list[ir.Expr]:
    if isinstance(expr, ir.Binary) and expr.op == ",":
        return _comma_parts(expr.left) + _comma_parts(expr.right)
    return [expr]

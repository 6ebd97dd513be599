"""The canonical loop form of OpenMP 5.2 §4.4.1, read off a `for` header; words for what keeps a loop out of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..ir import tree as ir
from ..ir.spelling import spelled
from ..ir.walk import descendants

Comparison = Literal["<", "<=", ">", ">=", "!="]
_MIRRORED: dict[str, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}


class Syntax(msgspec.Struct, eq=False):
    """A header's parts as expressions. `step_sign` is the direction that its spelling gives (+= or -=)."""

    symbol: ir.Symbol
    declared: bool
    lower: ir.Expr
    upper: ir.Expr
    comparison: Comparison
    step: ir.Expr | None
    step_sign: int


class Problem(msgspec.Struct, frozen=True):
    """Why a header is not canonical, and where."""

    message: str
    start: int
    end: int


def header_of(statement: ir.For, counts: dict[ir.Symbol, int]) -> Syntax | Problem:
    """`counts` says how often the condition, step and body change each variable."""
    initial = _initial(statement)
    if isinstance(initial, Problem):
        return initial
    symbol, declared, lower = initial
    if statement.condition is None:
        return Problem(
            "the loop has no condition; write one as `variable < bound`", statement.start, statement.keyword_end
        )
    compared = _condition(statement.condition, symbol)
    if isinstance(compared, Problem):
        return compared
    comparison, upper = compared
    if statement.step is None:
        return Problem("the loop header has no step; move the increment there", statement.start, statement.keyword_end)
    step = _step(statement.step, symbol)
    if isinstance(step, Problem):
        return step
    amount, sign = step
    if counts.get(symbol, 0) > 1:
        return Problem(f"`{symbol.name}` is also changed in the loop's body", statement.step.start, statement.step.end)
    for bound in (upper, amount) if amount is not None else (upper,):
        changed = _changed(bound, counts)
        if changed is not None:
            return Problem(f"`{changed.name}`, used in the header, changes inside the loop", bound.start, bound.end)
    if amount is not None and _mentions(amount, symbol):
        return Problem(f"the step depends on `{symbol.name}` itself", amount.start, amount.end)
    return Syntax(symbol, declared, lower, upper, comparison, amount, sign)


def _initial(statement: ir.For) -> tuple[ir.Symbol, bool, ir.Expr] | Problem:
    init = statement.init
    words = "the loop does not initialise its variable in the header: begin it as `for (int i = first; …`"
    if isinstance(init, ir.Block) and len(init.items) == 1:
        init = init.items[0]
    if isinstance(init, ir.Decl) and init.initializer is not None:
        return init.symbol, True, init.initializer
    if isinstance(init, ir.ExprStmt):
        expr = init.expr
        if isinstance(expr, ir.Assign) and not expr.op and isinstance(expr.target, ir.Name):
            return expr.target.symbol, False, expr.value
        if isinstance(expr, ir.Binary) and expr.op == ",":
            return Problem("the header initialises several variables; keep one there", init.start, init.end)
    if isinstance(init, ir.Block) and init.items:
        return Problem("the header declares several variables; keep one there", init.start, init.end)
    if init is not None:
        return Problem(words, init.start, init.end)
    return Problem(words, statement.start, statement.keyword_end)


def _condition(condition: ir.Expr, symbol: ir.Symbol) -> tuple[Comparison, ir.Expr] | Problem:
    if isinstance(condition, ir.Binary) and condition.op in _MIRRORED:
        if _is(condition.left, symbol) and not _mentions(condition.right, symbol):
            return condition.op, condition.right  # type: ignore[return-value]
        if _is(condition.right, symbol) and not _mentions(condition.left, symbol):
            return _MIRRORED[condition.op], condition.left
    return Problem(_not_compared(condition, symbol), condition.start, condition.end)


def _not_compared(condition: ir.Expr, symbol: ir.Symbol) -> str:
    """`i + 1 < n` counts as well as `i < n - 1`, but is not what OpenMP takes."""
    name = symbol.name
    if isinstance(condition, ir.Binary) and condition.op in _MIRRORED:
        for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if not isinstance(side, ir.Binary) or side.op not in ("+", "-") or _mentions(other, symbol):
                continue
            amount = side.right if _is(side.left, symbol) else side.left if _is(side.right, symbol) else None
            if amount is not None and not _mentions(amount, symbol):
                return (
                    f"the condition compares `{spelled(side)}` with a bound, and OpenMP takes none but of `{name}` "
                    f"itself: move `{spelled(amount)}` to the other side (mind that an unsigned bound may wrap below 0)"
                )
    return f"the condition is not a comparison of `{name}` with a bound"


def _step(step: ir.Expr, symbol: ir.Symbol) -> tuple[ir.Expr | None, int] | Problem:
    if isinstance(step, ir.IncDec) and _is(step.target, symbol):
        return None, 1 if step.op == "++" else -1
    if isinstance(step, ir.Assign) and _is(step.target, symbol):
        if step.op in ("+", "-"):
            return step.value, 1 if step.op == "+" else -1
        value = step.value
        if not step.op and isinstance(value, ir.Binary) and value.op in ("+", "-"):
            if _is(value.left, symbol):
                return value.right, 1 if value.op == "+" else -1
            if value.op == "+" and _is(value.right, symbol):
                return value.left, 1
    return Problem(f"the step does not add an amount to `{symbol.name}` or take one away", step.start, step.end)


def _is(expr: ir.Expr, symbol: ir.Symbol) -> bool:
    while isinstance(expr, ir.Cast):
        expr = expr.operand
    return isinstance(expr, ir.Name) and expr.symbol is symbol


def _mentions(expr: ir.Expr, symbol: ir.Symbol) -> bool:
    return any(type(node) is ir.Name and node.symbol is symbol for node in descendants(expr))


def _changed(expr: ir.Expr, counts: dict[ir.Symbol, int]) -> ir.Symbol | None:
    for node in descendants(expr):
        if isinstance(node, ir.Name) and node.symbol in counts and node.symbol.type.kind != "function":
            return node.symbol
    return None

"""`while` loops that count: what they would be as `for` loops."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..ir import tree as ir
from ..ir.walk import descendants
from ..symbolic.polynomial import Polynomial
from .modified import Modified, as_increment

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}
# What a bound may be made of so that it stays the same where none of its variables changes.
_PLAIN = frozenset([ir.Name, ir.Const, ir.Binary, ir.Unary, ir.Cast, ir.SizeOf])


class Counted(msgspec.Struct, frozen=True, eq=False):
    """The variable that counts, and what it changes by. `step` is the increment where that ends the body."""

    symbol: ir.Symbol
    amount: Polynomial
    step: ir.Expr | None


def counted(statement: ir.While, forms: Mapping[ir.Symbol, Polynomial], modified: Modified) -> Counted | None:
    """The variable that the condition compares with a bound, if each iteration moves it towards that by as much.

    `forms` are the variables that change by the same amount in each iteration (see `increments_of`), `modified` is what
    the loop changes.
    """
    condition = statement.condition
    if statement.is_do or not isinstance(condition, ir.Binary) or condition.op not in _TURNED:
        return None
    for name, bound, comparison in (
        (condition.left, condition.right, condition.op),
        (condition.right, condition.left, _TURNED[condition.op]),
    ):
        if not isinstance(name, ir.Name) or name.symbol not in forms or not _stays(bound, modified):
            continue
        amount = forms[name.symbol]
        if amount.constant is None or not _leads_there(amount.constant, comparison):
            continue
        return Counted(name.symbol, amount, _last_step(statement.body, name.symbol))
    return None


def _stays(bound: ir.Expr, modified: Modified) -> bool:
    """Whether the bound has the same value in all iterations."""
    return all(
        type(node) in _PLAIN
        and (not isinstance(node, ir.Unary) or node.op in ("+", "-", "~"))
        and (not isinstance(node, ir.Name) or _untouched(node.symbol, modified))
        for node in descendants(bound)
    )


def _untouched(symbol: ir.Symbol, modified: Modified) -> bool:
    reachable = symbol.address_taken or symbol.storage not in ("local", "parameter") or symbol.type.kind == "reference"
    return symbol not in modified.names and not (reachable and (modified.memory or modified.calls))


def _leads_there(amount: int, comparison: str) -> bool:
    if comparison == "!=":
        return amount in (1, -1)
    return amount > 0 if comparison in ("<", "<=") else amount < 0


def _last_step(body: ir.Stmt, symbol: ir.Symbol) -> ir.Expr | None:
    """The increment that ends the body, if it is the only one."""
    last = body.items[-1] if isinstance(body, ir.Block) and body.items else body
    if not isinstance(last, ir.ExprStmt):
        return None
    increment = as_increment(last.expr)
    if increment is None or increment.symbol is not symbol:
        return None
    others = [node for node in descendants(body) if isinstance(node, ir.Assign | ir.IncDec) and node is not last.expr]
    again = any(isinstance(node.target, ir.Name) and node.target.symbol is symbol for node in others)
    return None if again else last.expr

"""Flags: variables that iterations only ever set, all to the same constant. Which of them does so does not matter.

`if (x[i] < 0) bad = 1;` is a reduction although nothing is accumulated: copies begin with the operator's identity, and
one that was set to the constant makes the combined value that constant.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..execution.events import Access
from ..ir import tree as ir
from ..ir.walk import descendants
from ..symbolic.polynomial import Polynomial
from .view import LoopView


def flag_operator(view: LoopView, symbol: ir.Symbol, writes: Sequence[Access]) -> str | None:
    """The operator that combines copies of a flag; None where the writes are not all of one constant, or where no
    operator leaves its value before the loop as it is if no iteration sets it.

    `&` does for 0 whatever the value was, and `|` for other constants if it was 0. A truth value has `&&` and `||`.
    """
    kind = symbol.type.kind
    if kind not in ("int", "bool") or any(write.path or not write.certain for write in writes):
        return None
    stored = {
        id(node.target): _constant(node.value)
        for node in descendants(view.record.statement)
        if isinstance(node, ir.Assign) and not node.op
    }
    values = {stored.get(id(write.node)) for write in writes}
    value = values.pop() if len(values) == 1 else None
    if value is None:
        return None
    if kind == "bool":
        return "||" if value else "&&"
    if not value:
        return "&"
    before = view.record.entry.get(symbol)
    return "|" if isinstance(before, Polynomial) and before.constant in (0, value) else None


def _constant(expr: ir.Expr) -> int | None:
    while isinstance(expr, ir.Cast) and expr.type.kind in ("int", "bool"):
        expr = expr.operand
    if not isinstance(expr, ir.Const) or expr.kind not in ("int", "bool") or expr.value is None:
        return None
    return int(expr.value)

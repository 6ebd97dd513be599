"""Positive variables that a loop only lets grow, so that they stay positive: `half *= 2`, `if (…) stride++`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..ir import tree as ir
from ..ir.walk import Node, descendants
from ..symbolic.polynomial import Polynomial
from .modified import Modified, as_increment
from .values import Value


def least_values(
    parts: Iterable[Node], modified: Modified, before: Mapping, candidates: Iterable[ir.Symbol], is_cpp: bool
) -> dict[ir.Symbol, int]:
    """What each of the candidates is at least during and after the loop that is made of `parts`; without those of which
    it is not known that this is more than 0.

    Only signed variables that are not narrower than `int`: they cannot grow past their greatest value (C23 6.5p5),
    while others wrap. `before` holds the values at the loop's entry.
    """
    starts: dict[ir.Symbol, int] = {}
    for symbol in candidates:
        held = symbol.type
        if held.kind == "int" and not held.unsigned and (held.size or 0) >= 4:
            start = _least(before.get(symbol))
            if start is not None and start > 0:
                starts[symbol] = start
    if not starts:
        return {}
    growths = dict.fromkeys(starts, 0)
    for part in parts:
        for node in descendants(part):
            if isinstance(node, ir.Assign | ir.IncDec):
                target = node.target
                if isinstance(target, ir.Name) and target.symbol in starts and _grows(node, is_cpp):
                    growths[target.symbol] += 1
    return {symbol: starts[symbol] for symbol, many in growths.items() if many == modified.counts.get(symbol, 0)}


def _least(value: Value) -> int | None:
    if not isinstance(value, Polynomial) or value.bits:
        return None
    if value.constant is not None:
        return value.constant
    return None if value.term is None else value.term.low


def _grows(node: ir.Assign | ir.IncDec, is_cpp: bool) -> bool:
    """Whether what is stored is not less than what the variable held, if that was positive."""
    increment = as_increment(node)
    if increment is not None:
        amount = 1 if increment.amount is None else _known(increment.amount)
        return amount is not None and increment.sign * amount >= 0
    if isinstance(node, ir.IncDec) or not isinstance(node.target, ir.Name):
        return False
    symbol, op, factor = node.target.symbol, node.op, node.value
    if op == "" and isinstance(factor, ir.Binary):
        left, right = factor.left, factor.right
        op = factor.op
        if isinstance(left, ir.Name) and left.symbol is symbol:
            factor = right
        elif op == "*" and isinstance(right, ir.Name) and right.symbol is symbol:
            factor = left
        else:
            return False
    known = _known(factor)
    if known is None:
        return False
    # In C++ what is shifted out is lost without being an error (C++20 expr.shift).
    return (op == "*" and known >= 1) or (op == "<<" and known >= 0 and not is_cpp)


def _known(expr: ir.Expr) -> int | None:
    return expr.value if isinstance(expr, ir.Const) and isinstance(expr.value, int) else None

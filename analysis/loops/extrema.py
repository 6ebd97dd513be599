"""Minima and maxima of floating-point values: where NaN or infinities among them show in which order they are taken.

A thread's copy begins with the least number, or with the greatest. OpenMP 5.2 §5.5.4 leaves open whether infinity is
that number: to gcc it is, to clang (up to 19 at least) it is not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..execution.events import Access
from ..facts import Reason, Variable
from ..ir import tree as ir
from ..ir.walk import descendants
from .places import access_place
from .view import LoopView

_GREATEST_FLOAT = (2 - 2.0**-23) * 2.0**127
_LIMITS = frozenset(["max", "min", "lowest", "epsilon", "denorm_min"])


def extremum_notes(view: LoopView, variables: Sequence[Variable]) -> tuple[Reason, ...]:
    """One for each reduction to a minimum or maximum in which other values than numbers would make a difference."""
    notes: list[Reason] = []
    for variable in variables:
        if variable.role != "reduction" or not variable.floating or variable.operator not in ("max", "min"):
            continue
        update = next((a for a in view.accesses if a.is_write and a.update and _is_named(a, variable.name)), None)
        if update is None or update.update is None:
            continue
        name = variable.name
        if update.update.takes_nan:
            message = f"where a value is NaN, `{name}` may come out as another value than from the serial loop"
        elif not _begins_finite(view, update):
            message = (
                f"where `{name}` begins as NaN or infinity, it may come out as another value than from the serial loop"
            )
        else:
            continue
        notes.append(Reason("PRG902", message, access_place(view, update), culprit=name))
    return tuple(notes)


def _is_named(access: Access, name: str) -> bool:
    return access.object.symbol is not None and access.object.symbol.name == name


def _begins_finite(view: LoopView, update: Access) -> bool:
    """Whether all that the function gives the variable, but for such updates, are finite numbers."""
    symbol = update.object.symbol
    if symbol is None or symbol.storage != "local" or symbol.address_taken or symbol.type.kind != "float":
        return False
    operator = update.update.operator if update.update is not None else None
    given = _given(view, symbol)
    greatest = _GREATEST_FLOAT if symbol.type.size == 4 else math.inf
    for access in view.index.by_object.get(update.object, ()):
        if not access.is_write:
            continue
        if access.update is not None:
            if access.update.operator != operator or access.update.takes_nan:
                return False
        elif access.start not in given or not _is_finite(given[access.start], greatest):
            return False
    return True


def _given(view: LoopView, symbol: ir.Symbol) -> dict[int, ir.Expr]:
    """The values that are assigned to the variable by its name, by where the name stands."""
    body = view.index.trace.function.body
    found: dict[int, ir.Expr] = {}
    for node in descendants(body) if body is not None else ():
        if isinstance(node, ir.Decl) and node.symbol is symbol and node.initializer is not None:
            found[symbol.start] = node.initializer
        elif isinstance(node, ir.Assign) and not node.op and getattr(node.target, "symbol", None) is symbol:
            found[node.target.start] = node.value
    return found


def _is_finite(expr: ir.Expr, greatest: float) -> bool:
    match expr:
        case ir.Const():
            value = expr.value
            return isinstance(value, int | float) and math.isfinite(value) and abs(value) <= greatest
        case ir.Unary():
            return expr.op in ("-", "+") and _is_finite(expr.operand, greatest)
        case ir.Cast():
            return _is_finite(expr.operand, greatest)
        case ir.Call():
            scope, _, bare = expr.name.rpartition("::")
            return "numeric_limits" in scope and bare in _LIMITS and not expr.arguments
        case _:
            return False

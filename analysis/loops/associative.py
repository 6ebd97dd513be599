"""Whether the steps of an integer reduction can be taken in any order (OpenMP 5.2 §5.5: the combiner is associative).

An integer that takes floating-point numbers is rounded in each step, a bool keeps one bit of a sum, and a narrow
variable may wrap below what it was the greatest of.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..execution.events import Access
from ..execution.library import is_float_function, min_max_of
from ..ir import tree as ir
from ..ir.types import Type
from .view import LoopView

_ONE_BIT = ("|", "&", "||", "&&")
_TRUTH = ("<", "<=", ">", ">=", "==", "!=", "&&", "||")
_PROMOTED = 4  # bytes of an int, to which arithmetic takes narrower operands


def is_associative(view: LoopView, type: Type, operator: str, accesses: Sequence[Access]) -> bool:
    """`accesses` are all updates of one variable of the type with that operator."""
    if type.kind == "bool":
        return operator in _ONE_BIT
    if type.kind != "int":
        return True
    added = {id(each.update.value): each.update.value for each in accesses if each.update is not None}
    operands = {id(each.node): each for each in view.accesses if not each.is_write}
    values = [value for value in added.values() if value is not None]
    if operator in ("max", "min"):
        size = type.size or _PROMOTED
        return size >= _PROMOTED or all(_size(value, operands, size) <= size for value in values)
    return not any(_is_floating(value, operands) for value in values)


def _is_floating(expr: ir.Expr, operands: dict[int, Access]) -> bool:
    """Whether the value is a floating-point number, as far as the text and the accesses tell."""
    match expr:
        case ir.Const():
            return expr.kind == "float"
        case ir.Cast():
            return expr.type.kind in ("float", "complex")
        case ir.Binary():
            return expr.op not in _TRUTH and any(_is_floating(each, operands) for each in _operands_of(expr))
        case ir.Unary() if expr.op != "*":
            return expr.op != "!" and _is_floating(expr.operand, operands)
        case ir.Conditional():
            return _is_floating(expr.then, operands) or _is_floating(expr.other, operands)
        case ir.Assign():
            return _is_floating(expr.target, operands)
        case ir.Call():
            if is_float_function(expr.name.rsplit("::", 1)[-1]):
                return True
            if min_max_of(expr.name) is not None:
                return any(_is_floating(each, operands) for each in expr.arguments)
            result = expr.callee.symbol.type.inner if isinstance(expr.callee, ir.Name) else None
            return result is not None and result.kind in ("float", "complex")
        case _:
            access = operands.get(id(expr))
            return access is not None and access.floating


def _operands_of(expr: ir.Binary) -> tuple[ir.Expr, ...]:
    return (expr.right,) if expr.op == "," else (expr.left, expr.right)


def _size(expr: ir.Expr, operands: dict[int, Access], own: int) -> int:
    """Bytes of the value; `own` is the size of the variable that is updated."""
    match expr:
        case ir.Cast():
            return expr.type.size or _PROMOTED
        case ir.Conditional():
            return max(_size(expr.then, operands, own), _size(expr.other, operands, own))
        case ir.Call() if min_max_of(expr.name) is not None:
            return max(_size(each, operands, own) for each in expr.arguments)
        case ir.Const():
            value = expr.value
            fits = isinstance(value, int) and 0 <= value < 1 << (8 * own - 1)
            return own if fits else _PROMOTED
        case _:
            access = operands.get(id(expr))
            return access.element_size or _PROMOTED if access is not None else _PROMOTED

"""Expressions as C text, for those whose own text is not at hand: of a header only its `#include` is in the file."""

from __future__ import annotations

from . import tree as ir

_ELSE = "…"


def spelled(expr: ir.Expr | ir.Stmt) -> str:
    """The expression as it might be written, "…" for parts that are seldom needed; statements are "…" altogether."""
    match expr:
        case ir.Const() | ir.SizeOf() | ir.Opaque():
            return " ".join(expr.text.split())
        case ir.Name():
            return expr.symbol.name
        case ir.Unary():
            return f"{expr.op}{_operand(expr.operand)}"
        case ir.Binary():
            return f"{_operand(expr.left)} {expr.op} {_operand(expr.right)}"
        case ir.Assign():
            return f"{spelled(expr.target)} {expr.op}= {spelled(expr.value)}"
        case ir.IncDec():
            target = _operand(expr.target)
            return f"{expr.op}{target}" if expr.prefix else f"{target}{expr.op}"
        case ir.Conditional():
            return f"{_operand(expr.condition)} ? {_operand(expr.then)} : {_operand(expr.other)}"
        case ir.Call():
            callee = spelled(expr.callee) if isinstance(expr.callee, ir.Member) else expr.name or _operand(expr.callee)
            return f"{callee}({', '.join(map(spelled, expr.arguments))})"
        case ir.Index():
            return f"{_operand(expr.base)}[{spelled(expr.subscript)}]"
        case ir.Member():
            implicit = isinstance(expr.base, ir.Name) and expr.base.symbol.name == "this"
            return expr.name if implicit else f"{_operand(expr.base)}{'->' if expr.arrow else '.'}{expr.name}"
        case ir.Cast():
            return f"({expr.type.name}){_operand(expr.operand)}" if expr.type.name else _operand(expr.operand)
    return _ELSE


def _operand(expr: ir.Expr) -> str:
    """In parentheses where another operator might take hold of a part of it."""
    compound = isinstance(expr, ir.Binary | ir.Assign | ir.Conditional)
    return f"({spelled(expr)})" if compound else spelled(expr)

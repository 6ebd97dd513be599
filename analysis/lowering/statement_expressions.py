"""Parentheses, and GNU's statements inside them."""

from __future__ import annotations

from ..ir.tree import (
    Binary,
    Cast,
    Conditional,
    Const,
    Expr,
    Index,
    Member,
    Name,
    SizeOf,
    Unary,
)
from ..syntax import Node
from .context import Context, Substitution, expression, opaque


@expression("parenthesized_expression")
def lower_parenthesized(cx: Context, node: Node) -> Expr:
    inside = node
    parenthesized = cx.kinds.parenthesized
    while inside.kind_id in parenthesized:
        children = inside.children
        if len(children) != 3:
            return opaque(cx, node)
        inside = children[1]
    if inside.kind_id in cx.kinds.compound:
        return _statement_expression(cx, inside)
    return cx.exprs[inside.kind_id](cx, inside)


def _statement_expression(cx: Context, node: Node) -> Expr:
    """GNU's `({ T a = x; …; value; })`: its value with the locals replaced, where evaluating them twice is the same."""
    scopes = len(cx.scopes)
    cx.push()
    try:
        items = node.named_children
        for child in items[:-1]:
            if child.type != "declaration":
                return opaque(cx, node)
            for name, value in _local_values(cx, child):
                if value is None or not repeatable(value):
                    return opaque(cx, node)
                cx.bind(name, Substitution(value))
        if not items or items[-1].type != "expression_statement" or items[-1].has_error:
            return opaque(cx, node)
        result = cx.expr(items[-1].children[0])
        return result if repeatable(result) else opaque(cx, node)
    finally:
        cx.unwind(scopes)


def _local_values(cx: Context, node: Node) -> list[tuple[bytes, Expr | None]]:
    found: list[tuple[bytes, Expr | None]] = []
    for child in node.named_children[1:]:
        if child.type == "init_declarator" and child.children[0].kind_id in cx.kinds.identifier:
            name = cx.src[child.children[0].start_byte : child.children[0].end_byte]
            found.append((name, cx.expr(child.children[-1])))
        elif child.type not in ("type_qualifier", "primitive_type", "type_identifier", "sized_type_specifier"):
            found.append((b"", None))
    return found


def repeatable(expr: Expr) -> bool:
    """Whether evaluating it a second time changes nothing: no assignment, no call."""
    pending = [expr]
    while pending:
        match pending.pop():
            case Unary(operand=operand) | Cast(operand=operand):
                pending.append(operand)
            case Binary(left=left, right=right):
                pending += (left, right)
            case Conditional(condition=condition, then=then, other=other):
                pending += (condition, then, other)
            case Index(base=base, subscript=subscript):
                pending += (base, subscript)
            case Member(base=base):
                pending.append(base)
            case Const() | Name() | SizeOf():
                continue
            case _:
                return False
    return True

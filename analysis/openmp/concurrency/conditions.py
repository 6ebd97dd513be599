"""Conditions around an access: which there are, and what they are about."""

from __future__ import annotations

from collections.abc import Iterator

from ...ir import tree as ir
from ...ir.rewrite import Node
from ...ir.walk import children, descendants


def conditions_around(body: Node, start: int, end: int) -> Iterator[ir.Expr]:
    """Conditions on the way from `body` down to the stretch [start, end), and of jumps that may skip it."""
    node: Node | None = body
    while node is not None:
        if isinstance(node, ir.If | ir.While | ir.Switch | ir.Conditional):
            if node.condition.end <= start or isinstance(node, ir.While):
                yield node.condition
        elif isinstance(node, ir.Binary) and node.op in ("&&", "||"):
            if node.left.end <= start:
                yield node.left
        elif isinstance(node, ir.Block):
            for item in node.items:
                if item.end <= start and isinstance(item, ir.If) and _may_jump(item):
                    yield item.condition
        node = next((child for child in children(node) if child.start <= start and end <= child.end), None)


def _may_jump(statement: ir.Stmt) -> bool:
    return any(isinstance(each, ir.Continue | ir.Break | ir.Return | ir.Goto) for each in descendants(statement))


def on_data(condition: ir.Expr) -> bool:
    for node in descendants(condition):
        if isinstance(node, ir.Index | ir.Call) or (isinstance(node, ir.Unary) and node.op == "*"):
            return True
        if isinstance(node, ir.Name | ir.Member) and _is_float(node):
            return True
    return False


def _is_float(node: ir.Expr) -> bool:
    return isinstance(node, ir.Name) and node.symbol.type.kind == "float"


def searches(condition: ir.Expr) -> bool:
    """Whether data are compared for equality with something that is not a constant."""
    return any(
        isinstance(node, ir.Binary)
        and node.op == "=="
        and on_data(node)
        and not isinstance(node.left, ir.Const)
        and not isinstance(node.right, ir.Const)
        for node in descendants(condition)
    )


def is_intricate(condition: ir.Expr) -> bool:
    """Whether the condition has operations that no linear constraint expresses."""
    return any(
        isinstance(node, ir.Binary) and node.op in ("%", "/", "&", "|", "^", "<<", ">>", "*", "||")
        for node in descendants(condition)
    )

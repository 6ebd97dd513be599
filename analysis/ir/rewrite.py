"""Trees with some nodes replaced, sharing everything that does not change."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import msgspec

from . import tree as ir
from .walk import LEAVES

Node = ir.Expr | ir.Stmt
N = TypeVar("N", bound=Node)


@cache
def _holders(kind: type) -> tuple[str, ...]:
    """The fields of a node type that may hold nodes."""
    leaves = {"start", "end", "keyword_end", "text", "name", "op", "symbol", "symbols", "type", "directive"}
    return tuple(field for field in kind.__struct_fields__ if field not in leaves)  # type: ignore[attr-defined]


def rewritten(node: N, change: Callable[[Node], Node]) -> N:
    """`node` with `change` applied to every node below it, then to itself. Lambdas' bodies are left alone."""
    if type(node) in LEAVES:
        return change(node)  # type: ignore[return-value]
    changes: dict[str, object] = {}
    for field in _holders(type(node)):
        value = getattr(node, field)
        if isinstance(value, ir.Expr | ir.Stmt):
            new: object = rewritten(value, change)
        elif type(value) is tuple and value and isinstance(value[0], ir.Expr | ir.Stmt):
            parts = tuple(rewritten(each, change) for each in value)
            new = value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
        else:
            continue
        if new is not value:
            changes[field] = new
    result = msgspec.structs.replace(node, **changes) if changes else node
    return change(result)  # type: ignore[return-value]

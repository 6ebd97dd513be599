"""Values through which others' memory is reached though nothing in their declaration says so.

`auto x = std::ref(y)` refers to `y`, `auto x = flags[0]` to an element of a `std::vector<bool>`, `auto x = a + b` to
two arrays whose sum is not computed yet. Who writes or reads such an `x` writes or reads what it refers to.
"""

from __future__ import annotations

from ..ir.tree import Binary, Call, Conditional, Expr, Index, Unary
from ..ir.types import Type
from .context import Context
from .infer import type_of

# Functions of the library that keep references to their arguments (C++20 [pairs], [tuple.creation], [refwrap]).
_KEEPERS = frozenset(["ref", "cref", "tie", "minmax", "forward_as_tuple", "ignore"])
_EXPRESSION_TEMPLATES = frozenset(["record", "template"])


def holds_references(cx: Context, expr: Expr) -> bool:
    """Whether a variable that is declared `auto` and gets this value may refer to memory that is not its own."""
    match expr:
        case Call():
            scope, _, name = expr.name.rpartition("::")
            return (name in _KEEPERS and scope in ("", "std")) or "views" in scope.split("::")
        case Index():
            base = type_of(cx, expr.base)
            return base.kind == "record" and (_of_bits(base) or base.name == "std::valarray")
        case Binary():
            return any(type_of(cx, side).kind in _EXPRESSION_TEMPLATES for side in (expr.left, expr.right))
        case Unary():
            return expr.op in "-+~!" and type_of(cx, expr.operand).kind in _EXPRESSION_TEMPLATES
        case Conditional():
            return holds_references(cx, expr.then) or holds_references(cx, expr.other)
    return False


def _of_bits(container: Type) -> bool:
    return container.name == "std::vector" and [each.kind for each in container.arguments[:1]] == ["bool"]

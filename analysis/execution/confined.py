"""Functions that touch nothing but their own variables and what their parameters point to.

A call that is not followed stands for its callee by the pointers that it passes. That is all of it only for such a
function: others read global variables, or go on through pointers that they find in memory.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import descendants
from . import library

_HIDING = (ir.Lambda, ir.Opaque, ir.OpaqueStmt, ir.Asm, ir.New, ir.Delete, ir.Omp)

Resolve = Callable[[ir.Call], ir.Function | None]
Ask = Callable[[ir.Function], bool]


def is_confined(function: ir.Function, resolve: Resolve, ask: Ask, references: frozenset[str]) -> bool:
    """Whether the body is as described above. `ask` answers the same of a callee; `references` are names of fields
    that are references, which lead out of their structure unseen."""
    if function.body is None or function.in_error:
        return False
    fields: set[int] = set()  # class objects of which only a field is used
    for node in descendants(function.body):
        if isinstance(node, ir.Member):
            if node.name in references or (node.arrow and not _leads_nowhere_else(node.base)):
                return False
            fields.add(id(node.base))
        elif isinstance(node, ir.Index):
            if not _leads_nowhere_else(node.base):
                return False
        elif isinstance(node, ir.Unary):
            if node.op == "*" and not _leads_nowhere_else(node.operand):
                return False
        elif isinstance(node, ir.Name):
            if not _is_own(node.symbol) or (node.symbol.type.kind == "record" and id(node) not in fields):
                return False
        elif isinstance(node, ir.Assign):
            pointer = isinstance(node.target, ir.Name) and node.target.symbol.type.kind in ("pointer", "unknown")
            if pointer and not _leads_nowhere_else(node.value) and not node.op:
                return False
        elif isinstance(node, ir.Call):
            if not _is_plain(node, resolve(node), ask):
                return False
        elif isinstance(node, _HIDING) or (isinstance(node, ir.Decl) and node.arguments):
            return False
    return True


def _is_own(symbol: ir.Symbol) -> bool:
    """Its own variables, functions, and constants."""
    if symbol.storage in ("local", "parameter") or symbol.type.kind == "function":
        return True
    return _is_constant(symbol.type)


def _is_constant(type: Type) -> bool:
    while type.kind == "array" and not type.const and type.inner is not None:
        type = type.inner
    return type.const and type.kind in ("int", "float", "bool", "array")


def _leads_nowhere_else(expr: ir.Expr) -> bool:
    """Whether a pointer leads to what a parameter points to, or to a variable of the function's own."""
    while isinstance(expr, ir.Cast):
        expr = expr.operand
    if isinstance(expr, ir.Const):
        return not expr.value  # a null pointer leads nowhere
    if isinstance(expr, ir.Binary):
        return expr.op in ("+", "-") and (_leads_nowhere_else(expr.left) or _leads_nowhere_else(expr.right))
    if isinstance(expr, ir.IncDec):
        return _leads_nowhere_else(expr.target)
    if isinstance(expr, ir.Unary) and expr.op == "&":
        place = expr.operand
        return isinstance(place, ir.Name) or (isinstance(place, ir.Index) and _leads_nowhere_else(place.base))
    subscripts = 0
    while isinstance(expr, ir.Index):
        expr, subscripts = expr.base, subscripts + 1
    if not isinstance(expr, ir.Name):
        return False
    type = expr.symbol.type
    if type.kind == "pointer":
        if expr.symbol.storage != "parameter" or subscripts == 0:
            return expr.symbol.storage == "parameter"
        type, subscripts = type.inner or type, subscripts - 1
    while type.kind == "array" and subscripts and type.inner is not None:
        type, subscripts = type.inner, subscripts - 1
    return type.kind == "array" and not subscripts


def _is_plain(call: ir.Call, callee: ir.Function | None, ask: Ask) -> bool:
    """Whether a call only computes with the numbers that it is given."""
    if callee is None:
        return isinstance(call.callee, ir.Name) and library.effect_of(call.name) == "pure"
    return all(each.type.kind in ("int", "float", "bool") for each in callee.parameters) and ask(callee)

"""Variables whose address is only lent: to calls that are over, and that keep it nowhere, when the loop goes on."""

from __future__ import annotations

from ..execution import library
from ..execution.events import Trace
from ..ir import tree as ir
from ..ir.walk import LEAVES, children, descendants, is_variable, root_symbol

_PLAIN = ("int", "float", "bool", "complex", "pointer", "record")
_HIDING = (ir.Lambda, ir.Opaque, ir.OpaqueStmt, ir.Asm)


def is_only_lent(trace: Trace, symbol: ir.Symbol) -> bool:
    """Whether every `&x` of the variable is an argument, on the spot, of a library function that hands a
    result out through it, or of a followed function that only looks at what the parameter points to."""
    body = trace.function.body
    if body is None or symbol.type.kind not in _PLAIN or symbol.function != trace.function.name:
        return False
    lent: set[int] = set()
    for node in descendants(body):
        if type(node) in LEAVES:
            continue
        if isinstance(node, ir.Call):
            lent.update(id(argument) for argument in _lent_by(node, symbol, trace))
            if isinstance(node.callee, ir.Member) and root_symbol(node.callee) is symbol:
                return False  # a member function has `this`
        elif isinstance(node, _HIDING):
            if any(isinstance(each, ir.Name) and each.symbol is symbol for each in descendants(node)):
                return False
        elif isinstance(node, ir.Decl) and node.symbol.type.kind in ("reference", "auto"):
            if node.initializer is not None and root_symbol(node.initializer) is symbol:
                return False
        elif isinstance(node, ir.Return) and trace.function.result.kind == "reference":
            if node.value is not None and root_symbol(node.value) is symbol:
                return False
        elif _is_address(node, symbol) and id(node) not in lent:
            return False
    return True


def _is_address(node: ir.Expr | ir.Stmt, symbol: ir.Symbol) -> bool:
    return isinstance(node, ir.Unary) and node.op == "&" and root_symbol(node.operand) is symbol


def _lent_by(call: ir.Call, symbol: ir.Symbol, trace: Trace) -> list[ir.Expr]:
    """The `&x` among the call's arguments that are only lent."""
    addresses = [each for each in call.arguments if _is_address(each, symbol)]
    if not addresses or not isinstance(call.callee, ir.Name):
        return []
    named = [function for function in trace.followed.values() if function.name == call.name]
    if not named:
        hands_out = library.effect_of(call.name, using_std=True) == "writes out"
        return addresses if hands_out and not is_variable(call.callee.symbol) else []
    if any(len(function.parameters) != len(call.arguments) for function in named):
        return []
    return [
        argument
        for position, argument in enumerate(call.arguments)
        if _is_address(argument, symbol) and all(_only_looks(each, each.parameters[position]) for each in named)
    ]


def _only_looks(function: ir.Function, parameter: ir.Symbol) -> bool:
    """Whether the pointer is only ever followed, as `*p`, `p[i]` or `p->x`, and what it leads to only read and set."""
    if function.body is None or function.in_error or parameter.type.kind != "pointer":
        return False
    stack: list[tuple[ir.Expr | ir.Stmt, ir.Expr | ir.Stmt | None]] = [(function.body, None)]
    while stack:
        node, above = stack.pop()
        if isinstance(node, ir.Name):
            if node.symbol is parameter and not _follows(above, node):
                return False
        elif isinstance(node, _HIDING) or (isinstance(node, ir.Unary) and node.op == "&"):
            if any(isinstance(each, ir.Name) and each.symbol is parameter for each in descendants(node)):
                return False
        elif _rooted(node, parameter) and _may_bind(above, node, function):
            return False
        stack.extend((child, node) for child in children(node))
    return True


def _follows(above: ir.Expr | ir.Stmt | None, name: ir.Name) -> bool:
    if isinstance(above, ir.Unary):
        return above.op in ("*", "!")
    if isinstance(above, ir.Member):
        return above.arrow
    if isinstance(above, ir.Binary):
        return above.op in ("==", "!=", "&&", "||")
    return isinstance(above, ir.If) or (isinstance(above, ir.Index) and above.base is name)


def _rooted(node: ir.Expr | ir.Stmt, parameter: ir.Symbol) -> bool:
    return isinstance(node, ir.Unary | ir.Index | ir.Member) and root_symbol(node) is parameter


def _may_bind(above: ir.Expr | ir.Stmt | None, node: ir.Expr | ir.Stmt, function: ir.Function) -> bool:
    """Whether a reference may be made of the lvalue, which then may stay."""
    if isinstance(above, ir.Decl):
        return above.symbol.type.kind in ("reference", "auto", "unknown")
    if isinstance(above, ir.Return):
        return function.result.kind == "reference"
    if isinstance(above, ir.Call):
        return library.effect_of(above.name) is None
    return isinstance(above, ir.InitList | ir.New | ir.RangeFor)

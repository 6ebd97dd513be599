"""Whether a data-sharing clause reaches every access to a variable.

A clause gives each thread a copy under the variable's own name. What reaches the original by another way keeps
reaching the original: the body of a called function that names the variable, a pointer or reference that was set before
the loop. Then no clause helps, whatever the accesses look like.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..execution.events import Access
from ..execution.values import Object
from ..ir import tree as ir
from ..ir.walk import descendants, root_symbol
from .view import LoopView

_STATIC = ("global", "static", "extern", "static-local")


def has_no_name_outside(statement: ir.Stmt, symbol: ir.Symbol) -> bool:
    """Whether a variable that outlives the iterations is declared in the loop, so that no clause can name it."""
    return symbol.storage in ("static-local", "extern") and statement.start <= symbol.start < statement.end


def beyond_clauses(view: LoopView, object: Object, accesses: Sequence[Access]) -> Access | None:
    """An access that a clause for the variable does not reach; None where it reaches all.

    (OpenMP 5.2 §5.1.2: variables with static storage duration that a called routine names are shared.)
    """
    statement, record = view.record.statement, view.record
    if accesses and any(each is object and record.first <= at < record.last for each, at in view.index.trace.measured):
        return accesses[0]  # one of the two addresses may be the original's
    if accesses and object.symbol is not None and has_no_name_outside(statement, object.symbol):
        return accesses[0]
    static = object.symbol is not None and object.symbol.storage in _STATIC
    for access in accesses:
        node = access.node
        if object.symbol is None or not isinstance(node, ir.Expr):
            continue
        inside = statement.start <= node.start < statement.end
        if isinstance(node, ir.Call) and any(root_symbol(argument) is object.symbol for argument in node.arguments):
            continue  # a callee that is not followed gets at it through this argument
        root = root_symbol(node.callee if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) else node)
        if root is object.symbol:
            if access.via is not None and (static or not inside):  # lambdas capture no variable that is static
                return access
        elif root is None or not _leads_to(view, root, object.symbol, access):
            return access
    return None


def _leads_to(view: LoopView, name: ir.Symbol, symbol: ir.Symbol, access: Access) -> bool:
    """Whether another name was made from the variable's own name inside the loop, so that it leads to the copy.

    Pointers and references declared in the loop, or in a called function, lead where their initializer does, and a
    called function's parameters where the call's arguments do.
    """
    statement = view.record.statement
    seen: set[ir.Symbol] = set()
    current: ir.Symbol | None = name
    while current is not None and current is not symbol and current not in seen:
        seen.add(current)
        outside = current.function == view.index.trace.function.name
        if outside and not statement.start <= current.start < statement.end:
            return False
        if current.storage == "parameter":
            return access.via is not None and _passed(view, current, symbol, access.via)
        if outside and _is_set_anew(statement, current, symbol):
            return False
        current = root_symbol(current.initializer) if current.initializer is not None else None
    return current is symbol


def _passed(view: LoopView, parameter: ir.Symbol, symbol: ir.Symbol, call: ir.Call) -> bool:
    """Whether the call hands the variable itself to the parameter; to any parameter where calls are nested.

    What stands before the dot is handed to `this`.
    """
    if parameter.name == "this":
        return any(root_symbol(each) is symbol for each in (call.callee, *call.arguments))
    for function in view.index.trace.followed.values():
        if function.name == call.name and parameter in function.parameters:
            position = function.parameters.index(parameter)
            return position < len(call.arguments) and root_symbol(call.arguments[position]) is symbol
    return any(root_symbol(argument) is symbol for argument in call.arguments)


def _is_set_anew(statement: ir.Stmt, pointer: ir.Symbol, symbol: ir.Symbol) -> bool:
    """Whether a pointer declared in the loop is assigned something that does not start from the variable or itself."""
    return any(
        isinstance(node, ir.Assign)
        and not node.op
        and isinstance(node.target, ir.Name)
        and node.target.symbol is pointer
        and root_symbol(node.value) not in (symbol, pointer)
        for node in descendants(statement)
    )

"""What a called function may do that outlasts it or cuts it short: references that it keeps, ways out of its middle."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..ir import tree as ir
from ..ir.types import Record
from ..ir.walk import children, descendants
from . import library

Resolve = Callable[[ir.Call], ir.Function | None]
Ask = Callable[[ir.Function, int], bool]


def keeps_reference(
    function: ir.Function, parameter: ir.Symbol, records: Mapping[str, Record], resolve: Resolve, ask: Ask
) -> bool:
    """Whether the function may leave its reference parameter somewhere, for use when the call is over. `ask` answers
    the same of the parameter at a position of a callee."""
    record = records.get(function.record) if function.record is not None else None
    binds = record is not None and any(field.type.kind == "reference" for field in record.fields.values())
    if parameter.address_taken or binds or function.result.kind == "reference" or function.body is None:
        return True
    for call in descendants(function.body):
        if not isinstance(call, ir.Call):
            continue
        for position, argument in enumerate(call.arguments):
            if not isinstance(argument, ir.Name) or argument.symbol is not parameter:
                continue
            callee = resolve(call)
            if callee is None and library.effect_of(call.name, using_std=True) is None:
                return True
            if callee is not None and position < len(callee.parameters) and ask(callee, position):
                return True
    return False


def hides_return(node: ir.Expr | ir.Stmt) -> bool:
    """Whether a `return` stands below something else than blocks and branches: in a loop, a switch or the like."""
    if isinstance(node, ir.Block):
        return any(hides_return(item) for item in node.items)
    if isinstance(node, ir.If):
        return any(hides_return(part) for part in children(node))
    if isinstance(node, ir.Return):
        return node.value is not None and hides_return(node.value)
    stack = [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, ir.Return):
            return True
        if not isinstance(inner, ir.Lambda):
            stack.extend(children(inner))
    return False

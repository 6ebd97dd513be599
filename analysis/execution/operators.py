"""Which function in sight an operator of a class calls."""

from __future__ import annotations

import msgspec

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from .machine import Machine

_UNARY = ("+", "-", "!", "~", "*")
_COMPARISONS = ("==", "!=", "<=", ">=", "<=>")


class Operator(msgspec.Struct, frozen=True):
    """`this` is the operand whose member the function is, None for a function beside the class."""

    function: ir.Function
    this: ir.Expr | None
    arguments: tuple[ir.Expr, ...]


def is_operator(call: ir.Call) -> bool:
    return call.name.startswith("operator") and isinstance(call.callee, ir.Name) and bool(call.arguments)


def operator_of(machine: Machine, call: ir.Call) -> Operator | None:
    """The one function in sight that the operator can mean, given the classes of its operands."""
    caller = machine.call_stack[-1]
    first, rest = call.arguments[0], call.arguments[1:]
    type = _class_of(machine, first)
    if type.kind == "record":
        member = ir.Call(call.start, call.end, call.callee, call.name, rest)
        function = machine.summaries.resolve(member, caller, type.name, type.const)
        if function is not None:
            return Operator(function, first, rest)
    function = machine.summaries.resolve(call, caller)
    if function is not None and function.record is None and _takes(machine, function, call.arguments):
        return Operator(function, None, call.arguments)
    return None


def built_in(call: ir.Call) -> ir.Expr:
    """The operator as it is for numbers: what one out of sight does with its operands at the least."""
    op = call.name.removeprefix("operator").strip()
    first, *rest = call.arguments
    if op in ("++", "--"):
        return ir.IncDec(call.start, call.end, op, not rest, first)
    if not rest:
        return ir.Unary(call.start, call.end, op, first) if op in _UNARY else first
    if op.endswith("=") and op not in _COMPARISONS:
        return ir.Assign(call.start, call.end, op[:-1], first, rest[0])
    return ir.Binary(call.start, call.end, op, first, rest[0])


def _takes(machine: Machine, function: ir.Function, arguments: tuple[ir.Expr, ...]) -> bool:
    """Whether some parameter is of the class of its argument: a function of that name for another class is another."""
    return any(
        (parameter := _stripped(symbol.type)).kind == "record" and _class_of(machine, argument).name == parameter.name
        for symbol, argument in zip(function.parameters, arguments, strict=False)
    )


def _class_of(machine: Machine, expr: ir.Expr) -> Type:
    """The type of an operand, as far as the text tells it simply."""
    if isinstance(expr, ir.Call):
        found = operator_of(machine, expr) if is_operator(expr) else None
        function = found.function if found is not None else machine.summaries.resolve(expr, machine.call_stack[-1])
        return _stripped(function.result) if function is not None else UNKNOWN
    if isinstance(expr, ir.Name | ir.Member | ir.Index) or (isinstance(expr, ir.Unary) and expr.op == "*"):
        with machine.silent():
            return _stripped(machine.lvalue(machine, expr).type)
    return expr.type if isinstance(expr, ir.Cast) else UNKNOWN


def _stripped(type: Type) -> Type:
    while type.kind == "reference" and type.inner is not None:
        type = type.inner
    return type

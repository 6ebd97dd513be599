"""What a call is a call of: a function in sight, a member, an operator, a lambda, the library, or none of these."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import is_variable
from . import containers, nodes
from .allocation import allocate
from .following import follow, may_follow, user_call
from .havoc import forget_everything, in_doubt
from .library_calls import library_call
from .machine import Machine
from .memory import dereferenced
from .operators import built_in, is_operator, operator_of
from .unseen import touch_captured, unknown_call
from .values import Location, Referred, Value


def call(machine: Machine, expr: ir.Call) -> Value | Referred:
    callee = expr.callee
    if isinstance(callee, ir.Member):
        return _member_call(machine, expr, callee)
    if is_operator(expr):
        return _operator_call(machine, expr)
    if isinstance(callee, ir.Name):
        symbol = callee.symbol
        if symbol in machine.lambdas:
            return _lambda_call(machine, expr, machine.lambdas[symbol])
        kind = symbol.type.kind
        if kind in ("record", "reference") or (kind != "function" and containers.is_container(symbol.type)):
            return _object_call(machine, expr, callee)
        if is_variable(symbol):  # whatever function has the same name
            return unknown_call(machine, expr, expr.name)
    elif not isinstance(callee, ir.Lambda):
        return unknown_call(machine, expr, machine.text(callee))
    if isinstance(callee, ir.Lambda):
        return _lambda_call(machine, expr, callee)
    function = machine.summaries.resolve(expr, machine.call_stack[-1])
    if function is not None:
        this = _temporary(machine, expr, function) or _implicit_this(machine, function)
        return user_call(machine, expr, function, this)
    return library_call(machine, expr)


def _operator_call(machine: Machine, expr: ir.Call) -> Value | Referred:
    found = operator_of(machine, expr)
    if found is None:
        value = machine.rvalue(machine, built_in(expr))
        machine.record_effect("unknown call", expr.name, expr)
        forget_everything(machine)
        return value
    if found.this is None:
        return user_call(machine, expr, found.function, None)
    member = ir.Member(found.this.start, found.this.end, found.this, expr.name, False)
    called = ir.Call(expr.start, expr.end, member, expr.name, found.arguments)
    if isinstance(found.this, ir.Call | ir.Cast):
        machine.rvalue(machine, found.this)
        this = allocate(machine, found.this, Type("record", found.function.record or ""))
    else:
        this = machine.lvalue(machine, found.this)
        this = dereferenced(machine, found.this, this) if this.type.kind == "reference" else this
    return user_call(machine, called, found.function, this)


def _temporary(machine: Machine, expr: ir.Call, function: ir.Function) -> Location | None:
    """The object that a constructor called by its name makes; None for other functions."""
    if function.record is None or function.name.rsplit("::", 1)[-1] != function.record.rsplit("::", 1)[-1]:
        return None
    return allocate(machine, expr, Type("record", function.record))


def _implicit_this(machine: Machine, function: ir.Function) -> Location | None:
    caller = machine.call_stack[-1]
    if function.record is None or caller.this is None:
        return None
    value = machine.read_variable(caller.this, caller.this.type)
    return value if isinstance(value, Location) else None


def _member_call(machine: Machine, expr: ir.Call, callee: ir.Member) -> Value | Referred:
    base = _object_location(machine, callee)
    if containers.is_container(base.type):
        arguments: list[object] = [machine.rvalue(machine, argument) for argument in expr.arguments]
        value = containers.member_call(machine, expr, base, arguments)
        if value is not NotImplemented:
            if isinstance(value, Location) and callee_is_element(expr):
                return Referred(value)
            return value  # type: ignore[return-value]
        return unknown_call(machine, expr, expr.name, [])
    if containers.has_packed_elements(base.type) and expr.name in ("size", "empty"):
        return containers.member_call(machine, expr, base, [])  # type: ignore[return-value]
    if nodes.has_nodes(base.type) and expr.name in nodes.MEMBERS:
        for argument in expr.arguments:
            machine.rvalue(machine, argument)
        return nodes.member_call(machine, expr, base)
    record = base.type.name if base.type.kind == "record" else None
    function = machine.summaries.resolve(expr, machine.call_stack[-1], record, base.type.const) if record else None
    if function is None:
        return unknown_call(machine, expr, machine.text(callee), declared=record is not None, record=record)
    return user_call(machine, expr, function, base)


def callee_is_element(expr: ir.Call) -> bool:
    return expr.name.rsplit("::", 1)[-1] in ("at", "operator[]", "front", "back", "operator*")


def _object_location(machine: Machine, callee: ir.Member) -> Location:
    if callee.arrow:
        value = machine.rvalue(machine, callee.base)
        return value if isinstance(value, Location) else Location(machine.unknown_object(machine.text(callee.base)))
    base = machine.lvalue(machine, callee.base)
    return dereferenced(machine, callee.base, base) if base.type.kind == "reference" else base


def subscript_operator(machine: Machine, expr: ir.Index) -> Location | None:
    """`x[i]` where x is an object of a class whose operator[] is in sight; None for everything else."""
    if not machine.is_cpp or not machine.summaries.has_subscript_operators:
        return None
    base = expr.base
    if not isinstance(base, ir.Name | ir.Member | ir.Index | ir.Unary):
        return None
    with machine.silent():
        location = machine.lvalue(machine, base)
    type = location.type
    if type.kind == "reference" and type.inner is not None:
        type = type.inner
    if type.kind != "record" or containers.is_container(type):
        return None
    named = ir.Call(expr.start, expr.end, base, "operator[]", (expr.subscript,))
    function = machine.summaries.resolve(named, machine.call_stack[-1], type.name, type.const)
    if function is None:
        return None
    this = machine.lvalue(machine, base)
    value = user_call(
        machine, named, function, dereferenced(machine, base, this) if this.type.kind == "reference" else this
    )
    return value.location if isinstance(value, Referred) else Location(machine.unknown_object(machine.text(expr)))


def _object_call(machine: Machine, expr: ir.Call, callee: ir.Name) -> Value | Referred:
    """`f(x)` where f is an object: its operator() if that is in sight."""
    location = machine.lvalue(machine, callee)
    if location.type.kind == "record" and not location.type.name.startswith("std::"):
        named = ir.Call(expr.start, expr.end, callee, "operator()", expr.arguments)
        function = machine.summaries.resolve(named, machine.call_stack[-1], location.type.name, location.type.const)
        if function is not None:
            return user_call(machine, expr, function, location)
    return unknown_call(machine, expr, machine.text(callee))


def _lambda_call(machine: Machine, expr: ir.Call, called: ir.Lambda) -> Value | Referred:
    """A lambda that is handed to itself calls itself."""
    if may_follow(machine, called.function):
        return follow(machine, expr, called.function, expr.arguments, None)
    with in_doubt(machine):
        touch_captured(machine, expr, called)
    return unknown_call(machine, expr, expr.name or machine.text(expr.callee))

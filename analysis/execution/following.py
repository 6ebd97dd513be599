"""Calls of functions in sight: their bodies are executed here, or summarised where that would go too far."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import Polynomial
from .allocation import allocate
from .exceptions import ended_by_noexcept
from .havoc import forget_addressed, forget_everything, forget_variables, in_doubt
from .machine import Frame, Machine
from .unseen import touch_pointees, unknown_call
from .unsigned import converted
from .values import Location, Referred, Value

_MAX_CALL_DEPTH = 8
_MOST_FOLLOWED = 1_500  # calls in one execution


def user_call(machine: Machine, expr: ir.Call, function: ir.Function, this: Location | None) -> Value | Referred:
    copied = machine.summaries.copies_unseen(function) if machine.is_cpp else None
    copied = copied or _converted_unseen(machine, expr, function)
    if copied is not None:
        machine.record_effect("unknown call", copied, expr)
        forget_everything(machine)
    if machine.depth and may_follow(machine, function) and not machine.summaries.calls_itself(function):
        return follow(machine, expr, function, expr.arguments, this)
    return _summarised_call(machine, expr, function, this)


def may_follow(machine: Machine, function: ir.Function) -> bool:
    return (
        not machine.exhausted
        and machine.followed < _MOST_FOLLOWED
        and not any(active is function for active in machine.call_stack)
        and len(machine.call_stack) < _MAX_CALL_DEPTH
        and not function.in_error
        and not function.has_goto
    )


def follow(
    machine: Machine, expr: ir.Call, function: ir.Function, arguments: tuple[ir.Expr, ...], this: Location | None
) -> Value | Referred:
    """Execute the callee's body here, its parameters bound to the arguments."""
    if function.body is None or len(arguments) < len(function.parameters):
        return unknown_call(machine, expr, expr.name)
    bound: list[tuple[ir.Symbol, Value]] = []
    for position, (symbol, argument) in enumerate(zip(function.parameters, arguments, strict=False)):
        if symbol.type.kind == "reference":
            bound.append((symbol, _referred(machine, function, position, argument)))
        else:
            value = converted(machine, machine.rvalue(machine, argument), argument, symbol.type)
            bound.append((symbol, value))
    return follow_bound(machine, expr, function, bound, this)


def _referred(machine: Machine, function: ir.Function, position: int, argument: ir.Expr) -> Location:
    """What a reference parameter is bound to, which the function may keep."""
    location = machine.lvalue(machine, argument)
    symbol = location.object.symbol
    if symbol is not None and location.object.kind == "variable" and machine.summaries.keeps(function, position):
        machine.trace.bound.add(symbol)
    return location


def follow_bound(
    machine: Machine,
    expr: ir.Call,
    function: ir.Function,
    bound: Sequence[tuple[ir.Symbol, Value]],
    this: Location | None,
) -> Value | Referred:
    assert function.body is not None
    machine.followed += 1
    outer_via, machine.via = machine.via, machine.via or expr
    for symbol, value in bound:
        machine.declare(symbol)
        kept = value if symbol.type.kind == "reference" else machine.coerced(value, symbol.type, symbol.name)
        machine.env[symbol] = kept
        if isinstance(value, ir.Lambda):
            machine.lambdas[symbol] = value
    if function.this is not None and this is not None:
        machine.env[function.this] = this
    machine.trace.followed[id(function)] = function
    frame = Frame(function=function, loop_depth=machine.depth)
    machine.call_stack = (*machine.call_stack, function)
    machine.frames.append(frame)
    tries = machine.tries
    if "noexcept" in function.attributes:
        machine.tries = (*tries, ended_by_noexcept(machine.depth))
    try:
        with machine.restored():  # what follows an early `return` happens under its condition, up to the call's end
            falls = machine.execute(machine, function.body)
    finally:
        machine.tries = tries
        machine.frames.pop()
        machine.call_stack = machine.call_stack[:-1]
        machine.via = outer_via
    values = frame.returned
    for env in frame.environments:
        machine.merge(env)
    if values and all(value == values[0] for value in values) and not (falls and function.result.kind != "void"):
        value = values[0]
        if isinstance(value, Polynomial):
            return machine.coerced(value, function.result, machine.text(expr))
        return Referred(value) if function.result.kind == "reference" and isinstance(value, Location) else value
    if function.result.kind in ("int", "bool"):
        return machine.opaque(machine.text(expr), unsigned=function.result.unsigned)
    if machine.summaries.returns_fresh(function):
        return allocate(machine, expr, function.result.inner or UNKNOWN)
    if function.result.kind in ("pointer", "reference"):
        target = Location(machine.unknown_object(machine.text(expr)), "", (), (), function.result.inner or UNKNOWN)
        return Referred(target) if function.result.kind == "reference" else target
    return None


def _summarised_call(machine: Machine, expr: ir.Call, function: ir.Function, this: Location | None) -> Value:
    """The callee is in sight but not followed: forget what it may write, record what it may touch."""
    effects = machine.summaries.of_function(function)
    values: list[Value] = [this] if this is not None else []
    values += [machine.rvalue(machine, argument) for argument in expr.arguments]
    for position, (argument, parameter) in enumerate(zip(expr.arguments, function.parameters, strict=False)):
        if parameter.type.kind == "reference":
            values.append(_referred(machine, function, position, argument))
    with in_doubt(machine):
        touch_pointees(machine, expr, values, writes=effects.memory)
    for kind in sorted(effects.kinds & {"io", "state", "lock", "reads anything", "thread query"}):
        machine.record_effect(kind, expr.name, expr)
    if "exits" in effects.kinds:
        machine.record_effect("may exit", expr.name, expr)
    if "throws" in effects.kinds:
        machine.record_throw(expr, "call")
    if effects.unknown:
        machine.record_effect("unknown call", expr.name, expr, effects.unknown_name)
        forget_everything(machine)
    elif not machine.summaries.is_confined(function):
        machine.record_effect("not followed", expr.name, expr)
        forget_everything(machine)
    else:
        for symbol in sorted(effects.globals_written, key=lambda s: s.start):
            location = Location(machine.object_of(symbol), "", (), (), symbol.type)
            with in_doubt(machine):
                machine.record_access(expr, location, False)
                machine.record_access(expr, location, True)
        forget_variables(machine, effects.globals_written)
        if effects.memory or effects.globals_written:
            machine.havoc_memory()
            forget_addressed(machine)
    if machine.summaries.returns_fresh(function):
        return allocate(machine, expr, function.result.inner or UNKNOWN)
    return _result(machine, expr, function)


def _result(machine: Machine, expr: ir.Call, function: ir.Function) -> Value:
    if function.result.kind in ("int", "bool", "unknown"):
        return machine.opaque(machine.text(expr), unsigned=function.result.unsigned)
    return None


def _converted_unseen(machine: Machine, expr: ir.Call, function: ir.Function) -> str | None:
    """A class that an argument or the result is converted to by a constructor which does something."""
    if not machine.is_cpp:
        return None
    for parameter, argument in zip(function.parameters, expr.arguments, strict=False):
        if machine.summaries.converts_unseen(parameter.type) and not _is_of_class(machine, argument, parameter.type):
            return parameter.type.name or (parameter.type.inner.name if parameter.type.inner else "")
    return function.result.name if machine.summaries.converts_unseen(function.result) else None


def _is_of_class(machine: Machine, argument: ir.Expr, type: Type) -> bool:
    if not isinstance(argument, ir.Name | ir.Index | ir.Member):
        return False
    with machine.silent():
        given = machine.lvalue(machine, argument).type
    plain = [each.inner if each.kind == "reference" and each.inner is not None else each for each in (given, type)]
    return plain[0].name == plain[1].name

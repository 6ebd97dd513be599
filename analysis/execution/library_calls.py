"""Calls of library functions, with the effects that the table gives them."""

from __future__ import annotations

from ..ir import tree as ir
from ..symbolic.polynomial import Polynomial
from . import library
from .algorithm_table import is_algorithm, is_function_object
from .algorithms import Unknown, run_algorithm
from .allocation import allocate, release
from .following import follow_bound
from .havoc import forget_addressed
from .machine import Machine
from .memory import dereferenced, load, store
from .transfers import transfer
from .unseen import touch_pointees, unknown_call
from .values import Location, Value
from .variadic import variadic_call


def library_call(machine: Machine, expr: ir.Call) -> Value:
    if machine.is_cpp and is_algorithm(expr):
        return _algorithm(machine, expr)
    effect = library.effect_of(expr.name, machine.using_std)
    if effect is None:
        if (declared := machine.summaries.declared_effect(expr.name)) is not None:
            values = [machine.rvalue(machine, argument) for argument in expr.arguments]
            if declared == "reads":
                touch_pointees(machine, expr, values, writes=False)
                machine.record_effect("reads anything", expr.name, expr)
            return machine.opaque(machine.text(expr))
        return unknown_call(machine, expr, expr.name or machine.text(expr.callee), declared=bool(expr.name))
    if effect == "swap" and len(expr.arguments) == 2:
        return _swap(machine, expr)
    if effect == "variadic":
        return variadic_call(machine, expr)
    operation = library.min_max_of(expr.name)
    values = [machine.rvalue(machine, argument) for argument in expr.arguments]
    if operation is not None and len(values) == 2:
        left, right = values
        if isinstance(left, Polynomial) and isinstance(right, Polynomial):
            return machine.derived(machine.text(expr), operation, left, right)
        return None
    if effect == "pure":
        if library.asks_thread(expr.name):
            machine.record_effect("thread query", expr.name, expr)
        bare = expr.name.rsplit("::", 1)[-1]
        if bare in ("move", "forward") and len(values) == 1:
            _move_from(machine, expr)
        if bare in ("move", "forward", "as_const", "__builtin_expect") and values:
            return values[0]
        return machine.opaque(machine.text(expr)) if not library.is_float_function(bare) else None
    if effect == "allocates":
        touch_pointees(machine, expr, [v for v in values if expr.name.endswith("realloc")], writes=True)
        return allocate(machine, expr)
    if effect == "frees":
        for value in values[:1]:
            release(machine, expr, value)
        return None
    if effect == "exits":
        machine.record_exit("long jump" if expr.name.endswith("longjmp") else "exit call", expr, machine.loops)
        machine.record_effect("may exit", expr.name, expr)
        return None
    if effect in ("io", "state", "lock"):
        reads_in = expr.name.endswith(("scanf", "fread", "fgets", "read", "getline", "sprintf"))
        touch_pointees(machine, expr, values, writes=reads_in)
        lock = values[0] if effect == "lock" and values and isinstance(values[0], Location) else None
        machine.record_effect(effect, expr.name, expr, lock=lock)
        if reads_in:
            forget_addressed(machine)
        return machine.opaque(machine.text(expr))
    if effect == "writes out":
        out = library.out_arguments(expr.name)
        rest = [None if position in out else value for position, value in enumerate(values)]
        touch_pointees(machine, expr, rest, writes=True, only=library.kept_arguments(expr.name))
        for position in out:
            _hand_out(machine, expr, values[position] if position < len(values) else None)
        return machine.opaque(machine.text(expr))
    if effect == "updates":
        if values and isinstance(values[0], Location):
            machine.record_access(expr, values[0], False)
            _hand_out(machine, expr, values[0])
        return machine.opaque(machine.text(expr))
    if library.may_throw(expr.name):
        if len(values) > 1:  # a place for where the number ends
            return unknown_call(machine, expr, expr.name, values)
        machine.record_throw(expr, "call")
    if transfer(machine, expr, values):
        return values[0]
    if values and isinstance(first := values[0], Location):
        reads, writes = library.first_element(expr.name)
        if reads:
            machine.record_access(expr, first, False)
        if writes:
            machine.record_access(expr, first, True)
    touch_pointees(machine, expr, values, writes=effect == "writes first", only=(0,))
    return values[0] if effect == "writes first" and values else machine.opaque(machine.text(expr))


def _algorithm(machine: Machine, expr: ir.Call) -> Value:
    values = [
        None if is_function_object(machine.text(argument)) else machine.rvalue(machine, argument)
        for argument in expr.arguments
    ]
    try:
        return run_algorithm(machine, expr, values, follow_bound)
    except Unknown:
        return unknown_call(machine, expr, expr.name, values)


def _hand_out(machine: Machine, expr: ir.Call, value: Value) -> None:
    """The function writes the one object that its argument points to, whole."""
    if isinstance(value, Location):
        machine.record_access(expr, value, True)
        machine.note_write(value)
        if value.object.symbol is not None and value.object.kind == "variable":
            machine.forget(value.object.symbol)


def _move_from(machine: Machine, expr: ir.Call) -> None:
    """What is made of an object by std::move, or assigned from it, may leave nothing in it."""
    source = expr.arguments[0]
    location = machine.lvalue(machine, source)
    if location.type.kind == "reference":
        location = dereferenced(machine, source, location)
    if location.type.kind not in ("int", "bool", "float", "complex", "pointer"):
        store(machine, source, location, None)


def _swap(machine: Machine, expr: ir.Call) -> Value:
    left, right = (machine.lvalue(machine, argument) for argument in expr.arguments)
    first = load(machine, expr.arguments[0], left)
    second = load(machine, expr.arguments[1], right)
    store(machine, expr.arguments[0], left, second)
    store(machine, expr.arguments[1], right, first)
    return None

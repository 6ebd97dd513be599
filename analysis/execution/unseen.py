"""Calls of what is not in sight: they may touch, write and keep whatever they can reach."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.walk import root_symbol
from .havoc import forget_everything, in_doubt
from .machine import Machine
from .values import Location, Value


def unknown_call(
    machine: Machine,
    expr: ir.Call,
    name: str,
    values: list[Value] | None = None,
    declared: bool = False,
    record: str | None = None,
) -> Value:
    """`values`: those of the arguments, where they have been evaluated; empty where nothing is passed on.

    `declared` says that what is called can only be a function of that name, a member of `record` or of no class, whose
    declaration tells what it takes by value.
    """
    if values is None:
        values = [machine.rvalue(machine, argument) for argument in expr.arguments]
    touched = list(values)
    for position, argument in enumerate(expr.arguments if values and machine.is_cpp else ()):
        symbol = root_symbol(argument) if isinstance(argument, ir.Name | ir.Index | ir.Member) else None
        if symbol is not None and not (declared and machine.summaries.takes_by_value(expr.name, record, position)):
            touched.append(machine.lvalue(machine, argument))  # it may be taken by reference
    with in_doubt(machine):
        touch_pointees(machine, expr, touched, writes=True)
        for value in values:
            if isinstance(value, ir.Lambda):
                touch_captured(machine, expr, value)
    machine.record_effect("unknown call", name, expr)
    forget_everything(machine)
    return machine.opaque(machine.text(expr))


def touch_pointees(
    machine: Machine, expr: ir.Call, values: list[Value], writes: bool, only: tuple[int, ...] | None = None
) -> None:
    """The callee reads what the pointers among `values` point to, and writes it (where `only`: through those)."""
    for position, value in enumerate(values):
        if not isinstance(value, Location):
            continue
        touched = Location(
            value.object,
            value.path,
            (*value.subscripts[:-1], None) if value.subscripts else (),
            value.extents,
            value.type,
            True,
        )
        machine.record_access(expr, touched, False)
        if writes and (only is None or position in only):
            machine.record_access(expr, touched, True)
            machine.note_write(touched)
            if value.object.symbol is not None and value.object.kind == "variable":
                machine.forget(value.object.symbol)


def touch_captured(machine: Machine, expr: ir.Call, passed: ir.Lambda) -> None:
    """Code out of sight may call the lambda, which then changes variables that stand outside of it."""
    function = passed.function
    if function.body is None:
        return
    own = {*function.parameters, *function.locals}
    for symbol in sorted(machine.summaries.modified(function.body).names - own, key=lambda each: each.start):
        location = Location(machine.object_of(symbol), "", (), (), symbol.type)
        machine.record_access(expr, location, False)
        machine.record_access(expr, location, True)
        machine.forget(symbol)

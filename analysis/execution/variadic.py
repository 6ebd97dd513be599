"""The macros of <stdarg.h>, which go through a function's further arguments one after the other (C17 §7.16)."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import UNKNOWN
from .machine import Machine
from .memory import dereferenced, store
from .values import Location, Value


def variadic_call(machine: Machine, expr: ir.Call) -> Value:
    """`va_arg` takes the next argument and moves on: it reads the list and sets it."""
    if expr.name == "va_end":
        return None
    first, *rest = expr.arguments or (None,)
    if first is None:
        return None
    if expr.name == "va_copy":
        for source in rest:
            machine.record_access(source, _list(machine, source), False)
    place = _list(machine, first)
    if expr.name == "__builtin_va_arg":
        machine.record_access(first, place, False)
    store(machine, first, place, None)
    return _taken(machine, expr) if expr.name == "__builtin_va_arg" else None


def _list(machine: Machine, argument: ir.Expr) -> Location:
    place = machine.lvalue(machine, argument)
    return dereferenced(machine, argument, place) if place.type.kind == "reference" else place


def _taken(machine: Machine, expr: ir.Call) -> Value:
    """The argument, of the type that the macro's second operand names."""
    named = expr.arguments[-1]
    type = named.type if isinstance(named, ir.Cast) else UNKNOWN
    if type.kind in ("int", "bool"):
        return machine.opaque(machine.text(expr), unsigned=type.unsigned)
    if type.kind == "pointer":
        return Location(machine.unknown_object(machine.text(expr)), "", (), (), type.inner or UNKNOWN)
    return None

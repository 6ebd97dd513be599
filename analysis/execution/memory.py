"""Loads and stores: what is at a location, and what becomes of it."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import ZERO, Polynomial, modulo
from . import containers
from .machine import Machine
from .values import Location, Value


def load(machine: Machine, expr: ir.Expr, location: Location) -> Value:
    """What is stored at `location`, as an rvalue: arrays decay, references are followed, reads are recorded."""
    type = location.type
    if type.kind == "array":
        return location.decayed(extent_of(machine, type))
    if type.kind == "function":
        return None
    if type.kind == "record" and containers.is_container(type):
        containers.read_whole(machine, expr, location)
        return location
    machine.record_access(expr, location, False)
    key = machine.key_of(location)
    if key is not None:
        value = machine.read_variable(key, type)
        return _as_seen(machine, expr, location, value) if location.path else value
    if type.kind == "pointer":
        return loaded_pointer(machine, expr, location)
    if type.kind in ("int", "bool", "unknown", "auto"):
        return machine.load(location, machine.text(expr))
    return None


def _as_seen(machine: Machine, expr: ir.Expr, location: Location, value: Value) -> Value:
    """Through another member of a union, or another type, the bytes mean another number."""
    if location.path.endswith("?") and isinstance(value, Polynomial):
        return machine.opaque(machine.text(expr), unsigned=location.type.unsigned)
    return value


def loaded_pointer(machine: Machine, expr: ir.Expr, location: Location) -> Location:
    """The pointer stored at `location`: a family of objects told apart by the location's subscripts."""
    inner = location.type.inner or UNKNOWN
    if location.object.kind == "unknown" or any(subscript is None for subscript in location.subscripts):
        return Location(machine.unknown_object(machine.text(expr)), "", (ZERO,), (None,), inner)
    family = machine.family(
        "rows" if location.subscripts else "pointee", location, inner, machine.name_of(expr, location)
    )
    return Location(family, "", (*location.subscripts, ZERO), (None,) * (len(location.subscripts) + 1), inner)


def extent_of(machine: Machine, type: Type) -> Polynomial | None:
    """The number of elements of an array type, where the text tells it."""
    if type.extent is None:
        return None
    if isinstance(type.extent, ir.Const):
        value = machine.rvalue(machine, type.extent)
        return value if isinstance(value, Polynomial) else None
    with machine.silent():
        value = machine.rvalue(machine, type.extent)
    return modulo(value) if isinstance(value, Polynomial) else None


def store(machine: Machine, expr: ir.Expr, location: Location, value: Value) -> None:
    """Record a write of `value` to `location`."""
    machine.record_access(expr, location, True)
    if location.type.kind == "record" and containers.is_container(location.type):
        containers.write_whole(machine, expr, location)
    key = machine.key_of(location)
    if key is not None:
        if isinstance(key, ir.Symbol) and location.type.kind == "record":
            machine.forget(key)
        machine.assign_variable(key, value, location.type, _name(location))
        return
    symbol = location.object.symbol
    if location.object.kind == "variable" and symbol is not None and symbol.type.kind != "array":
        machine.forget(symbol)
    machine.note_write(location)
    if location.object.kind != "variable":
        forget_reachable(machine, location)


def forget_reachable(machine: Machine, location: Location) -> None:
    """A write through a pointer may change any variable whose address is known and whose type fits."""
    for key in list(machine.env):
        symbol = key[0] if isinstance(key, tuple) else key
        if symbol.address_taken and symbol.type.kind in (location.type.kind, "record", "unknown", "auto"):
            name = symbol.name + (key[1] if isinstance(key, tuple) else "")
            machine.env[key] = (
                machine.opaque(name, unsigned=symbol.type.unsigned)
                if isinstance(machine.env[key], Polynomial)
                else None
            )


def _name(location: Location) -> str:
    return location.object.name + location.path.replace("[]", "")


def dereferenced(machine: Machine, expr: ir.Expr, location: Location) -> Location:
    """What a reference variable refers to."""
    inner = location.type.inner or UNKNOWN
    symbol = location.object.symbol
    if symbol is None or location.path:
        return Location(machine.unknown_object(machine.text(expr)), "", (), (), inner)
    bound = machine.env.get(symbol)
    if isinstance(bound, Location):
        return bound
    return Location(machine.pointee(symbol), "", (), (), inner)

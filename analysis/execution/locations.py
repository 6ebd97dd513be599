"""Where the memory is that an expression names: lvalues (C17 6.3.2.1)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Record
from ..symbolic.polynomial import ZERO, Polynomial
from . import containers, nodes
from .machine import Machine
from .memory import dereferenced, load, loaded_pointer
from .values import Location, Referred, Value


def lvalue(machine: Machine, expr: ir.Expr) -> Location:
    """The location that `expr` names; what is read on the way (pointers, subscripts) is recorded."""
    handler = _LVALUE.get(type(expr))
    if handler is not None:
        return handler(machine, expr)
    value = machine.rvalue(machine, expr)
    if isinstance(value, Location):
        return value
    return Location(machine.unknown_object(machine.text(expr)))


def name_location(machine: Machine, expr: ir.Name) -> Location:
    symbol = expr.symbol
    location = machine.location_of(symbol)
    return dereferenced(machine, expr, location) if symbol.type.kind == "reference" else location


def _index_location(machine: Machine, expr: ir.Index) -> Location:
    element = machine.subscript_operator(machine, expr)
    if element is not None:
        return element
    if isinstance(expr.base, ir.Name) and containers.has_packed_elements(expr.base.symbol.type):
        return _packed_location(machine, expr, expr.base)
    base, is_pointer = _subscripted(machine, expr.base)
    subscript = machine.rvalue(machine, expr.subscript)
    if isinstance(base, Referred):
        return nodes.map_element(machine, expr, base.location)
    if not isinstance(base, Location) and isinstance(subscript, Location):
        base, subscript = subscript, base  # 3[a]
    offset = subscript if isinstance(subscript, Polynomial) else None
    if offset is None and subscript is None:
        offset = machine.opaque(machine.text(expr.subscript))
    if isinstance(base, Location):
        if not is_pointer and containers.is_container(base.type):
            element = containers.element(machine, expr, base, offset)
            return loaded_pointer(machine, expr, element) if element.type.kind == "reference" else element
        return base.advanced(offset)
    if isinstance(expr.base, ir.Name) and not machine.is_cpp and expr.base.symbol.type.kind == "unknown":
        # Declared in a header that is not in sight: in C, what is subscripted is an array or a pointer.
        return Location(machine.pointee(expr.base.symbol), "", (offset,), (None,), UNKNOWN)
    return Location(machine.unknown_object(machine.text(expr.base)), "", (offset,), (None,), UNKNOWN)


def _subscripted(machine: Machine, expr: ir.Expr) -> tuple[Value | Referred, bool]:
    """The value of what a subscript follows: of a container itself, without reading all of it, and a map as such.

    And whether a location is where a pointer leads, as of a pointer to containers, which lie there one after another.
    """
    if not machine.is_cpp or not isinstance(expr, ir.Name | ir.Index | ir.Member | ir.Unary):
        return machine.rvalue(machine, expr), isinstance(expr, ir.Binary)
    if isinstance(expr, ir.Unary) and expr.op != "*":
        return machine.rvalue(machine, expr), expr.op == "&"
    if isinstance(expr, ir.Name) and (expr.symbol in machine.lambdas or expr.symbol.type.kind == "function"):
        return machine.rvalue(machine, expr), False
    location = machine.lvalue(machine, expr)
    if location.type.kind == "reference":
        location = dereferenced(machine, expr, location)
    if location.type.kind == "record" and containers.is_container(location.type):
        return location, False
    if location.type.kind == "record" and nodes.is_map(location.type):
        return Referred(location), False
    return load(machine, expr, location), True


def _packed_location(machine: Machine, expr: ir.Index, base: ir.Name) -> Location:
    """An element of a `std::vector<bool>`, which shares its bytes with others: it may be the same memory as any."""
    machine.rvalue(machine, expr.subscript)
    whole = machine.lvalue(machine, base)
    whole = dereferenced(machine, base, whole) if whole.type.kind == "reference" else whole
    subscripts, extents = (*whole.subscripts, None), (*whole.extents, None)
    return Location(whole.object, whole.path, subscripts, extents, whole.type.arguments[0])


def _deref_location(machine: Machine, expr: ir.Unary) -> Location:
    value = machine.rvalue(machine, expr.operand)
    if isinstance(value, Location):
        return value
    return Location(machine.unknown_object(machine.text(expr.operand)), "", (ZERO,), (None,), UNKNOWN)


def _unary_location(machine: Machine, expr: ir.Unary) -> Location:
    if expr.op == "*":
        return _deref_location(machine, expr)
    return Location(machine.unknown_object(machine.text(expr)))


def _member_location(machine: Machine, expr: ir.Member) -> Location:
    if expr.arrow:
        value = machine.rvalue(machine, expr.base)
        base = value if isinstance(value, Location) else Location(machine.unknown_object(machine.text(expr.base)))
        if containers.is_container(base.type):  # unique_ptr's operator->
            base = containers.element(machine, expr, base, ZERO)
    else:
        base = machine.lvalue(machine, expr.base)
        if base.type.kind == "reference":
            base = dereferenced(machine, expr.base, base)
    record = machine.unit.records.get(base.type.name) if base.type.kind in ("record", "unknown") else None
    field = record.fields.get(expr.name) if record is not None else None
    packed = record is not None and field is not None and field.is_bits and _shares_bytes(record)
    within = field is not None and field.in_union
    if base.type.is_union or (record is not None and record.is_union) or packed or within:
        return Location(base.object, f"{base.path}?", base.subscripts, base.extents, field.type if field else UNKNOWN)
    type = field.type if field is not None else UNKNOWN
    if field is not None and field.is_bits:  # as narrow as can be: what is stored there is cut off
        type = msgspec.structs.replace(type, size=1)
    location = base.field(expr.name, type)
    if location.type.kind == "reference":
        if location.subscripts:  # like pointers in an array: several may lead to one object
            return loaded_pointer(machine, expr, location)
        family = machine.family("pointee", location, location.type.inner or UNKNOWN, machine.name_of(expr, location))
        return Location(family, "", location.subscripts, location.extents, location.type.inner or UNKNOWN)
    return location


def _shares_bytes(record: Record) -> bool:
    """Whether the structure has more than one bit-field: writing one of them may write its neighbours again."""
    return sum(field.is_bits for field in record.fields.values()) > 1


def _assign_location(machine: Machine, expr: ir.Assign) -> Location:
    machine.rvalue(machine, expr)
    with machine.silent():
        return machine.lvalue(machine, expr.target)


def _incdec_location(machine: Machine, expr: ir.IncDec) -> Location:
    machine.rvalue(machine, expr)
    with machine.silent():
        return machine.lvalue(machine, expr.target)


def _cast_location(machine: Machine, expr: ir.Cast) -> Location:
    location = machine.lvalue(machine, expr.operand)
    if expr.checked and expr.type.kind == "reference":
        machine.record_throw(expr, "cast")
    return Location(location.object, location.path, location.subscripts, location.extents, location.type, location.flat)


def _comma_location(machine: Machine, expr: ir.Binary) -> Location:
    if expr.op == ",":
        machine.rvalue(machine, expr.left)
        return machine.lvalue(machine, expr.right)
    value = machine.rvalue(machine, expr)
    return value if isinstance(value, Location) else Location(machine.unknown_object(machine.text(expr)))


def _call_location(machine: Machine, expr: ir.Call) -> Location:
    value = machine.call(machine, expr)
    if isinstance(value, Referred):
        return value.location
    if isinstance(value, Location):
        return value
    return Location(machine.unknown_object(machine.text(expr)))


_LVALUE: dict[type, Callable[..., Location]] = {
    ir.Name: name_location,
    ir.Index: _index_location,
    ir.Unary: _unary_location,
    ir.Member: _member_location,
    ir.Assign: _assign_location,
    ir.IncDec: _incdec_location,
    ir.Cast: _cast_location,
    ir.Binary: _comma_location,
    ir.Call: _call_location,
}

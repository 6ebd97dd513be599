"""Functions of C that read or write a run of memory whose length the call tells: memcpy, memset, …"""

from __future__ import annotations

import msgspec

from ..ir import tree as ir
from ..symbolic.polynomial import Polynomial
from .machine import Machine
from .runs import SCALARS, first_element, touch
from .values import Location, Value


class _Shape(msgspec.Struct, frozen=True):
    """Positions of arguments: where what is written and read begins, and how many bytes it is."""

    written: int
    bytes: int
    read: int | None = None


_SHAPES = {
    "memcpy": _Shape(0, 2, read=1),
    "memmove": _Shape(0, 2, read=1),
    "memset": _Shape(0, 2),
    "bzero": _Shape(0, 1),
}


def transfer(machine: Machine, expr: ir.Call, values: list[Value]) -> bool:
    """Records what the call reads and writes, given the values of its arguments. False where it is none of these
    functions, or the length or what lies there is not known."""
    shape = _SHAPES.get(expr.name.rsplit("::", 1)[-1])
    if shape is None or len(values) <= shape.bytes:
        return False
    touched = [(shape.written, True)] if shape.read is None else [(shape.read, False), (shape.written, True)]
    found: list[tuple[Location, Polynomial, bool]] = []
    for position, is_write in touched:
        location = first_element(machine, values[position])
        if location is None or not location.subscripts or location.type.kind not in SCALARS:
            return False
        count = _count(values[shape.bytes], location)
        if count is None:
            return False
        found.append((location, count, is_write))
    for location, count, is_write in found:
        touch(machine, expr, location, count, is_write)
    return True


def _count(bytes: Value, location: Location) -> Polynomial | None:
    """How many elements like the one at `location` there are."""
    element = 8 if location.type.kind == "pointer" else location.type.size
    if not isinstance(bytes, Polynomial) or not element:
        return None
    if any(coefficient % element for coefficient in bytes.terms.values()):
        return None
    return Polynomial({monomial: coefficient // element for monomial, coefficient in bytes.terms.items()})

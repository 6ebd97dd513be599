"""Library functions that read or write a run of elements whose length the call tells: memcpy, memset, std::fill, …

To the rest of the analysis such a call is a loop over the elements, in no particular order.
"""

from __future__ import annotations

import msgspec

from ..dependence.problem import LoopDomain
from ..ir import tree as ir
from ..symbolic.polynomial import ONE, Constraint, Polynomial, Term, of_term
from .arithmetic import pointer_difference
from .expressions import extent_of
from .machine import Machine
from .values import Location, Value

_SCALARS = ("int", "float", "complex", "bool", "pointer")


class _Shape(msgspec.Struct, frozen=True):
    """Positions of arguments: where what is written and read begins, and what says how much it is."""

    written: int
    read: int | None = None
    bytes: int | None = None
    count: int | None = None
    end: int | None = None  # one past the last that is read, or written where nothing is read


_SHAPES = {
    "memcpy": _Shape(0, read=1, bytes=2),
    "memmove": _Shape(0, read=1, bytes=2),
    "memset": _Shape(0, bytes=2),
    "bzero": _Shape(0, bytes=1),
}
_STD_SHAPES = {
    "fill": _Shape(0, end=1),
    "fill_n": _Shape(0, count=1),
    "copy": _Shape(2, read=0, end=1),
    "copy_n": _Shape(2, read=0, count=1),
}


def transfer(machine: Machine, expr: ir.Call, values: list[Value]) -> bool:
    """Records what the call reads and writes, given the values of its arguments. False where it is none of these
    functions, or the length or what lies there is not known."""
    shape = _shape_of(expr.name, machine.using_std)
    if shape is None or any(at is not None and at >= len(values) for at in msgspec.structs.astuple(shape)):
        return False
    touched = [(shape.written, True)] if shape.read is None else [(shape.read, False), (shape.written, True)]
    found: list[tuple[Location, Polynomial, bool]] = []
    for position, is_write in touched:
        location = values[position]
        if not isinstance(location, Location):
            return False
        while location.type.kind == "array":
            location = location.decayed(extent_of(machine, location.type))
        count = _count(shape, values, location)
        if count is None or not location.subscripts or location.type.kind not in _SCALARS:
            return False
        found.append((location, count, is_write))
    for location, count, is_write in found:
        _touch(machine, expr, location, count, is_write)
    return True


def is_transfer(name: str, using_std: bool) -> bool:
    return _shape_of(name, using_std) is not None


def _shape_of(name: str, using_std: bool) -> _Shape | None:
    bare = name.rsplit("::", 1)[-1]
    qualified = name.startswith(("std::", "::std::"))
    return _SHAPES.get(bare) or (_STD_SHAPES.get(bare) if qualified or using_std else None)


def _count(shape: _Shape, values: list[Value], location: Location) -> Polynomial | None:
    """How many elements like the one at `location` there are."""
    if shape.bytes is not None:
        size, element = values[shape.bytes], location.type.size
        if location.type.kind == "pointer":
            element = 8
        if not isinstance(size, Polynomial) or not element:
            return None
        if any(coefficient % element for coefficient in size.terms.values()):
            return None
        return Polynomial({monomial: coefficient // element for monomial, coefficient in size.terms.items()})
    if shape.count is not None:
        count = values[shape.count]
        return count if isinstance(count, Polynomial) else None
    assert shape.end is not None
    first, last = values[shape.written if shape.read is None else shape.read], values[shape.end]
    if not isinstance(first, Location) or not isinstance(last, Location):
        return None
    return pointer_difference(last, first)


def _touch(machine: Machine, expr: ir.Call, location: Location, count: Polynomial, is_write: bool) -> None:
    counter = Term("element", "counter", machine.depth + 1, low=0)
    domain = LoopDomain(counter, (Constraint(count - ONE - of_term(counter), ">="),), "element")
    domains, machine.domains = machine.domains, (*machine.domains, domain)
    element = location.arithmetic(of_term(counter))
    try:
        machine.record_access(expr, element, is_write)
    finally:
        machine.domains = domains
    if is_write:
        machine.note_write(element)
        if location.object.symbol is not None and location.object.kind == "variable":
            machine.forget(location.object.symbol)

"""Fresh objects, and their end."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import ZERO
from .machine import Machine
from .values import Location, Object, Value


def allocate(machine: Machine, node: ir.Expr, type: Type = UNKNOWN) -> Location:
    """A new object that nothing else points to."""
    at = machine.via or node
    name = f"{machine.text(at)}"
    created = Object(kind="allocation", name=name, type=type, born=machine.tick(), site=id(node))
    return Location(created, "", (ZERO,), (None,), type)


def release(machine: Machine, node: ir.Expr, value: Value) -> None:
    """free and delete: the object is gone, which counts as a write of all of it."""
    if isinstance(value, Location):
        machine.record_access(
            node, Location(value.object, value.path, (None,) * len(value.subscripts), value.extents), True
        )
    else:
        machine.record_effect("unknown call", "free", node)

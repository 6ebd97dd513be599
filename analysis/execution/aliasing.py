"""Whether two objects can be the same memory."""

from __future__ import annotations

from typing import Literal

from ..ir.types import Type
from .values import Object, meet

# "assumed": nothing in the text says that they are distinct, but they are distinct objects by name, and a user would
# expect so: an assumption that can be shown. "unknown": could well be the same.
Relation = Literal["same", "distinct", "assumed", "unknown"]


def relation(left: Object, right: Object) -> Relation:
    if left is right:
        return "same"
    if left.distinct_group is not None and left.distinct_group == right.distinct_group:
        return "distinct"
    if _owns(left, right) or _owns(right, left):
        return "distinct"
    if left.kind == "unknown" or right.kind == "unknown":
        other = right if left.kind == "unknown" else left
        return "distinct" if _is_private_variable(other) else "unknown"
    if left.kind == "variable" and right.kind == "variable":
        return "distinct"
    if "allocation" in (left.kind, right.kind):
        return _with_allocation(left, right)
    if "variable" in (left.kind, right.kind):
        variable, other = (left, right) if left.kind == "variable" else (right, left)
        return _with_variable(variable, other)
    if left.kind == "container" and right.kind == "container" and _are_two(left, right):
        return "distinct"
    if _is_restrict(left) or _is_restrict(right):
        return "distinct"
    return "assumed"


def _owns(owner: Object, elements: Object) -> bool:
    """A container and the elements that it owns, or what those own in turn."""
    while elements.kind == "container" and elements.parent is not None:
        elements = elements.parent.object
        if elements is owner:
            return True
    return False


def _with_allocation(left: Object, right: Object) -> Relation:
    allocation, other = (left, right) if left.kind == "allocation" else (right, left)
    if other.kind in ("allocation", "variable", "container"):
        return "distinct"
    # A pointer that was read before the allocation cannot point into it.
    return "distinct" if other.assigned < allocation.born else "assumed"


def _with_variable(variable: Object, other: Object) -> Relation:
    symbol = variable.symbol
    if _is_private_variable(variable) or _is_restrict(other):
        return "distinct"
    if other.kind == "container" and _owned(other):
        return "distinct"
    if symbol is not None and symbol.storage in ("local", "parameter") and other.assigned < max(variable.born, 0):
        return "distinct"  # the pointer's value is older than the variable
    return "assumed"


def _is_private_variable(object: Object) -> bool:
    """A variable that nothing but its own name can reach."""
    symbol = object.symbol
    if object.unreachable:
        return True
    if object.kind != "variable" or symbol is None or symbol.address_taken:
        return False
    return symbol.type.kind not in ("array", "record", "reference", "unknown") and symbol.storage != "unknown"


def _are_two(left: Object, right: Object) -> bool:
    """Whether two containers are two objects, each of which owns its elements: other variables, other members."""
    one, other = left.parent, right.parent
    if one is None or other is None:
        return False
    if one.object is other.object:
        return not meet(one.path, other.path)
    return relation(one.object, other.object) == "distinct"


def _owned(container: Object) -> bool:
    """Whether the container itself is a variable (no reference or pointer to one)."""
    parent = container.parent
    return parent is not None and parent.object.kind == "variable"


def _is_restrict(object: Object) -> bool:
    if object.kind == "pointee" and object.symbol is not None:
        return object.symbol.type.restrict
    return False


# Every access asks for one of these.
_FLOATS = {size: f"float{size}" for size in (4, 8, 16)}
_INTEGERS = {size: f"int{size}" for size in (2, 4, 8, 16)}


def scalar_type_name(type: Type) -> str | None:
    """A name such that accesses of two different names never touch the same memory (C11 6.5p7), None for any."""
    kind, size = type.kind, type.size
    if kind == "float":
        return _FLOATS.get(size) or f"float{size}" if size else None
    if kind == "pointer":
        return "pointer"
    if kind == "int" and size and size > 1:
        return _INTEGERS.get(size) or f"int{size}"
    return None


def types_may_alias(left: str | None, right: str | None) -> bool:
    return left is None or right is None or left == right

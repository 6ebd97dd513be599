"""Arrays that a loop only accumulates into."""

from __future__ import annotations

import msgspec

from ..facts import Reason
from ..ir import tree as ir
from ..ir.types import Type
from ..symbolic.polynomial import ZERO
from . import words
from .naming import base_text, polynomial_text
from .pairs import Group
from .ranges import access_range
from .scalars import common_operator
from .stretches import length, union_range
from .view import LoopView


class ArrayReduction(msgspec.Struct):
    """`section` is None for whole arrays; `reason` says why no reduction clause can be written, None when one can."""

    operator: str
    section: str | None = None
    reason: Reason | None = None


def array_reduction(view: LoopView, group: Group) -> ArrayReduction | None:
    """The reduction when every access to the object is an update with one operator; None when it is not one."""
    operator = common_operator(group.accesses)
    if operator is None:
        return None
    if operator in ("&", "|", "^") and any(access.floating for access in group.accesses):
        return None
    object = group.object
    symbol = object.symbol
    first = next(access for access in group.accesses if access.is_write)
    if any(access.path.replace("[]", "") for access in group.accesses):
        one = group.accesses[0]
        same_place = all(
            (access.path, access.reference.subscripts) == (one.path, one.reference.subscripts)
            for access in group.accesses
        )
        return ArrayReduction(operator, reason=words.needs_local(view, first)) if same_place else None
    if object.kind == "variable" and symbol is not None and symbol.type.kind == "array":
        return ArrayReduction(operator)
    if object.kind == "pointee" and symbol is not None and symbol.type.kind == "pointer":
        section = _section(view, group) or _promised_section(symbol.type)
        if section is not None and base_text(view, object) == symbol.name:
            return ArrayReduction(operator, section)
    return ArrayReduction(operator, reason=words.needs_atomic(view, first, operator))


def _section(view: LoopView, group: Group) -> str | None:
    """The array section `[first:length]` that the updates stay in."""
    ranges = []
    for access in group.accesses:
        if len(access.reference.subscripts) > 1:
            return None
        found = access_range(view, access)
        if found is None:
            return None
        ranges.append(found)
    union = union_range(view, ranges)
    if union is None:
        return None
    low, high = union
    first = polynomial_text(view, low) if low != ZERO else "0"
    count = polynomial_text(view, length(low, high))
    return f"[{first}:{count}]" if first is not None and count is not None else None


def _promised_section(type: Type) -> str | None:
    """`int bins[static 16]` points to at least 16 elements, whatever the subscripts are."""
    extent = type.extent
    return f"[0:{extent.value}]" if isinstance(extent, ir.Const) and isinstance(extent.value, int) else None

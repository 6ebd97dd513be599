"""Arrays that a loop only accumulates into."""

from __future__ import annotations

import msgspec

from ..execution.values import Object
from ..facts import Reason
from ..ir import tree as ir
from ..ir.types import Type
from ..symbolic.polynomial import ONE, ZERO
from . import words
from .naming import base_text, polynomial_text
from .pairs import Group
from .ranges import access_range, dimension_ranges
from .scalars import common_operator
from .stretches import Touched, length, union_range
from .view import LoopView


class ArrayReduction(msgspec.Struct):
    """`section` is None for whole arrays; `reason` says why no reduction clause can be written, None when one can."""

    operator: str
    section: str | None = None
    reason: Reason | None = None

    @property
    def small(self) -> bool:
        """Whether the section's lengths are numbers, so that it is known what the copies cost."""
        return self.section is not None and all(
            part.rpartition(":")[2].isdigit() for part in self.section.strip("[]").split("][")
        )


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
    # clang (up to 19 at least) lets threads update the original of a section whose base has static storage duration.
    static = symbol is not None and symbol.storage not in ("local", "parameter")
    if object.kind == "variable" and symbol is not None and symbol.type.kind == "array":
        return ArrayReduction(operator, None if static else _section(view, group, part=True))
    if object.kind == "pointee" and symbol is not None and symbol.type.kind == "pointer":
        section = _section(view, group) or _promised_section(symbol.type)
        if section is not None and static:
            return ArrayReduction(operator, reason=words.needs_local_pointer(view, first, symbol.name))
        if section is not None and _is_reached_by_name(view, object, symbol):
            return ArrayReduction(operator, section)
    return ArrayReduction(operator, reason=words.needs_atomic(view, first, operator))


def _is_reached_by_name(view: LoopView, object: Object, symbol: ir.Symbol) -> bool:
    """Whether the pointer of this name leads to the object's first element, or to its first row."""
    base = base_text(view, object)
    return base is not None and (base == symbol.name or base.startswith(f"&{symbol.name}[0]"))


def _section(view: LoopView, group: Group, part: bool = False) -> str | None:
    """The array section `[first:length]…` that the updates stay in.

    `part` asks for one element or row, of a length that is a number: less than that is not worth a section.

    A section is one stretch of memory (OpenMP 5.2 §5.5.5): after the first dimension of which there is more than one
    subscript, the others must be whole.
    """
    accesses = group.accesses
    extents = accesses[0].reference.extents
    text, several = "", False
    for dimension in range(len(extents)):
        touched: list[Touched] = []
        for access in accesses:
            if len(access.reference.subscripts) != len(extents) or access.reference.flat:
                return None
            found = (
                access_range(view, access) if len(extents) == 1 else dimension_ranges(view, access.reference)[dimension]
            )
            if found is None:
                return None
            touched.append((found, access.reference))
        union = union_range(view, touched)
        if union is None:
            return None
        low, high = union
        count = length(low, high)
        if several and (low != ZERO or count != extents[dimension]):
            return None
        several = several or count != ONE
        if part and (count.constant is None or (not dimension and count != ONE)):
            return None
        first = polynomial_text(view, low, wide="long long") if low != ZERO else "0"
        size = polynomial_text(view, count, wide="long long")
        if first is None or size is None:
            return None
        text += f"[{first}:{size}]"
    return text or None


def _promised_section(type: Type) -> str | None:
    """`int bins[static 16]` points to at least 16 elements, whatever the subscripts are."""
    extent = type.extent
    return f"[0:{extent.value}]" if isinstance(extent, ir.Const) and isinstance(extent.value, int) else None

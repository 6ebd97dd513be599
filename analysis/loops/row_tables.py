"""Rows reached through tables of pointers, `r[i][j]` with r a `double **`: distinct tables mean distinct rows.

That holds where every pointer in both tables leads to an allocation of its own: then two rows are the same only if
their addresses stand in the same place.
"""

from __future__ import annotations

import msgspec

from ..dependence.problem import Reference
from ..execution.values import Object
from .pairs import Group, leading
from .view import LoopView


class RowTable(msgspec.Struct):
    """The outermost table, and the references to it by which a group's rows are reached."""

    object: Object
    references: list[Reference]


def row_tables(view: LoopView, first: Group, second: Group) -> tuple[RowTable, RowTable] | None:
    """The tables whose being apart keeps the rows of two groups apart; None where it does not."""
    levels, other_levels = _levels(first.object), _levels(second.object)
    if not levels or len(levels) != len(other_levels):
        return None
    for one, other in zip(levels, other_levels, strict=True):
        if one.type != other.type or not all(view.index.points_to.rows_are_distinct(each) for each in (one, other)):
            return None
    left, right = _table(first, levels[-1]), _table(second, other_levels[-1])
    return (left, right) if left is not None and right is not None else None


def _levels(object: Object) -> list[Object]:
    """The tables on the way to the rows, the outermost last."""
    levels: list[Object] = []
    while object.kind == "rows" and object.parent is not None and not object.parent.path.replace("[]", ""):
        object = object.parent.object
        levels.append(object)
    return levels if levels and object.kind in ("pointee", "variable", "allocation") else []


def _table(group: Group, table: Object) -> RowTable | None:
    """The leading subscripts of the group's accesses: those of the pointers in the outermost table."""
    rows = group.object
    while rows.parent is not None and rows.parent.object is not table:
        rows = rows.parent.object
    if rows.parent is None:
        return None
    count = len(rows.parent.subscripts)
    references = [leading(access.reference, count) for access in group.accesses]
    return RowTable(table, references)

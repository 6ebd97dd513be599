"""`switch` statements of which exactly one branch runs, from its labels to its `break`."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import tree as ir
from ..ir.walk import descendants

_JUMPS = (ir.Break, ir.Continue, ir.Return, ir.Goto, ir.Label, ir.Case, ir.Opaque, ir.OpaqueStmt, ir.Asm, ir.Lambda)


def branches(statement: ir.Switch) -> int | None:
    """How many branches there are; None where none of them may run, or one runs into another, or is left early.

    A branch begins with one label or with several in a row.
    """
    items = statement.body.items if isinstance(statement.body, ir.Block) else ()
    if not items or not isinstance(items[0], ir.Case):
        return None
    groups: list[list[ir.Stmt]] = []
    labels: list[ir.Case] = []
    for position, item in enumerate(items):
        if isinstance(item, ir.Case):
            labels.append(item)
            if not position or not isinstance(items[position - 1], ir.Case):
                groups.append([])
        else:
            groups[-1].append(item)
    if sum(label.value is None for label in labels) != 1:
        return None
    last = len(groups) - 1
    ends = all(_is_one_way(group, is_last=number == last) for number, group in enumerate(groups))
    return len(groups) if ends and last else None


def _is_one_way(group: Sequence[ir.Stmt], is_last: bool) -> bool:
    """Whether control comes in at the branch's beginning and leaves the `switch` at its end."""
    while len(group) == 1 and isinstance(group[0], ir.Block):
        group = group[0].items
    if group and isinstance(group[-1], ir.Break):
        group = group[:-1]
    elif not is_last:
        return False
    return not any(isinstance(node, _JUMPS) for item in group for node in descendants(item))

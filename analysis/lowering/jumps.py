"""`goto` to a label at the end of a loop's body: another way to write `continue`."""

from __future__ import annotations

import msgspec

from ..ir.rewrite import Node, rewritten
from ..ir.tree import Block, Continue, For, Goto, Label, OpaqueStmt, RangeFor, Stmt, While
from ..ir.walk import descendants

_LOOPS = (For, RangeFor, While)


def with_continues(body: Block) -> tuple[Block, bool]:
    """The function's body with such jumps as `continue`, and whether others, or labels, are left."""
    targets: dict[str, list[Goto]] = {}
    for node in descendants(body):
        if isinstance(node, Goto):
            targets.setdefault(node.label, []).append(node)
    result = rewritten(body, lambda node: _loop_with_continues(node, targets) if isinstance(node, _LOOPS) else node)
    return result, any(isinstance(node, Goto | Label | OpaqueStmt) for node in descendants(result))


def _loop_with_continues(loop: For | RangeFor | While, targets: dict[str, list[Goto]]) -> Node:
    body = loop.body
    while isinstance(body, Block) and (label := _last_label(body)) is not None:
        jumps = targets.get(label.name, [])
        inner = [each for each in descendants(body) if isinstance(each, _LOOPS)]
        own = {id(node) for node in descendants(body) if isinstance(node, Goto)}
        own -= {id(node) for each in inner for node in descendants(each)}
        if not all(id(jump) in own for jump in jumps):
            break
        here = {id(jump) for jump in jumps}
        changed: Stmt = rewritten(
            body, lambda node, here=here: Continue(node.start, node.end) if id(node) in here else node
        )
        assert isinstance(changed, Block)
        position = next(index for index, item in enumerate(changed.items) if item is label)
        body = Block(changed.start, changed.end, (*changed.items[:position], *changed.items[position + 1 :]))
    if body is loop.body:
        return loop
    return msgspec.structs.replace(loop, body=body)


def _last_label(body: Block) -> Label | None:
    """A label behind which nothing happens in this body."""
    for item in reversed(body.items):
        if isinstance(item, Label):
            return item
        if not isinstance(item, Block) or item.items:
            return None
    return None

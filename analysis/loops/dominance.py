"""Which writes have certainly happened when a read happens, within one iteration and after the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..execution.events import Access, LoopRecord, Trace
from ..execution.values import Object
from .view import TraceIndex

Context = tuple[int, ...]


def is_prefix(outer: Context, inner: Context) -> bool:
    return len(outer) <= len(inner) and inner[: len(outer)] == outer


def certain_contexts(contexts: Iterable[Context], siblings: dict[int, int]) -> set[Context]:
    """Close a set of contexts in which something happens: where both branches of an `if` do it, the `if` does."""
    certain = set(contexts)
    pending = sorted(certain, key=len, reverse=True)
    while pending:
        context = pending.pop(0)
        if not context:
            continue
        sibling = siblings.get(context[-1])
        if sibling is not None and (*context[:-1], sibling) in certain and context[:-1] not in certain:
            certain.add(context[:-1])
            pending.append(context[:-1])
    return certain


def exposed_reads(accesses: Sequence[Access], siblings: dict[int, int]) -> list[Access]:
    """The reads of one variable that no certain write of it precedes; `accesses` are in order, of one iteration.

    A write covers a read of the same field, or of a field of what it writes.
    """
    written: dict[str, list[Context]] = {}
    exposed = []
    for access in accesses:
        if access.is_write:
            written.setdefault(access.path, []).append(access.context)
            continue
        contexts = [
            context
            for path, found in written.items()
            if access.path.startswith(path)
            for context in found
        ]
        if not any(is_prefix(context, access.context) for context in certain_contexts(contexts, siblings)):
            exposed.append(access)
    return exposed


def is_live_after(index: TraceIndex, record: LoopRecord, object: Object) -> bool:
    """Whether the variable's value when the loop ends may still be read.

    A local variable whose address nobody has: reads after the loop that no write precedes, and reads in the next
    iteration of a loop around it. Anything else counts as live.
    """
    symbol = object.symbol
    if object.kind != "variable" or symbol is None or symbol.address_taken or record.inlined:
        return True
    if symbol.storage not in ("local", "parameter") or symbol.type.kind == "reference":
        return True
    trace = index.trace
    if trace.function.has_goto:
        return True
    mine = [access for access in trace.accesses if access.object is object]
    after = [access for access in mine if access.order >= record.last]
    if _read_before_written(after, trace):
        return True
    around = record.parent
    while around is not None and not around.first <= object.born < around.last:
        next_iteration = [access for access in mine if around.first <= access.order < record.first]
        if _read_before_written(next_iteration, trace):
            return True
        around = around.parent
    return False


def _read_before_written(accesses: list[Access], trace: Trace) -> bool:
    return bool(exposed_reads(accesses, trace.siblings))

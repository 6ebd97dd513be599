"""Which writes have certainly happened when a read happens, within one iteration and after the loop."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from ..execution.events import Access, LoopRecord
from ..execution.values import Object, lies_in
from .view import TraceIndex

Context = tuple[int, ...]


class CertainWrites:
    """The contexts in which one variable has certainly been written, added in execution order.

    Where both branches of an `if` write it, the `if` as a whole does.
    """

    def __init__(self, siblings: dict[int, int]):
        self._siblings = siblings
        self._contexts: dict[str, set[Context]] = {}  # by field path
        self._covered: set[tuple[str, Context]] = set()  # answers that stay true

    def add(self, path: str, context: Context) -> None:
        certain = self._contexts.setdefault(path, set())
        while context not in certain:
            certain.add(context)
            sibling = self._siblings.get(context[-1]) if context else None
            if sibling is None or (*context[:-1], sibling) not in certain:
                return
            context = context[:-1]

    def covers(self, path: str, context: Context) -> bool:
        """Whether the field has been written whenever control is in `context`: there, or where it came through."""
        key = (path, context)
        if key in self._covered:
            return True
        for written, certain in self._contexts.items():
            if lies_in(path, written) and any(context[:length] in certain for length in range(len(context), -1, -1)):
                self._covered.add(key)
                return True
        return False


def exposed_reads(
    accesses: Sequence[Access], siblings: dict[int, int], at_most: int | None = None, doubtful: bool = False
) -> list[Access]:
    """The reads of one variable that no certain write of it precedes; `accesses` are in order, of one iteration.

    A write covers a read of the same field, or of a field of what it writes. Stops after `at_most` reads. With
    `doubtful` writes that code out of sight may do cover as well: what is left is exposed in any case.
    """
    written = CertainWrites(siblings)
    exposed: list[Access] = []
    for access in accesses:
        if access.is_write:
            if access.certain or doubtful:
                written.add(access.path, access.context)
        elif not written.covers(access.path, access.context):
            exposed.append(access)
            if at_most is not None and len(exposed) >= at_most:
                break
    return exposed


def is_live_after(index: TraceIndex, record: LoopRecord, object: Object) -> bool:
    """Whether the variable's value when the loop ends may still be read.

    A local variable whose address nobody keeps: reads after the loop that no write precedes, and reads in the next
    iteration of a loop around it. Anything else counts as live.
    """
    symbol = object.symbol
    if object.kind != "variable" or symbol is None or record.inlined:
        return True
    if symbol in index.trace.bound or (symbol.address_taken and not index.is_only_lent(symbol)):
        return True
    if symbol.storage not in ("local", "parameter") or symbol.type.kind == "reference":
        return True
    return is_read_after(index, record, object)


def is_read_after(index: TraceIndex, record: LoopRecord, object: Object, *, itself: bool = False) -> bool:
    """Whether code of the function may read by the variable's name what the loop leaves in it.

    With `itself`, also where that is the loop itself, entered again by one around it. Says nothing about code elsewhere
    that may have kept the variable's address.
    """
    if index.trace.function.has_goto:
        return True
    orders = index.orders_of(object)
    if _read_before_written(index, object, bisect_left(orders, record.last), len(orders)):
        return True
    around = record.parent
    while around is not None and not around.first <= object.born < around.last:
        end = record.last if itself else record.first
        if _read_before_written(index, object, bisect_left(orders, around.first), bisect_left(orders, end)):
            return True
        around = around.parent
    return False


def _read_before_written(index: TraceIndex, object: Object, begin: int, end: int) -> bool:
    """Whether one of the object's accesses [begin, end) reads what none of them certainly wrote before."""
    key = (object, begin, end)
    known = index.exposed.get(key)
    if known is None:
        accesses = index.by_object.get(object, [])[begin:end]
        known = index.exposed[key] = bool(exposed_reads(accesses, index.trace.siblings, at_most=1))
    return known

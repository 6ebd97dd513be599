"""Loads from memory that threads may write: their values are not functions of their subscripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...execution.aliasing import relation, scalar_type_name, types_may_alias
from ...execution.events import Access, Trace
from ...execution.values import meet
from ...symbolic.polynomial import Term


def unstable_in(first: int, last: int, trace: Trace) -> Callable[[Term], bool]:
    """A test of loads: whether the memory they read is written between two orders."""
    known: dict[Term, bool] = {}
    writes: list[Access] = []

    def unstable(term: Term) -> bool:
        if not known:
            writes.extend(access for access in trace.accesses if first < access.order < last and access.is_write)
        if term not in known:
            known[term] = _written(term, writes)
        return known[term]

    return unstable


def _written(term: Term, writes: Sequence[Access]) -> bool:
    if not isinstance(term.array, tuple):
        return True
    array, path = term.array
    inner = array.type
    while inner.kind == "array" and inner.inner is not None:
        inner = inner.inner
    scalar = scalar_type_name(inner) if not path and inner.kind in ("int", "float", "pointer") else None
    for write in writes:
        if write.object is array:
            if meet(write.path, path) or "?" in write.path + path:
                return True
        elif types_may_alias(write.scalar_type, scalar) and relation(write.object, array) != "distinct":
            return True
    return False

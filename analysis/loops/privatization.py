"""Arrays that every iteration fills before it reads them: each thread may have its own copy."""

from __future__ import annotations

from typing import Literal

from ..dependence.cover import covers
from ..dependence.problem import LoopDomain, Reference
from ..execution.events import Access
from .dominance import is_live_after
from .pairs import Group, Stabilised
from .view import LoopView


def private_array(view: LoopView, stabilised: Stabilised, group: Group) -> Literal["private"] | None:
    """ "private" when no read sees another iteration's value and nothing reads the array after the loop."""
    symbol = group.object.symbol
    if group.object.kind != "variable" or symbol is None or symbol.type.kind != "array":
        return None
    accesses = [access for access in view.accesses if access.object is group.object]
    if any(access.path or access.reference.flat for access in accesses):
        return None
    writes = [access for access in accesses if access.is_write]
    for read in accesses:
        if not read.is_write and not _is_covered(view, stabilised, writes, read):
            return None
    return None if is_live_after(view.index, view.record, group.object) else "private"


def _is_covered(view: LoopView, stabilised: Stabilised, writes: list[Access], read: Access) -> bool:
    """Whether earlier writes of the same iteration fill all that the read reads.

    A write in a loop that also holds the read counts only in the same iteration of that loop, since the read may
    come before the loop gets to the other elements.
    """
    earlier = [write for write in writes if write.order < read.order]
    levels: dict[LoopDomain, list[Reference]] = {}
    for write in earlier:
        shared = _innermost_shared(view, write, read)
        levels.setdefault(stabilised.stable_domain(shared), []).append(stabilised.reference(write))
    target = stabilised.reference(read)
    return any(covers(references, target, level) for level, references in levels.items())


def _innermost_shared(view: LoopView, write: Access, read: Access) -> LoopDomain:
    shared = view.domain
    for one, other in zip(write.reference.loops, read.reference.loops, strict=False):
        if one is not other:
            break
        if one.counter.depth >= view.depth:
            shared = one
    return shared

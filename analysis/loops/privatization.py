"""Arrays that every iteration fills before it reads them: each thread may have its own copy."""

from __future__ import annotations

from typing import Literal

from ..dependence.cover import covers
from ..dependence.problem import LoopDomain, Reference
from ..execution.events import Access
from ..execution.values import Object
from ..ir.types import Type
from ..symbolic.polynomial import ONE, Constraint, Polynomial, Term, of_term
from .dominance import is_live_after
from .pairs import Group, Stabilised
from .view import LoopView


def private_array(view: LoopView, stabilised: Stabilised, group: Group) -> Literal["private", "lastprivate"] | None:
    """The role that makes a copy for each thread, where no read sees another iteration's value: "lastprivate" where
    the array is read after the loop, and the last iteration fills all of it."""
    symbol = group.object.symbol
    if group.object.kind != "variable" or symbol is None or symbol.type.kind != "array":
        return None
    if not reads_only_its_own(view, stabilised, group.object):
        return None
    if not is_live_after(view.index, view.record, group.object):
        return "private"
    return "lastprivate" if _is_filled(view, stabilised, group, symbol.type) else None


def reads_only_its_own(view: LoopView, stabilised: Stabilised, object: Object) -> bool:
    """Whether every read in an iteration sees what the same iteration wrote."""
    accesses = [access for access in view.accesses if access.object is object]
    if any(access.path or access.reference.flat for access in accesses):
        return False
    writes = [access for access in accesses if access.is_write and access.certain]
    return all(access.is_write or _is_covered(view, stabilised, writes, access) for access in accesses)


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


def _is_filled(view: LoopView, stabilised: Stabilised, group: Group, type: Type) -> bool:
    """Whether an iteration that ends has written every element of the array."""
    writes = [access for access in view.accesses if access.object is group.object and access.is_write]
    writes = [access for access in writes if access.certain and access.order >= view.record.body_first]
    if view.record.exits or not writes:
        return False
    whole = _whole(view, writes[0], type)
    references = [stabilised.reference(write) for write in writes]
    return whole is not None and covers(references, whole, stabilised.stable_domain(view.domain))


def _whole(view: LoopView, like: Access, type: Type) -> Reference | None:
    """A read of all elements; None where the extents are not all known."""
    extents: tuple[Polynomial | None, ...] = like.reference.extents
    counters = [Term("element", "counter", view.depth + 1 + number, low=0) for number in range(len(extents))]
    around = [loop for loop in like.reference.loops if loop.counter.depth <= view.depth]
    for counter, extent in zip(counters, extents, strict=True):
        if type.kind != "array" or type.inner is None or extent is None:
            return None
        type = type.inner
        around.append(LoopDomain(counter, (Constraint(extent - ONE - of_term(counter), ">="),), "element"))
    if type.kind == "array" or len(extents) != len(like.reference.subscripts):
        return None
    subscripts = tuple(of_term(counter) for counter in counters)
    return Reference(subscripts, extents, tuple(around), (), False, view.record.last)

"""Whose memory an access touches: how far out the storage was made, and so which threads can share it.

Storage made inside construct k of a site's stack (a private copy, a variable declared in the body) is one piece for
each thread or task that executes k. `made_at` gives k, -1 for storage that exists before all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...execution.events import RegionRecord
from ...execution.values import Object
from ...ir import tree as ir
from ...ir.tree import Symbol
from ..constructs import binds_to_thread, creates_threads
from ..sharing import copies_member
from .naming import is_implicit, named_at
from .sites import Site, Surroundings

THREAD = "thread"  # threadprivate: one piece for each thread, wherever it is named


def made_at(site: Site, surroundings: Surroundings) -> int | str | None:
    """The index in `site.stack` of the region that made the accessed storage; THREAD for threadprivate variables.

    None where it cannot be told whether threads share it.
    """
    level = _made_at(site.access.object, site, surroundings)
    copied = _copied_reference(site, surroundings)
    return level if copied < 0 or not isinstance(level, int) else max(level, copied)


def _copied_reference(site: Site, surroundings: Surroundings) -> int:
    """The index of the region that copied what a reference refers to (a reference parameter in an orphaned task)."""
    node = site.access.node
    whole = site.access.object.kind in ("variable", "container")
    while (isinstance(node, ir.Member) and not node.arrow) or (whole and isinstance(node, ir.Index)):
        node = node.base
    if not isinstance(node, ir.Name) or node.symbol.type.kind != "reference":
        return -1
    own = surroundings.around(node.start, site.stack)
    level = -1
    for region, attribute in zip(own, surroundings.sharing(node.symbol, own), strict=True):
        if attribute.copies and attribute.kind != "local" and attribute.basis != "inherited":
            level = site.stack.index(region)
    return level


def _made_at(accessed: Object, site: Site, surroundings: Surroundings) -> int | str | None:
    if accessed.kind == "variable" and accessed.symbol is not None:
        return _variable(accessed, accessed.symbol, site, surroundings)
    if accessed.kind == "allocation":
        return _allocation(accessed, site, surroundings)
    if accessed.kind == "container" and accessed.parent is not None:
        return _made_at(accessed.parent.object, site, surroundings)
    if accessed.kind in ("pointee", "rows"):
        return _pointee(accessed, site, surroundings)
    return None


def _variable(accessed: Object, symbol: Symbol, site: Site, surroundings: Surroundings) -> int | str | None:
    node = site.access.node
    if site.made_by is not None:
        return _copied_before(accessed, symbol, site, surroundings)
    named = named_at(node, symbol)
    if node is None or named is not None:
        at = named if named is not None else None
        level = THREAD if symbol.thread_local else _copy_named(symbol, at, site, surroundings)
        return level if not isinstance(level, int) else max(level, _born_in(accessed, site))
    exposed = surroundings.exposures.of(symbol)
    if symbol.thread_local:
        return _threads_copy(exposed, site, surroundings)
    levels = {_copy_named(symbol, at, site, surroundings) for at in exposed}
    if not levels:
        levels = {_copy_named(symbol, None, site, surroundings), -1}
    level = levels.pop()
    if levels:
        return None  # its address is taken where the original is meant, and where a copy is
    return level if not isinstance(level, int) else max(level, _born_in(accessed, site))


def _copied_before(accessed: Object, symbol: Symbol, site: Site, surroundings: Surroundings) -> int | str:
    """The storage that a clause of `site.made_by` copies from or to."""
    if symbol.thread_local:
        return THREAD
    level = -1
    own = _own_regions(symbol, site, surroundings)
    for region, attribute in zip(own, surroundings.sharing(symbol, own), strict=True):
        if region is site.made_by:
            break
        if attribute.kind == "threadprivate":
            return THREAD
        if attribute.copies and attribute.basis != "inherited":
            level = max(level, site.stack.index(region))
    return level


def _copy_named(symbol: Symbol, at: int | None, site: Site, surroundings: Surroundings) -> int | str:
    """The region of the stack whose copy of the variable its name at an offset means, -1 for the original.

    Where the offset is not known, all regions are taken to be around it.
    """
    own = _own_regions(symbol, site, surroundings) if at is None else surroundings.around(at, site.stack)
    if at is not None:
        own = tuple(region for region in own if region.statement.start <= at < region.statement.end)
        call = site.access.via
        if call is not None and symbol.storage not in ("local", "parameter"):
            # A lambda in the region captures no variable that is static: its name there is the original's.
            own = tuple(each for each in own if not each.statement.start <= call.start < each.statement.end)
    level = -1
    for region, attribute in zip(own, surroundings.sharing(symbol, own), strict=True):
        if attribute.kind == "threadprivate":
            return THREAD
        if attribute.copies and attribute.basis != "inherited":
            level = max(level, site.stack.index(region))
    return level


def _threads_copy(exposed: Sequence[int], site: Site, surroundings: Surroundings) -> int | str | None:
    """Whose copy of a threadprivate variable is reached by an address that was taken at one of the offsets."""
    inside = [
        any(
            creates_threads(region.statement.directive) and region.statement.start <= at < region.statement.end
            for region in surroundings.around(at, site.stack)
        )
        for at in exposed
    ]
    if inside and all(inside):
        return THREAD
    home = surroundings.trace.function
    outside = not any(inside) and all(home.start <= at < home.end for at in exposed)
    return -1 if exposed and outside else None  # -1: the address is of the copy of the thread that ran into the team


def _own_regions(symbol: Symbol, site: Site, surroundings: Surroundings) -> tuple[RegionRecord, ...]:
    """The regions of the stack whose clauses speak of the variable.

    A local variable is named in its own function; elsewhere it is reached by its address, taken in that function. A
    global variable is named where the access stands: constructs of the functions that call this one mean the
    original by other names for it.
    """
    if symbol.storage in ("local", "parameter"):
        return surroundings.around(symbol.start, site.stack)
    if site.made_by is not None:
        return surroundings.around(site.made_by.statement.start, site.stack)
    node = site.access.node
    return surroundings.around(node.start, site.stack) if node is not None else site.stack


def _born_in(accessed: Object, site: Site) -> int:
    """The innermost region of the stack during which the object came into being, -1 for none."""
    level = -1
    for index, region in enumerate(site.stack):
        if region.first < accessed.born < region.last:
            level = index
    return level


def _allocation(accessed: Object, site: Site, surroundings: Surroundings) -> int | None:
    """An allocation is the allocating thread's; one made by a single thread for all is everybody's."""
    level = _born_in(accessed, site)
    if level < 0:
        return -1
    birth = surroundings.stack_at(accessed.born)
    for index, region in enumerate(birth[: level + 1]):
        if {"single", "master", "masked"} & set(region.statement.directive.name.split()) and index:
            return None  # who uses it depends on where its address was put
    return level


def _pointee(accessed: Object, site: Site, surroundings: Surroundings) -> int | str | None:
    """What a pointer points to is made before the pointer's value was: shared, if the value is every thread's."""
    for index, region in enumerate(site.stack):
        if region.first < accessed.assigned < region.last:
            return None if index >= 0 else -1
    symbol = accessed.symbol
    if symbol is None:
        parent = accessed.parent
        return -1 if parent is None else _pointer_holder(parent.object, site, surroundings)
    if symbol.storage in ("local", "parameter") and symbol.start >= 0:
        home = surroundings.function_at(symbol.start)
        if home is not None and home.name != surroundings.trace.function.name:
            return None  # a parameter of a called function whose argument is not followed any more
    if symbol.name == "this" and (copied := _member_copy(site, surroundings)) != -1:
        return copied
    own = _own_regions(symbol, site, surroundings)
    directives = [region.statement.directive for region in site.stack]
    one_thread = all(each.name == "simd" or binds_to_thread(each) for each in directives)
    for attribute in surroundings.sharing(symbol, own):
        if one_thread and attribute.basis == "inherited":
            continue  # the thread's own variable is the same one for all its lanes
        same_value = attribute.kind == "firstprivate" and symbol.type.kind in ("pointer", "reference")
        if attribute.kind == "threadprivate" or (attribute.copies and not same_value):
            return None  # each thread's pointer has a value of its own, or what is taken for a pointer is an array
    return -1


def _member_copy(site: Site, surroundings: Surroundings) -> int | None:
    """The region of the stack that made a copy of the data member that is accessed, -1 for none.

    Inside member functions clauses may name data members (OpenMP 5.2 §5.4.3). A copy is what the member's bare name
    means; whether `this->` in front of it gives the copy or the original is not the same in gcc and clang.
    """
    name = site.access.path.removeprefix("[]").removeprefix(".").split(".")[0].split("[")[0]
    node = site.access.node
    copying = [region for region in site.stack if copies_member(name, region.statement)]
    if not copying or node is None:
        return -1
    named: ir.Expr | ir.Stmt = node
    while isinstance(named, ir.Index | ir.Member) and not (
        isinstance(named, ir.Member) and isinstance(named.base, ir.Name) and named.base.symbol.name == "this"
    ):
        named = named.base
    if not isinstance(named, ir.Member):
        return None  # by an address that may be that of a copy
    inside = [region for region in copying if region.statement.start <= node.start < region.statement.end]
    if not inside:
        return -1
    return site.stack.index(inside[-1]) if is_implicit(named) else None


def _pointer_holder(holder: Object, site: Site, surroundings: Surroundings) -> int | str | None:
    """Pointers that each thread keeps for itself may point anywhere; shared ones point to shared memory."""
    level = _made_at(holder, site, surroundings)
    return -1 if level == -1 else None

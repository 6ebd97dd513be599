"""Accesses to original variables that clauses make: nobody writes them down, and they race all the same.

`firstprivate` reads the original when a thread enters the construct; `reduction`, `lastprivate` and `linear` write it
when threads leave, before the barrier at the end, which `nowait` takes away. A group of tasks writes what its tasks
reduced when it ends, in every thread that has such a group.
"""

from __future__ import annotations

import msgspec

from ...dependence.problem import Reference
from ...execution.events import Access, RegionRecord
from ...execution.values import Object
from ...ir.tree import Symbol
from ..constructs import WORKSHARING, creates_threads, has_any, is_whole, names
from .sites import Site, Surroundings

_READS = frozenset(["firstprivate"])
_WRITES = frozenset(["reduction", "lastprivate", "task_reduction"])
_GROUPS = frozenset(["taskgroup", "taskloop"])


def clause_sites(surroundings: Surroundings) -> list[Site]:
    """One site for each variable that the clauses of a worksharing construct or a group of tasks copy in or out."""
    found: list[Site] = []
    for region in surroundings.regions:
        directive = region.statement.directive
        if not has_any(directive, WORKSHARING | _GROUPS) or creates_threads(directive):
            continue
        for clause in directive.clauses:
            if clause.name not in _READS | _WRITES:
                continue
            if has_any(directive, _GROUPS) and clause.name not in ("reduction", "task_reduction"):
                continue  # tasks copy by themselves
            for name in sorted(names(clause)):
                accessed = _object_named(name, region, surroundings)
                whole = any(is_whole(item) for item in clause.items)
                if accessed is not None and whole:
                    found.append(
                        _site(accessed, clause.name in _WRITES, clause.start, clause.end, region, surroundings)
                    )
    return found


def combines_alone(region: RegionRecord) -> bool:
    """Whether each thread that meets the construct combines the copies of tasks of its own."""
    return has_any(region.statement.directive, _GROUPS)


def _object_named(name: str, region: RegionRecord, surroundings: Surroundings) -> Object | None:
    """The variable that the clause means: of that name, and older than the construct."""
    best: Object | None = None
    for access in surroundings.trace.accesses:
        symbol: Symbol | None = access.object.symbol
        if access.object.kind != "variable" or symbol is None or symbol.name != name:
            continue
        if access.object.born < region.first and (best is None or access.object.born > best.born):
            best = access.object
    return best


def _site(
    accessed: Object, is_write: bool, start: int, end: int, region: RegionRecord, surroundings: Surroundings
) -> Site:
    order = region.last - 1 if is_write else region.first + 1  # before the barrier at the end
    loops = surroundings.loops_around(region)
    reference = Reference((), (), tuple(loop.domain for loop in loops), (), is_write, order)
    access = Access(accessed, "", reference, is_write, start, end, region.context, omp=region.omp, via=region.via)
    stack = tuple(outer for outer in surroundings.regions if outer.first < region.first and region.last < outer.last)
    if accessed.type.kind == "array":
        reference = msgspec.structs.replace(reference, subscripts=(None,), extents=(None,))
        access = msgspec.structs.replace(access, reference=reference)
    return Site(access, (*stack, region), loops, made_by=region)

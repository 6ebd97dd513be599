"""Accesses that exclude each other although several threads make them: critical, atomic, locks, ordered."""

from __future__ import annotations

from typing import Literal

from ...execution.events import RegionRecord
from ...ir import tree as ir
from ...ir.walk import descendants, same
from ..constructs import words
from .clauses import combines_alone
from .locks import Locks
from .sites import Site

# "yes": always. "perhaps": a lock that may or may not be the same, or may or may not be held.
Excluded = Literal["yes", "perhaps", "no"]


def excluded(one: Site, other: Site, league: bool, locks: Locks) -> Excluded:
    """Whether two accesses can never happen at the same time because both are protected.

    `league` says that the threads are of different teams, where neither `critical` nor locks reach (OpenMP 5.2
    §15.2, §18.9: both bind to the contention group).
    """
    if is_atomic(one) and is_atomic(other):
        return "yes"
    if one.made_by is not None and one.made_by is other.made_by and not combines_alone(one.made_by):
        return "yes"  # the runtime combines the copies of one construct
    if not league and not _critical_names(one).isdisjoint(_critical_names(other)):
        return "yes"
    if _ordered_together(one, other):
        return "yes"
    return "no" if league else locks.compared(one, other)


def is_atomic(site: Site) -> bool:
    """Whether the access is the atomic part of an `atomic` construct, or of an atomic object."""
    access = site.access
    if access.is_atomic or site.made_by is not None:
        return access.is_atomic
    for region in site.stack:
        if region.statement.directive.name == "atomic":
            body = region.statement.body
            if body is None:
                continue
            target = atomic_target(region)
            if target is None:
                return True  # not understood: let the whole statement count, it says that it is atomic
            node = access.node
            return isinstance(node, ir.Expr) and same(node, target)
    return False


def atomic_target(region: RegionRecord) -> ir.Expr | None:
    """The lvalue x that an `atomic` construct accesses atomically (OpenMP 5.2 §15.8.4)."""
    directive, body = region.statement.directive, region.statement.body
    if body is None:
        return None
    expressions = [node for node in descendants(body) if isinstance(node, ir.Assign | ir.IncDec)]
    if directive.clauses_named("read"):
        assignment = next((each for each in expressions if isinstance(each, ir.Assign)), None)
        return None if assignment is None else _bare(assignment.value)
    if directive.clauses_named("capture"):
        return _captured(expressions)
    return next((each.target for each in expressions), None)


def _captured(expressions: list[ir.Assign | ir.IncDec]) -> ir.Expr | None:
    """x in `v = x++`, `v = x op= e`, `{ v = x; x op= e; }`, `{ x op= e; v = x; }`, `{ v = x; x = e; }`."""
    if len(expressions) != 2:
        return None
    outer, inner = expressions
    if isinstance(outer, ir.Assign) and inner in list(descendants(outer.value)):
        return inner.target
    for update, read in ((outer, inner), (inner, outer)):
        if isinstance(read, ir.Assign) and not read.op and same(_bare(read.value), update.target):
            return update.target
    return None


def _bare(expr: ir.Expr) -> ir.Expr:
    while isinstance(expr, ir.Cast):
        expr = expr.operand
    return expr


def _critical_names(site: Site) -> frozenset[str]:
    """The names of the critical sections around the access; the unnamed one is ""."""
    return frozenset(
        region.statement.directive.argument or ""
        for region in site.stack
        if region.statement.directive.name == "critical"
    )


def _ordered_together(one: Site, other: Site) -> bool:
    """Both in `ordered` blocks of the same loop: those run one after the other, in the order of iterations."""
    return bool(_ordered_loops(one) & _ordered_loops(other))


def _ordered_loops(site: Site) -> set[int]:
    found: set[int] = set()
    loop: RegionRecord | None = None
    for region in site.stack:
        directive = region.statement.directive
        if words(directive) & {"for", "loop", "simd"} and directive.name != "ordered":
            loop = region
        elif directive.name == "ordered" and loop is not None:
            sharing_loop = loop.statement.directive
            # `ordered simd` orders the lanes of a simd loop; plain `ordered` the threads of a worksharing loop.
            if sharing_loop.clauses_named("ordered") or directive.clauses_named("simd"):
                found.add(id(loop))
    return found

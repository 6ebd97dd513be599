"""Corrected pragmas: the clause that a racy directive lacks, or the `nowait` that it has too much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..execution.events import Access, RegionRecord, Trace
from ..execution.values import Object
from ..loops.dominance import exposed_reads
from .concurrency.found import Correction, Found
from .concurrency.sites import Site, Surroundings
from .constructs import LOOP_SHARING, TASK_GENERATING, associated_count, associated_loops, has_any, words
from .directive import Clause, Directive


def correction(found: Found, surroundings: Surroundings, sites: Sequence[Site]) -> Correction | None:
    """What would remove the race, if a clause of its directive would."""
    directive = found.directive
    if found.how in ("threads", "sections") and directive.clauses_named("nowait"):
        return Correction("nowait")
    accessed = found.first.access.object
    if found.how not in ("iterations", "lanes", "threads") or not _is_scalar(found.first.access):
        return None
    region = next((each for each in found.first.stack if each.statement.directive is directive), None)
    if region is None or accessed.symbol is None:
        return None
    if _in_tasks(accessed, region, sites):
        return None  # a task captures the copy's value, and what it adds to that is lost
    inside = [site.access for site in sites if site.access.object is accessed and region in site.stack]
    inside.sort(key=lambda access: access.order)
    operators = {access.update.operator if access.update is not None else None for access in inside}
    if len(operators) == 1 and None not in operators:
        if has_any(directive, frozenset(["for", "simd", "loop", "distribute", "taskloop", "parallel", "sections"])):
            return Correction("reduction", accessed.symbol.name, operators.pop())
        return None
    if exposed_reads(inside, surroundings.trace.siblings) or found.how == "threads":
        return None
    if not has_any(directive, LOOP_SHARING | {"simd", "parallel"}):
        return None
    kept = has_any(directive, LOOP_SHARING | {"simd"}) and "distribute" not in words(directive)
    if _read_later(accessed, region, surroundings.trace):
        last = kept and _is_always_written(inside, region, surroundings)
        return Correction("lastprivate", accessed.symbol.name) if last else None
    return Correction("private", accessed.symbol.name)


def _is_always_written(inside: Sequence[Access], region: RegionRecord, surroundings: Surroundings) -> bool:
    """Whether every iteration writes the variable: only then is the last one's copy what the serial loop leaves."""
    loops = associated_loops(region.statement, associated_count(region.statement.directive) or 1)
    if not loops:
        return False
    record = next(
        (
            each
            for each in surroundings.loops
            if each.statement.start == loops[-1].start and region.first < each.first < region.last
        ),
        None,
    )
    return record is not None and any(
        access.is_write
        and access.certain
        and access.context[:-1] == record.context  # the body has a context of its own below the test
        and (record.first_skip is None or access.order < record.first_skip)
        for access in inside
    )


def _in_tasks(accessed: Object, region: RegionRecord, sites: Sequence[Site]) -> bool:
    """Whether tasks that the region creates name the variable."""
    return any(
        has_any(inner.statement.directive, TASK_GENERATING)
        for site in sites
        if site.access.object is accessed and region in site.stack
        for inner in site.stack[site.stack.index(region) + 1 :]
    )


def _is_scalar(access: Access) -> bool:
    return access.object.kind == "variable" and not access.reference.subscripts and not access.path


def _read_later(accessed: Object, region: RegionRecord, trace: Trace) -> bool:
    """Whether the variable may be read after the region without being written first."""
    symbol = accessed.symbol
    if symbol is None or symbol.storage not in ("local", "parameter") or symbol.address_taken:
        return True
    after = [access for access in trace.accesses if access.object is accessed and access.order > region.last]
    return bool(exposed_reads(after, trace.siblings))


def corrected(directive: Directive, corrections: Iterable[Correction], source: bytes) -> str | None:
    """The whole pragma with the corrections made; None where there are none."""
    changes = list(dict.fromkeys(corrections))
    if not changes:
        return None
    head = directive.name + (f"({directive.argument})" if directive.argument is not None else "")
    added = {change.item for change in changes if change.item}
    parts = [head]
    for clause in directive.clauses:
        if clause.name == "nowait" and any(change.clause == "nowait" for change in changes):
            continue
        text = _without(clause, added, source)
        if text is not None:
            parts.append(text)
    for kind in ("private", "lastprivate", "reduction"):
        by_modifier: dict[str | None, list[str]] = {}
        for change in changes:
            if change.clause == kind:
                by_modifier.setdefault(change.modifier, []).append(change.item)
        for modifier, items in by_modifier.items():
            listed = ", ".join(items)
            parts.append(f"{kind}({modifier}:{listed})" if modifier else f"{kind}({listed})")
    return "#pragma omp " + " ".join(parts)


def _without(clause: Clause, added: set[str], source: bytes) -> str | None:
    """The clause as it stands, without list items that another clause takes over."""
    if clause.name in ("shared", "private", "firstprivate") and added.intersection(clause.items):
        kept = [item for item in clause.items if item not in added]
        return f"{clause.name}({', '.join(kept)})" if kept else None
    text = source[clause.start : clause.end].decode("utf-8", "replace").replace("\\\r\n", " ").replace("\\\n", " ")
    return " ".join(text.split())

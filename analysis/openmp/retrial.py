"""A corrected directive is judged again before anybody is told of it: a clause may leave the race as it is.

The original may be reached under another name, a called function may touch a global variable itself, the race may lie
before the construct whose `nowait` would go.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..execution.events import Trace
from ..execution.points_to import PointsTo
from ..ir import tree as ir
from ..ir.rewrite import Node, rewritten
from .concurrency.found import Correction, Found
from .concurrency.races import Judged, races
from .concurrency.tables import Tables
from .directive import Directive
from .fixes import corrected, correction
from .parse import parse_directive

# Directives of one function that are judged again; races on further ones come without a correction.
TRIALS = 12

Execute = Callable[[ir.Function], Trace]


def judge_function(
    function: ir.Function, execute: Execute, unit: ir.Unit, source: bytes, points_to: PointsTo, tables: Tables
) -> tuple[Trace, Judged]:
    """What an execution of a function (with its teams as loops) shows, with corrections that were judged too."""
    trace = execute(function)
    judged = races(trace, unit, source, points_to, tables)
    proposed = _proposed(judged)
    for directive, changes in proposed[:TRIALS]:
        changed = _with(function, directive, [change for _, change in changes], source)
        if changed is not None:
            again = races(execute(changed), unit, source, points_to, tables)
            if _is_better(judged.found, again.found, directive, [found for found, _ in changes]):
                judged.corrections.update({id(found): change for found, change in changes})
    return trace, judged


def _proposed(judged: Judged) -> list[tuple[Directive, list[tuple[Found, Correction]]]]:
    """What might remove the races of each directive."""
    if not any(found.race for found in judged.found):
        return []
    sites = judged.surroundings.sites()
    by_place: dict[tuple[int, int], tuple[Directive, list[tuple[Found, Correction]]]] = {}
    for found in judged.found:
        change = correction(found, judged.surroundings, sites) if found.race else None
        if change is not None:
            directive = found.directive
            by_place.setdefault((directive.start, directive.end), (directive, []))[1].append((found, change))
    return list(by_place.values())


def _with(function: ir.Function, directive: Directive, changes: list[Correction], source: bytes) -> ir.Function | None:
    """The function with the directive corrected; None where that stands in another function."""
    text = corrected(directive, changes, source)
    parsed = parse_directive(text, directive.start, directive.end) if text is not None else None
    if parsed is None or function.body is None:
        return None
    parsed = msgspec.structs.replace(parsed, start=directive.start, end=directive.end)

    def change(node: Node) -> Node:
        if isinstance(node, ir.Omp) and node.directive is directive:
            return ir.Omp(node.start, node.end, parsed, node.body)
        return node

    body = rewritten(function.body, change)
    return None if body is function.body else msgspec.structs.replace(function, body=body)


def _is_better(before: list[Found], after: list[Found], directive: Directive, races: list[Found]) -> bool:
    """Whether the variables whose races were to go are free of them, and no other race came instead."""
    mended = {_subject(found) for found in races}
    known = {(_subject(found), found.directive.start) for found in before if found.race}
    return not any(
        _subject(found) in mended
        if found.directive.start == directive.start
        else found.race and (_subject(found), found.directive.start) not in known
        for found in after
    )


def _subject(found: Found) -> tuple[str, str]:
    access = found.first.access
    return access.object.name, access.path

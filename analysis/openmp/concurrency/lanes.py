"""Lanes of `simd` loops: iterations that one thread runs side by side, statement by statement.

Lanes go through a statement together and through the statements in order. A dependence from a statement to one
that comes later in the body is kept; one that runs backwards in the body is broken, unless the iterations are at
least `safelen` apart.
"""

from __future__ import annotations

from ...execution.events import RegionRecord
from ..constructs import words
from .conflicts import Conflict
from .sites import Site


def simd_only(site: Site) -> list[RegionRecord]:
    """The simd constructs around the access that share out no iterations among threads."""
    return [
        region
        for region in site.stack
        if "simd" in words(region.statement.directive)
        and region.statement.directive.name not in ("ordered", "declare simd")
        and not words(region.statement.directive) & {"for", "distribute", "taskloop"}
    ]


def safe_length(region: RegionRecord) -> int | None:
    """How many iterations may run side by side at most; None where nothing bounds it."""
    lengths = [
        int(clause.items[0])
        for clause in region.statement.directive.clauses_named("safelen", "simdlen")
        if clause.name == "safelen" and clause.items and clause.items[0].isdigit()
    ]
    return min(lengths, default=None)


def breaks(conflict: Conflict, region: RegionRecord) -> bool:
    """Whether running iterations side by side, statement by statement, breaks the dependence."""
    distance = conflict.answer.distance[0] if conflict.answer.distance else None
    limit = safe_length(region)
    if limit is not None and distance is not None and distance >= limit:
        return False
    return conflict.first.order > conflict.second.order


def keeps(conflict: Conflict, region: RegionRecord) -> bool:
    """Whether the dependence is certainly kept."""
    distance = conflict.answer.distance[0] if conflict.answer.distance else None
    limit = safe_length(region)
    return limit is not None and distance is not None and distance >= limit

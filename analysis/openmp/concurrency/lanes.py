"""Lanes of `simd` loops: iterations that one thread runs side by side, statement by statement.

Lanes go through a statement together and through the statements in order. A dependence from a statement to one
that comes later in the body is kept; one that runs backwards in the body is broken, unless the iterations are at
least `safelen` apart. A `loop` construct that binds to one thread lets it run the iterations in any order (OpenMP 5.2
§11.7): every dependence is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from ...execution.events import LoopRecord, RegionRecord
from ...ir import tree as ir
from ...loops.pairs import common_subscripts
from ..constructs import binds_to_thread, words
from .conditions import conditions_around, on_data, searches
from .conflicts import Conflict, Tests
from .division import loops_of_construct
from .found import Found, undecided
from .loads import unstable_in
from .sites import Site, Surroundings
from .storage import made_at
from .tables import Tables
from .trust import may_write

QUESTION_BUDGET = 4_000  # dependence tests in one function


class Lanes:
    """The iterations of `simd` loops, and of those that bind to one thread."""

    def __init__(self, surroundings: Surroundings, sites: Sequence[Site], tables: Tables) -> None:
        self._surroundings = surroundings
        self._sites = sites
        self._tables = tables
        self._left = QUESTION_BUDGET

    def judge(self) -> list[Found]:
        found: list[Found] = []
        by_region: dict[RegionRecord, list[Site]] = {}
        for site in self._sites:
            for region in on_one_thread(site):
                if loops_of_construct(region, site.loops):
                    by_region.setdefault(region, []).append(site)
        for region, sites in by_region.items():
            found += self._judge(region, sites)
        return found

    def _judge(self, region: RegionRecord, sites: list[Site]) -> list[Found]:
        trace = self._surroundings.trace
        tests = Tests(None, unstable_in(region.first, region.last, trace), self._tables)
        found: list[Found] = []
        groups: dict[object, list[Site]] = {}
        for site in sites:
            made = made_at(site, self._surroundings)
            if not isinstance(made, int) or made < site.stack.index(region):
                groups.setdefault(site.access.object, []).append(site)
        for group in groups.values():
            for one, other in combinations_with_replacement(group, 2):
                if not (one.access.is_write or other.access.is_write):
                    continue
                if common_subscripts(one.access, other.access) is None or _ordered_simd(one, other):
                    continue
                found += self._pair(tests, region, one, other, group)
                if tests.questions > self._left:
                    doubt = "there are too many accesses"
                    found.append(Found(region.statement.directive, "budget", one, other, False, doubt=doubt))
                    return found
        self._left -= tests.questions
        return found

    def _pair(self, tests: Tests, region: RegionRecord, one: Site, other: Site, group: list[Site]) -> list[Found]:
        found: list[Found] = []
        directive = region.statement.directive
        for loop in loops_of_construct(region, one.loops):
            for first, second in dict.fromkeys([(one, other), (other, one)]):
                conflict = tests.in_later_iteration(first, second, loop)
                if conflict is None or keeps(conflict, region):
                    continue
                doubt = self._doubt(conflict, region, loop, group)
                found.append(Found(directive, "lanes", first, second, doubt is None, conflict, doubt))
        return found

    def _doubt(self, conflict: Conflict, region: RegionRecord, loop: LoopRecord, group: list[Site]) -> str | None:
        """Why the conflict may do no harm, None where it certainly does."""
        if not breaks(conflict, region):
            return "vector code that keeps the statements in order keeps this dependence too"
        if _is_temporary(group):
            return f"each lane needs a copy of its own: add private({group[0].access.object.name})"
        if conflict.strength == "possible":
            return undecided(conflict)
        if conflict.answer.condition is not None:
            return f"only where {conflict.answer.condition}"
        for site in (conflict.first, conflict.second):
            accessed = site.access.object
            if accessed.kind == "unknown" or accessed.varies >= loop.depth or made_at(site, self._surroundings) is None:
                return "each lane may reach other memory through its pointer"
            if (callee := may_write(site)) is not None:
                return f"{callee} may or may not touch it"
            if conflict.strength == "guarded" and _chosen(site, region):
                return "it depends on a condition that may keep the lanes apart"
        return None


def _chosen(site: Site, region: RegionRecord) -> bool:
    """Whether a condition around the access may pick lanes in a way that no test has decided."""
    node, body = site.access.node, region.statement.body
    if node is None or body is None or site.access.via is not None:
        return True
    return any(
        searches(condition) or not (on_data(condition) or isinstance(condition, ir.Const))
        for condition in conditions_around(body, node.start, node.end)
    )


def _ordered_simd(one: Site, other: Site) -> bool:
    return all(
        any(
            region.statement.directive.name == "ordered" and region.statement.directive.clauses_named("simd")
            for region in site.stack
        )
        for site in (one, other)
    )


def _is_temporary(group: list[Site]) -> bool:
    """Whether the accesses are to a scalar that each iteration writes before it reads it."""
    first = min(group, key=lambda site: site.order)
    scalar = not first.access.reference.subscripts and not first.access.path
    return scalar and first.access.is_write


def on_one_thread(site: Site) -> list[RegionRecord]:
    """The constructs around the access that run iterations side by side, or in any order, on one thread."""
    return [
        region
        for region in site.stack
        if binds_to_thread(region.statement.directive)
        or (
            "simd" in words(region.statement.directive)
            and region.statement.directive.name not in ("ordered", "declare simd")
            and not words(region.statement.directive) & {"for", "distribute", "taskloop"}
        )
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
    """Whether running iterations side by side, statement by statement, or in any order, breaks the dependence."""
    if binds_to_thread(region.statement.directive):
        return True
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

"""OpenMP constructs in a loop that no directive governs yet, or around it: what allows one there (OpenMP 5.2 §17.1)."""

from __future__ import annotations

from bisect import bisect_left

from ..execution.events import RegionRecord
from ..facts import Reason
from ..openmp.constructs import binds_to_thread, creates_threads, words
from .places import place_of
from .view import LoopView

# What deals with the team that meets it, or with its tasks.
_OF_THE_TEAM = frozenset(
    [
        "for", "sections", "single", "master", "masked", "scope", "loop", "ordered", "barrier", "task", "taskloop",
        "taskwait", "taskyield", "taskgroup", "taskgraph", "distribute", "teams", "cancel", "cancellation", "scan",
        "metadirective",
    ]
)  # fmt: skip


def constructs_inside(view: LoopView) -> tuple[str, ...]:
    """The names of the directives that an iteration meets, in called functions too, each once."""
    return tuple(dict.fromkeys(region.statement.directive.name for region in _regions(view)))


def nesting_forbids(view: LoopView) -> list[Reason]:
    """Why no directive may stand at the loop, because of those that stand in it or around it."""
    for omp in view.record.omp:
        if "simd" in words(omp.directive):
            place = place_of(view, omp.directive.start, omp.directive.end)
            message = f"the loop stands inside a `{omp.directive.name}` construct, in which hardly any other may stand"
            return [Reason("PRG115", message, place, culprit=omp.directive.name)]
    teams: list[RegionRecord] = []
    for region in _regions(view):
        directive = region.statement.directive
        if creates_threads(directive) and ("teams" not in words(directive) or "target" in words(directive)):
            teams.append(region)  # what stands in it belongs to its own threads
        elif any(team.first < region.first < team.last for team in teams) or binds_to_thread(directive):
            continue
        elif not _OF_THE_TEAM.isdisjoint(words(directive)):
            name = directive.name
            at = region.via or region.statement.directive
            message = (
                f"`{name}` in the loop belongs to the threads around it, and may not stand in another construct's loop"
            )
            return [Reason("PRG115", message, place_of(view, at.start, at.end), culprit=name)]
    return []


def _regions(view: LoopView) -> list[RegionRecord]:
    """Those that begin within one iteration, in order."""
    regions = view.index.trace.regions
    first, last = (bisect_left(regions, each, key=_first) for each in (view.record.first, view.record.last))
    return regions[first:last]


def _first(region: RegionRecord) -> int:
    return region.first

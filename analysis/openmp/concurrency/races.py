"""Every pair of accesses of an executed function that threads, tasks or lanes may make at the same time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...dependence.patience import limited
from ...execution.events import RegionRecord, Trace
from ...execution.points_to import PointsTo
from ...ir import tree as ir
from ..constructs import creates_threads, words
from ..threads import NUMBERS
from .clauses import clause_sites
from .devices import judge_targets
from .found import Correction, Found
from .lanes import Lanes
from .locks import Locks, argument_texts
from .sites import Surroundings
from .tables import Tables
from .team import Team

# Questions to integer sets that one function may cost, to begin with and for each construct.
QUESTIONS_FIRST = 400
QUESTIONS_EACH = 100


class Judged(msgspec.Struct):
    """What one execution of a function showed: its findings, and the directives that it went through.

    `corrections` has, by the identity of a finding, the change of its directive that removes the race.
    """

    found: list[Found]
    surroundings: Surroundings
    corrections: dict[int, Correction] = {}


def races(trace: Trace, unit: ir.Unit, source: bytes, points_to: PointsTo, tables: Tables) -> Judged:
    """Everything in `trace` that may race. `points_to` and `tables` are of the same unit."""
    with limited(QUESTIONS_FIRST + QUESTIONS_EACH * len(trace.regions)):
        return _races(trace, unit, source, points_to, tables)


def _races(trace: Trace, unit: ir.Unit, source: bytes, points_to: PointsTo, tables: Tables) -> Judged:
    surroundings = Surroundings(trace, unit.functions)
    sites = [site for site in surroundings.sites() if site.access.object.symbol not in NUMBERS]
    sites += clause_sites(surroundings)
    locks = Locks(surroundings, argument_texts(surroundings, source))
    found: list[Found] = []
    teams = [
        region
        for region in surroundings.regions
        if creates_threads(region.statement.directive) and region.statement.body is not None
    ]
    for team in teams:
        if not _is_serial(team, teams) and not _is_set_to_one(team, trace) and not _is_elsewhere(team, teams):
            found += Team(team, surroundings, locks, unit.functions, source, sites, tables).judge(points_to)
    found += judge_targets(surroundings, sites, source, tables)
    found += Lanes(surroundings, sites, tables).judge()
    return Judged(found, surroundings, {})


def _is_elsewhere(team: RegionRecord, teams: Sequence[RegionRecord]) -> bool:
    """Whether the team is created in a called function by one thread: it is judged where that function is."""
    return team.via is not None and not any(outer.first < team.first < outer.last for outer in teams)


def _is_set_to_one(team: RegionRecord, trace: Trace) -> bool:
    """Whether the function asked for one thread, by `omp_set_num_threads(1)`, and nothing may ask for more."""
    directive = team.statement.directive
    if "teams" in words(directive) or directive.clauses_named("num_threads"):
        return False
    first: int | None = None
    for effect in trace.effects:
        call = effect.node
        if isinstance(call, ir.Call) and call.name == "omp_set_num_threads":
            asked = call.arguments[0] if call.arguments else None
            if not isinstance(asked, ir.Const) or asked.value != 1:
                return False
            if effect.order < team.first and team.context[: len(effect.context)] == effect.context:
                first = effect.order if first is None else first
        elif first is not None and effect.kind in ("unknown call", "not followed", "opaque", "asm"):
            return False
    return first is not None


def _is_serial(team: RegionRecord, teams: Sequence[RegionRecord]) -> bool:
    """Whether the team certainly has one thread only."""
    directive = team.statement.directive
    around = [outer for outer in teams if outer.first <= team.first and team.last <= outer.last]
    if "teams" not in words(directive) and any(
        clause.items == ("1",) for outer in around for clause in outer.statement.directive.clauses_named("thread_limit")
    ):
        return True
    league = "teams" in words(directive)
    if any(clause.items == ("1",) for clause in directive.clauses_named("num_teams" if league else "num_threads")):
        return not (league and "parallel" in words(directive))
    return any(
        clause.items in (("0",), ("false",)) and clause.modifier in (None, "parallel")
        for clause in directive.clauses_named("if")
    )

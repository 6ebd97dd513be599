"""Judging the OpenMP directives that stand in a file: racy, free of races, or not known.

Each function with directives is executed symbolically with its teams as loops over their threads (`threads`); the pairs
of accesses that may happen at the same time are held against each other (`concurrency`); and each directive
gets the verdict of the pairs that speak against it. `no_race` needs every pair to be excluded and nothing in the
region to be out of sight.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping
from functools import partial

import msgspec

from ..execution.events import RegionRecord, Trace
from ..execution.interpreter import execute
from ..execution.points_to import PointsTo
from ..execution.summaries import Summaries
from ..facts import DirectiveFacts, Language, Reason
from ..ir import tree as ir
from ..ir.walk import CHILDREN, LEAVES, descendants
from ..text import SourceText
from . import words as wording
from .concurrency.found import Correction, Found
from .concurrency.races import Judged
from .concurrency.tables import Tables
from .concurrency.tasks import is_deferred
from .constructs import associated_count, associated_loops, creates_threads, names, words
from .directive import Directive
from .fixes import corrected
from .linear import wrong_steps
from .malformed import is_known, unread_parts
from .retrial import judge_function
from .scopes import gone_before
from .threads import THREAD_QUERIES, has_orphans, orphaned, threaded
from .unset import read_unset

Key = tuple[int, int]

# Constructs that a verdict is given for; the others (critical, barrier, …) only take part in those.
_JUDGED = frozenset(
    [
        "parallel", "teams", "for", "distribute", "loop", "simd", "sections", "single", "master", "masked", "scope",
        "task", "taskloop", "target", "metadirective",
    ]
)  # fmt: skip


# Effects by which a region may touch what no access stands for.
_OUT_OF_SIGHT = ("unknown call", "not followed", "opaque", "asm", "state")

# A nest of more loops than this is none that anybody wrote.
_DEEPEST = 100
# Reasons for an unknown verdict that are told.
_TOLD = 5


class Case(msgspec.Struct):
    """What is known of one directive: findings against it, and what is out of sight within it."""

    directive: Directive
    races: list[tuple[Found, Correction | None]] = []
    doubts: list[Found] = []
    open: list[Reason] = []
    inside: list[Key] = []
    reached: bool = False


def judge_directives(
    unit: ir.Unit,
    source: SourceText,
    *,
    language: Language,
    using_std: bool = False,
    loop_ids: Mapping[int, str] | None = None,
    points_to: PointsTo | None = None,
) -> tuple[DirectiveFacts, ...]:
    """The verdict on every directive of the file that runs code on several threads, in tasks or in lanes.

    `loop_ids` gives the id of the loop whose keyword is at a byte offset, `points_to` is the solution for the unit.
    """
    cases = cases_of(directive for directive, _ in unit.directives)
    if not cases:
        return ()
    surveys = [survey(function) for function in unit.functions]
    called = called_from_teams((function.name, found) for function, found in zip(unit.functions, surveys, strict=True))
    functions = [
        team_function(function, found, called) for function, found in zip(unit.functions, surveys, strict=True)
    ]
    team_unit = msgspec.structs.replace(unit, functions=tuple(functions))
    summaries = Summaries(team_unit)
    twins = {
        id(function): id(original)
        for function, original in zip(functions, unit.functions, strict=True)
        if function is not original
    }
    points_to = PointsTo(team_unit, summaries, alike=points_to, twins=twins)
    tables = Tables(team_unit)
    run = partial(
        execute, unit=team_unit, text=source.data, summaries=summaries, is_cpp=language == "cpp", using_std=using_std
    )
    for function, found in zip(functions, surveys, strict=True):
        if is_root(function, found):
            trace, judged = judge_function(function, run, team_unit, source.data, points_to, tables)
            collect(cases, judged, trace, source)
    return tuple(facts for facts, _ in conclude(cases, surveys, source, loop_ids or {}))


def cases_of(directives: Iterable[Directive]) -> dict[Key, Case]:
    """The directives that get a verdict: also those of which nobody can tell what they are."""
    return {
        (directive.start, directive.end): Case(directive, [], [], [], [])
        for directive in directives
        if (words(directive) & _JUDGED and not directive.standalone) or not is_known(directive)
    }


class Survey(msgspec.Struct, frozen=True, eq=False):
    """What a function has that matters to directives: its OpenMP constructs, the names of the functions that it calls,
    and of those that it calls from its own teams; and whether it asks which thread it is."""

    constructs: tuple[ir.Omp, ...] = ()
    calls: frozenset[str] = frozenset()
    team_calls: frozenset[str] = frozenset()
    asks_for_thread: bool = False


def survey(function: ir.Function) -> Survey:
    if function.body is None:
        return Survey()
    constructs: list[ir.Omp] = []
    calls: set[str] = set()
    team_calls: set[str] = set()
    stack: list[ir.Expr | ir.Stmt] = [function.body]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in LEAVES:  # most nodes are, and this walk is through the whole file
            continue
        if kind is ir.Call:
            calls.add(node.name)  # type: ignore[union-attr]
        elif kind is ir.Omp:
            constructs.append(node)  # type: ignore[arg-type]
        stack.extend(CHILDREN[kind](node)[::-1])
    for construct in constructs:
        if construct.body is not None and creates_threads(construct.directive):
            team_calls.update(each.name for each in descendants(construct.body) if isinstance(each, ir.Call))
    return Survey(tuple(constructs), frozenset(calls), frozenset(team_calls), bool(calls & THREAD_QUERIES.keys()))


def team_function(function: ir.Function, found: Survey, called: Container[str]) -> ir.Function:
    """The function with its teams as loops; where it has orphaned constructs and nothing in sight calls it from a team
    (see `called_from_teams`), as the body of a team that some caller out of sight made."""
    if not found.constructs and not found.asks_for_thread:
        return function
    changed = threaded(function)
    unseen = has_orphans(changed) and function.name != "main" and function.name not in called
    return orphaned(changed) if unseen else changed


def is_root(function: ir.Function, found: Survey) -> bool:
    """Whether the function is to be executed for its directives."""
    return bool(found.constructs) and not function.included


def called_from_teams(functions: Iterable[tuple[str, Survey]]) -> frozenset[str]:
    """The names of functions that code inside a team calls, directly or not; from the names and surveys of all."""
    calls: dict[str, set[str]] = {}
    waiting: list[str] = []
    for name, found in functions:
        if found.calls:
            calls.setdefault(name, set()).update(found.calls)
        waiting += found.team_calls
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += calls.get(name, ())
    return frozenset(reached)


def collect(cases: dict[Key, Case], judged: Judged, trace: Trace, source: SourceText) -> None:
    """Files what one execution showed under the directives that it concerns."""
    for found in judged.found:
        case = cases.get((found.directive.start, found.directive.end))
        if case is None:
            case = _enclosing(cases, found)
            if case is None:
                continue
        if not found.race:
            case.doubts.append(found)
            continue
        case.races.append((found, judged.corrections.get(id(found))))
    for region in trace.regions:
        case = cases.get((region.statement.directive.start, region.statement.directive.end))
        if case is not None:
            case.reached = True
            case.open += _out_of_sight(region, trace, source)
            case.inside += _called_inside(region, trace, cases)


def _called_inside(region: RegionRecord, trace: Trace, cases: Container[Key]) -> list[Key]:
    """The judged directives in functions that the region calls; those in its own text are `_nest`'s."""
    statement = region.statement
    keys: list[Key] = []
    for inner in trace.regions:
        key = (inner.statement.directive.start, inner.statement.directive.end)
        in_text = statement.start <= inner.statement.start and inner.statement.end <= statement.end
        if region.first < inner.first < region.last and key in cases and not in_text and key not in keys:
            keys.append(key)
    return keys


def _enclosing(cases: dict[Key, Case], found: Found) -> Case | None:
    """The innermost judged directive around a finding against one that gets no verdict."""
    for region in reversed(found.first.stack):
        case = cases.get((region.statement.directive.start, region.statement.directive.end))
        if case is not None:
            return case
    return None


def _out_of_sight(region: RegionRecord, trace: Trace, source: SourceText) -> list[Reason]:
    """What runs in the region that the analysis cannot see."""
    found: list[Reason] = []
    directive = region.statement.directive
    if directive.has("metadirective"):
        message = "which construct this is depends on its `when` clauses: write that construct to have it judged"
        found.append(Reason("PRG306", message, source.place(directive.start, directive.end)))
    found += _unread(region.statement, source)
    found += _gone(region, trace, source)
    found += wrong_steps(region, trace, source)
    found += read_unset(region, trace, source)
    for effect in trace.effects:
        if region.first < effect.order < region.last and effect.kind in _OUT_OF_SIGHT:
            what = "what it touches is not known" if effect.kind != "state" else "it keeps state that threads share"
            place = source.place(effect.start, effect.end)
            found.append(Reason("PRG306", f"`{effect.name[:60]}`: {what}", place, culprit=effect.name[:60]))
    for clause in region.statement.directive.clauses_named("in_reduction"):
        for name in sorted(names(clause)):
            if not _reduces_tasks(name, region, trace):
                message = f"`in_reduction({name})` takes part in a `task_reduction` around it, and none is in sight"
                found.append(Reason("PRG306", message, source.place(clause.start, clause.end), culprit=name))
    for function in (trace.function, *trace.followed.values()):
        for offset, name in function.assumed_numbers:
            at = function.start + offset
            if function is not trace.function or region.statement.start <= at < region.statement.end:
                message = f"the operators of `{name}` are not in sight: it may be a class"
                found.append(Reason("PRG306", message, source.place(at, at), culprit=name))
    if not trace.complete:
        place = source.place(region.statement.directive.start, region.statement.directive.end)
        found.append(Reason("PRG306", "the function is too large to follow every call in it", place))
    return found


def unread_reasons(directive: Directive, source: SourceText) -> list[Reason]:
    return [
        Reason("PRG306", f"{words}: what the directive does is not known", source.place(start, end))
        for words, start, end in unread_parts(directive, source.data)
    ]


def _gone(region: RegionRecord, trace: Trace, source: SourceText) -> list[Reason]:
    """Variables that the task may look for when they are no more."""
    if "task" not in words(region.statement.directive) or not is_deferred(region):
        return []
    at = region.statement.start
    place = source.place(region.statement.directive.start, region.statement.directive.end)
    return [
        Reason(
            "PRG306",
            f"the block of `{name}` ends without waiting for the task that shares it",
            place,
            culprit=name,
            help=f"put `#pragma omp taskwait` before the end of that block, or make `{name}` firstprivate",
        )
        for function in (trace.function, *trace.followed.values())
        if function.start <= at < function.end
        for name in gone_before(region.statement, function)
    ]


def _unread(construct: ir.Omp, source: SourceText) -> list[Reason]:
    """Numbers of loops that the text does not give, and loops that it does not have."""
    directive = construct.directive
    found: list[Reason] = []
    for clause in directive.clauses_named("collapse", "ordered") if associated_count(directive) else ():
        text = f"{clause.name}({', '.join(clause.items)})"
        if clause.items and not clause.items[0].isdigit():
            message = f"how many loops `{text}` takes cannot be read"
        elif clause.items and len(associated_loops(construct, min(int(clause.items[0]), _DEEPEST))) < int(
            clause.items[0]
        ):
            message = f"there are fewer loops than `{text}` takes"
        else:
            continue
        found.append(Reason("PRG306", message, source.place(clause.start, clause.end), culprit=text))
    return found


def _reduces_tasks(name: str, region: RegionRecord, trace: Trace) -> bool:
    """Whether a construct around the region lets tasks take part in a reduction of the variable (OpenMP 5.2 §5.5.8)."""
    for outer in trace.regions:
        if outer.first < region.first and region.last < outer.last:
            directive = outer.statement.directive
            for clause in directive.clauses_named("task_reduction", "reduction"):
                of_tasks = (
                    clause.name == "task_reduction" or directive.has("taskloop") or "task" in (clause.modifier or "")
                )
                if of_tasks and name in names(clause):
                    return True
    return False


def conclude(
    cases: dict[Key, Case], surveys: Iterable[Survey], source: SourceText, loop_ids: Mapping[int, str]
) -> list[tuple[DirectiveFacts, int | None]]:
    """The verdicts in the order of the text, each with the offset of the loop that is governed. `surveys` are of the
    functions in which all the directives stand, as the text has them."""
    constructs = [construct for found in surveys for construct in found.constructs]
    governed = _governed_loops(constructs)
    _nest(cases, constructs)
    return [_facts(cases[key], cases, governed.get(key), source, loop_ids) for key in sorted(cases)]


def _governed_loops(constructs: Iterable[ir.Omp]) -> dict[Key, ir.For | ir.RangeFor]:
    """The loop that each loop-associated directive governs."""
    found: dict[Key, ir.For | ir.RangeFor] = {}
    for construct in constructs:
        loops = associated_loops(construct, None)
        if loops:
            found[construct.directive.start, construct.directive.end] = loops[0]
    return found


def _nest(cases: dict[Key, Case], constructs: Iterable[ir.Omp]) -> None:
    """Note the judged directives inside each."""
    keys = sorted(cases)
    for construct in constructs:
        case = cases.get((construct.directive.start, construct.directive.end))
        body = construct.body
        if case is not None and body is not None:
            within = keys[bisect_left(keys, (body.start, 0)) : bisect_left(keys, (body.end, 0))]
            case.inside += [key for key in within if key[1] <= body.end]


def _facts(
    case: Case,
    cases: dict[Key, Case],
    loop: ir.For | ir.RangeFor | None,
    source: SourceText,
    loop_ids: Mapping[int, str],
) -> tuple[DirectiveFacts, int | None]:
    directive = case.directive
    verdict, reasons, fix = "no_race", (), None
    if unread := unread_reasons(directive, source):
        verdict, reasons = "unknown", tuple(unread[:_TOLD])
    elif case.races:
        verdict = "race"
        told = _once_each(case.races)
        reasons = tuple(wording.reason(found, change, source) for found, change in told)
        if all(change is not None for _, change in told):
            fix = corrected(directive, [change for _, change in told if change is not None], source.data)
    else:
        unknown = _doubts(case, source) or _inner(case, cases, source)
        if unknown:
            verdict, reasons = "unknown", tuple(unknown[:_TOLD])
    facts = DirectiveFacts(
        place=source.place(directive.start, directive.end),
        directive=directive.name,
        loop=loop_ids.get(loop.start) if loop is not None else None,
        loop_line=source.lines.position(loop.start)[0] if loop is not None else None,
        verdict=verdict,
        reasons=reasons,
        fix=fix,
    )
    return facts, loop.start if loop is not None else None


def _once_each(found: list[tuple[Found, Correction | None]]) -> list[tuple[Found, Correction | None]]:
    """One race for each variable, the one that is easiest to see first."""
    best: dict[object, tuple[Found, Correction | None]] = {}
    ordered = sorted(found, key=lambda each: (each[0].first is each[0].second, each[0].first.order))
    for each in ordered:
        access = each[0].first.access
        best.setdefault((access.object, access.path), each)
    return list(best.values())


def _doubts(case: Case, source: SourceText) -> list[Reason]:
    if not case.reached:
        place = source.place(case.directive.start, case.directive.end)
        return [Reason("PRG306", "the analysis does not reach this code", place)]
    reasons = [wording.reason(found, None, source) for found in case.doubts[:_TOLD]] + case.open
    return list({(each.message, each.place): each for each in reasons}.values())


def _inner(case: Case, cases: dict[Key, Case], source: SourceText) -> list[Reason]:
    """A directive is not free of races while one inside it is not."""
    found = []
    for key in case.inside:
        inner = cases[key]
        if unread_reasons(inner.directive, source) or inner.races or inner.doubts or inner.open or not inner.reached:
            place = source.place(*key)
            found.append(Reason("PRG306", f"the `{inner.directive.name}` inside is not free of races", place))
    return found

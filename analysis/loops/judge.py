"""`LoopFacts` for every loop of a trace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from ..dependence.patience import limited
from ..execution.events import Access, LoopRecord, Trace
from ..execution.points_to import PointsTo
from ..facts import Access as AccessFact
from ..facts import Assumption, LoopFacts, Variable
from ..ir import tree as ir
from ..symbolic.polynomial import format_polynomial
from ..text import SourceText
from .arrays import judge_arrays
from .assumed_numbers import operator_assumptions
from .constructs import constructs_inside, nesting_forbids
from .exceptions import exceptions_of
from .extrema import extremum_notes
from .named_globals import global_assumptions
from .obstacles import find_obstacles
from .places import access_name, access_place, access_text, place_of
from .scalars import judge_scalars, rounding_notes
from .shape import called_names, control_names, header_facts, loop_kind, only_loop_in, work_of
from .steps import step_assumptions
from .view import Execution, LoopView, TraceIndex, view_of

_MOST_ACCESSES = 200  # shown per loop
# Questions to integer sets that the loops of one function may cost together, to begin with and for each of them, and
# that any one may cost: beyond them the answer is "unknown: too complex".
QUESTIONS_FIRST = 1_000
QUESTIONS_EACH = 60
QUESTIONS_MOST = 4_000


def judge_trace(
    trace: Trace,
    unit: ir.Unit,
    text: SourceText,
    points_to: PointsTo,
    occurrence: dict[str, int],
    execution: Execution,
) -> list[LoopFacts]:
    """Facts for the loops that stand in the function itself, and in this file, in source order.

    `execution` executes any other function of the unit.
    """
    index = TraceIndex(trace, unit, text, points_to, execution)
    own = [
        record
        for record in trace.loops
        if not (record.inlined or unit.is_included(record.statement) or _is_no_loop(record.statement))
    ]
    facts: dict[LoopRecord, LoopFacts] = {}
    work: dict[LoopRecord, int | None] = {}
    ids: dict[LoopRecord, str] = {}
    inside: dict[LoopRecord | None, list[LoopRecord]] = {}
    for record in own:
        ids[record] = _identity(record, trace, text, occurrence)
        inside.setdefault(record.parent, []).append(record)
    with limited(QUESTIONS_FIRST + QUESTIONS_EACH * len(own)):
        for record in reversed(own):  # inner loops first
            nested = [(other, work[other]) for other in inside.get(record, ())]
            work[record] = work_of(record, nested)
            with limited(QUESTIONS_MOST):
                facts[record] = _judge(view_of(index, record), ids, facts, nested, work[record])
    return [facts[record] for record in own]


def _is_no_loop(statement: ir.Stmt) -> bool:
    """`do … while (0)`, which macros stand in to be one statement."""
    if not isinstance(statement, ir.While) or not statement.is_do:
        return False
    return isinstance(statement.condition, ir.Const) and statement.condition.value == 0


def _identity(record: LoopRecord, trace: Trace, text: SourceText, occurrence: dict[str, int]) -> str:
    """Stable under edits elsewhere: from the function's name, the loop's own text and its count among equals."""
    statement = record.statement
    content = b" ".join(text.data[statement.start : statement.end].split())
    key = trace.function.name.encode() + b"\0" + content
    digest = hashlib.sha256(key).hexdigest()[:12]
    count = occurrence[digest] = occurrence.get(digest, 0) + 1
    return digest if count == 1 else f"{digest}-{count}"


def _judge(
    view: LoopView,
    ids: dict[LoopRecord, str],
    facts: dict[LoopRecord, LoopFacts],
    nested: list[tuple[LoopRecord, int | None]],
    work: int | None,
) -> LoopFacts:
    record = view.record
    statement = record.statement
    header, problem = header_facts(view)
    obstacles = find_obstacles(view)
    scalars = judge_scalars(view)
    scalar_objects = _scalar_objects(view)
    arrays = judge_arrays(view, scalar_objects, scalars.carried)
    carried = scalars.blocking
    if problem is not None:  # what moves a loop that is not canonical is no news beside that
        moved = control_names(record)
        carried = [reason for reason in carried if reason.culprit not in moved]
    awaited, unthrown = exceptions_of(view) if record.throws else ([], [])
    directive = next((o for o in reversed(record.omp) if _governs(o, statement)), None) if record.omp else None
    nesting = nesting_forbids(view) if directive is None else []
    blocking = [*nesting, *obstacles.blocking, *awaited, *carried, *arrays.blocking]
    unknowns = [*scalars.unknowns, *arrays.unknowns, *obstacles.unknowns]
    if problem is not None:
        if record.counted is not None and not blocking and not unknowns:
            only = f"{problem.help}; nothing else that is known keeps it from running in parallel"
            problem = msgspec.structs.replace(problem, help=only)
        unknowns.append(problem)
    numeric = [*arrays.wrapping, *step_assumptions(view), *unthrown] if not blocking else []
    if unknowns:  # with worse in doubt, only what can be asked for is worth telling
        numeric = [each for each in numeric if each.guard is not None]
    assumptions = (*arrays.assumptions, *numeric, *global_assumptions(view), *operator_assumptions(view))
    parent = record.parent
    while parent is not None and parent not in ids:
        parent = parent.parent
    variables = _merged(scalars.variables, arrays.variables)
    return LoopFacts(
        id=ids[record],
        function=view.index.trace.function.name,
        place=place_of(view, statement.start, statement.end),
        keyword=place_of(view, statement.start, statement.keyword_end),
        body=place_of(view, statement.body.start, statement.body.end),
        depth=record.depth - 1,
        parent=ids.get(parent) if parent is not None else None,
        header=header,
        kind=loop_kind(statement),  # type: ignore[arg-type]
        accesses=_accesses(view, scalar_objects),
        variables=tuple(variables),
        dependences=(*scalars.dependences, *arrays.dependences),
        blocking=tuple(blocking),
        unknowns=tuple(unknowns),
        assumptions=assumptions,
        notes=(*rounding_notes(view, variables), *extremum_notes(view, variables)),
        collapsible=_collapsible(view, facts, bool(blocking or unknowns), nested, variables, assumptions),
        innermost=not nested,
        work=work,
        calls=called_names(record),
        constructs=constructs_inside(view),
        existing_directive=directive.directive.name if directive is not None else None,
        complete=not view.index.trace.function.in_error,
    )


def _governs(omp: ir.Omp, statement: ir.Stmt) -> bool:
    body = omp.body
    while isinstance(body, ir.Omp):
        body = body.body
    return body is statement


def _scalar_objects(view: LoopView) -> set:
    """Variables that the loop touches only as scalars."""
    scalars, others = set(), set()
    for access in view.accesses:
        object = access.object
        if object.kind == "variable":
            (others if access.reference.subscripts else scalars).add(object)
    return scalars - others


def _merged(scalars: Sequence[Variable], arrays: Sequence[Variable]) -> list[Variable]:
    """One entry a variable: a pointer is both a scalar and the name of what it points to."""
    by_name: dict[str, Variable] = {variable.name: variable for variable in scalars}
    for variable in arrays:
        known = by_name.get(variable.name)
        if known is None or known.role == "shared" or variable.role in ("blocking", "reduction"):
            by_name[variable.name] = variable
    return list(by_name.values())


def _accesses(view: LoopView, scalars: set) -> tuple[AccessFact, ...]:
    """The loop's accesses to memory that outlives an iteration, each place once."""
    shown: dict[tuple[int, int, bool, str], AccessFact] = {}
    hidden = scalars | {object for object in {access.object for access in view.accesses} if view.is_fresh(object)}
    for access in view.accesses:
        if access.object in hidden or len(shown) >= _MOST_ACCESSES:
            continue
        key = (access.start, access.end, access.is_write, access.object.name)
        if key not in shown:
            shown[key] = _access_fact(view, access)
    return tuple(shown.values())


def _access_fact(view: LoopView, access: Access) -> AccessFact:
    """What is said of an access: the same in all loops around it, but for whether it happens in every iteration."""
    reference = access.reference
    conditional = bool(reference.guards or not reference.exact_guards) and access.context != view.record.context
    shown = view.index.shown
    known = shown.get((access, conditional))
    if known is None:
        known = shown[access, conditional] = _new_access_fact(view, access, conditional)
    return known


def _new_access_fact(view: LoopView, access: Access, conditional: bool) -> AccessFact:
    subscripts = access.reference.subscripts
    affine = all(s is not None and s.is_affine for s in subscripts)
    return AccessFact(
        variable=access_name(access),
        text=access_text(view, access),
        kind="write" if access.is_write else "read",
        place=access_place(view, access),
        subscripts=tuple("?" if s is None else format_polynomial(s) for s in subscripts),
        affine=affine,
        conditional=conditional,
    )


def _collapsible(
    view: LoopView,
    facts: dict[LoopRecord, LoopFacts],
    blocked: bool,
    nested: list[tuple[LoopRecord, int | None]],
    variables: Sequence[Variable],
    assumptions: Sequence[Assumption],
) -> int:
    """How many perfectly nested, rectangular loops begin here that are parallel under this loop's roles."""
    record = view.record
    inner_statement = only_loop_in(record.statement.body)
    if blocked or len(nested) != 1 or inner_statement is None or nested[0][0].statement is not inner_statement:
        return 1
    inner = nested[0][0]
    inner_facts = facts[inner]
    if inner_facts.blocking or inner_facts.unknowns or inner_facts.header is None or inner.header is None:
        return 1
    bounds = (inner.header.lower, inner.header.upper, inner.header.step)
    if any(bound is None or bound.depth() >= record.depth for bound in bounds):
        return 1
    if not _parallel_alike(inner_facts, variables, assumptions):
        return 1
    return 1 + inner_facts.collapsible


def _parallel_alike(inner: LoopFacts, variables: Sequence[Variable], assumptions: Sequence[Assumption]) -> bool:
    """Whether the outer loop's clauses and assumptions make the inner loop parallel too.

    `s[i] += a[i][j]` is a reduction of the inner loop alone: the outer one needs no clause for it, and collapsing both
    under its clauses would race.
    """
    roles = {variable.name: variable.role for variable in variables}
    assumed = {assumption.message for assumption in assumptions}
    return all(assumption.message in assumed for assumption in inner.assumptions) and all(
        variable.role in ("local", "induction", "shared") or roles.get(variable.name) == variable.role
        for variable in inner.variables
    )

"""Dependences between accesses to memory other than scalar variables."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..dependence.problem import Answer, Reference
from ..execution.aliasing import relation
from ..execution.events import Access
from ..execution.values import Object, meet
from ..facts import Assumption, Dependence, DependenceKind, Reason, Variable
from . import overlap, words
from .dominance import is_read_after
from .index_assumptions import index_assumption
from .pairs import Group, Stabilised, common_subscripts, may_alias, memory_groups
from .places import access_name, access_place, access_text
from .privatization import private_array, reads_only_its_own
from .reach import beyond_clauses
from .reductions import ArrayReduction, array_reduction
from .run_lengths import resting_on_length
from .scalars import variable_of
from .thread_storage import is_each_threads_own, is_thread_local
from .view import LoopView
from .wrapping import wrap_assumptions

# Pairs of accesses that one loop may cost; beyond them the answer is "unknown: too complex".
PAIR_BUDGET = 4_000
_ENOUGH_CERTAIN = 4
_ENOUGH_UNDECIDED = 8
_ENOUGH_HARD = 2
_TOO_HARD = Answer("unknown", cause="complex")


class Conflict(msgspec.Struct):
    """Two accesses and how they can meet: `first` in an earlier iteration than `second`."""

    first: Access
    second: Access
    answer: Answer
    references: tuple[Reference, Reference]
    removable: str | None = None


class ArrayJudgement(msgspec.Struct):
    variables: list[Variable] = []
    dependences: list[Dependence] = []
    blocking: list[Reason] = []
    unknowns: list[Reason] = []
    assumptions: list[Assumption] = []
    wrapping: list[Assumption] = []


def judge_arrays(view: LoopView, scalars: set[Object], carried: Sequence[Object] = ()) -> ArrayJudgement:
    """Hold every pair of accesses that may meet against each other, over different iterations of the loop.

    `carried` are those of the `scalars` that keep the loop serial: what is in doubt of their elements is no news.
    """
    result = ArrayJudgement([], [], [], [], [])
    groups = memory_groups(view, scalars)
    written = [group for group in groups if group.written]
    writes = [access for access in view.accesses if access.is_write and access.object not in scalars]
    stabilised = Stabilised(view, writes)
    budget = PAIR_BUDGET
    blocked = set(carried)
    doubts: dict[Object, list[Reason]] = {}
    for group in groups:
        if is_thread_local(group.object):
            accesses = [access for access in view.accesses if access.object is group.object]
            if is_each_threads_own(view, group.object, accesses, result):
                _add_shared(result, view, group)
                continue
        if not group.written:
            _add_shared(result, view, group)
            continue
        cost = len(group.accesses) * sum(access.is_write for access in group.accesses)
        budget -= cost
        if budget < 0:
            result.unknowns.append(words.too_complex(view, group.accesses[0], len(group.accesses)))
            return result
        blocking, unknowns = len(result.blocking), len(result.unknowns)
        _judge_group(result, view, stabilised, group)
        doubts[group.object] = result.unknowns[unknowns:]
        if len(result.blocking) > blocking:
            blocked.add(group.object)
    _drop_doubts(result, doubts, blocked)
    overlap.judge_overlaps(view, stabilised, groups, written, result.unknowns, result.assumptions, may_alias)
    result.wrapping = wrap_assumptions(view, written) if not result.blocking else []
    return result


def _drop_doubts(result: ArrayJudgement, doubts: dict[Object, list[Reason]], blocked: set[Object]) -> None:
    """What cannot be told of memory is no news beside a dependence on it, or on the container that owns it."""
    for object, reasons in doubts.items():
        if object in blocked or (
            object.kind == "container" and object.parent is not None and object.parent.object in blocked
        ):
            result.unknowns = [each for each in result.unknowns if each not in reasons]


def _judge_group(result: ArrayJudgement, view: LoopView, stabilised: Stabilised, group: Group) -> None:
    object = group.object
    moving = _moving_pointer(view, stabilised, group)
    if moving is not None:
        result.unknowns.append(moving)
        return
    conflicts = _conflicts(view, stabilised, group)
    if not conflicts:
        _add_shared(result, view, group)
        _rows_assumption(result, view, stabilised, group)
        return
    if beyond_clauses(view, object, group.accesses) is not None:
        _report(result, view, stabilised, group, conflicts)
        return
    reduction = array_reduction(view, group)
    if reduction is not None and not _rather_apart(view, stabilised, conflicts, reduction):
        _add_reduction(result, view, group, conflicts, reduction)
        return
    private = private_array(view, stabilised, group)
    if private is not None:
        result.variables.append(variable_of(view, object, private, live_out=private == "lastprivate"))
        for conflict in conflicts:
            conflict.removable = "private"
            result.dependences.append(_dependence(view, conflict))
        return
    if _only_writes_meet(conflicts) and reads_only_its_own(view, stabilised, group.object):
        _report_temporary(result, view, group, conflicts)
        return
    _report(result, view, stabilised, group, conflicts)


def _only_writes_meet(conflicts: list[Conflict]) -> bool:
    """Whether writes certainly meet, and reads with writes as far as the subscripts tell."""
    certain = any(kind_of(each) == "output" and each.answer.verdict == "dependent" for each in conflicts)
    return certain and any(kind_of(each) != "output" for each in conflicts)


def _report_temporary(result: ArrayJudgement, view: LoopView, group: Group, conflicts: list[Conflict]) -> None:
    """Nothing goes from one iteration to the next, but there is only one array for all, and it lives on."""
    meeting = [each for each in conflicts if kind_of(each) == "output"]
    result.dependences += [_dependence(view, each) for each in meeting]
    one = min(meeting, key=_weight)
    result.blocking.append(words.temporary_lives_on(view, one.first, one.second, one.answer))
    if group.object.symbol is not None and not any(access.via is not None for access in group.accesses):
        result.variables.append(variable_of(view, group.object, "blocking"))


def _conflicts(view: LoopView, stabilised: Stabilised, group: Group) -> list[Conflict]:
    """Pairs that are not proved independent, each in the order in which it can happen.

    Enough of them are enough: once several pairs stand that no condition on parameters could take away, the rest
    would change neither the verdict nor what is worth saying.
    """
    conflicts: list[Conflict] = []
    certain = undecided = hard = 0
    accesses = group.accesses
    for position, second in enumerate(accesses):
        for first in accesses[: position + 1]:
            if not (first.is_write or second.is_write):
                continue
            count = common_subscripts(first, second)
            if count is None:
                continue
            left, right = stabilised.reference(first, count), stabilised.reference(second, count)
            row = _same_row(view, group.object, left, right)
            if row:
                left, right = without_leading(left, row), without_leading(right, row)
            orders = [(first, second, left, right)]
            if first is not second:
                orders.append((second, first, right, left))
            for earlier, later, a, b in orders:
                tired = hard >= _ENOUGH_HARD or view.index.hard_questions <= 0
                answer = _TOO_HARD if tired else stabilised.carried(a, b)
                if answer.verdict == "independent":
                    continue
                answer = resting_on_length(answer, a, b, stabilised.carried)
                if "?" in first.path + second.path:  # seen through a cast, which gives subscripts another meaning
                    answer = msgspec.structs.replace(answer, verdict="unknown", cause="shape")
                elif not (first.certain and second.certain):
                    answer = msgspec.structs.replace(answer, verdict="unknown", cause=answer.cause or "data")
                if answer.cause == "complex":
                    hard += 1
                    view.index.hard_questions -= not tired
                conflicts.append(Conflict(earlier, later, answer, (a, b)))
                if answer.independent_when is None:
                    certain += answer.verdict == "dependent"
                    undecided += answer.verdict != "dependent"
                if certain >= _ENOUGH_CERTAIN or undecided >= _ENOUGH_UNDECIDED or tired:
                    return conflicts
    return conflicts


def _moving_pointer(view: LoopView, stabilised: Stabilised, group: Group) -> Reason | None:
    """A pointer that may lead elsewhere in each iteration makes its subscripts meaningless across iterations."""
    object = group.object.holder
    access = next(access for access in group.accesses if access.is_write)
    if object.kind == "unknown" or max(object.varies, group.object.varies) >= view.depth:
        return words.moving_pointer(view, access)
    parent = object.parent
    if parent is None:
        return None
    for write in view.accesses:
        if write.is_write and write.object is parent.object and not view.is_fresh(write.object):
            if meet(write.path, parent.path):
                return words.moving_pointer(view, access)
        elif (
            write.is_write
            and write.scalar_type in ("pointer", None)
            and write.object is not group.object
            and not view.is_fresh(write.object)
            and relation(write.object, parent.object) == "unknown"
        ):
            return words.moving_pointer(view, access)
    return None


def _rows_assumption(result: ArrayJudgement, view: LoopView, stabilised: Stabilised, group: Group) -> None:
    """Rows reached through an array of pointers are told apart by the pointer's index only if no two are the same."""
    object = _rows_that_may_be_one(view, group.object)
    if object is None:
        return
    for position, second in enumerate(group.accesses):
        for first in group.accesses[: position + 1]:
            if not (first.is_write or second.is_write):
                continue
            # Rows may overlap with any shift, so that no subscripts behind two pointers are apart.
            if not _same_row(view, object, stabilised.reference(first), stabilised.reference(second)):
                result.assumptions.append(words.rows_distinct(view, first, object))
                return


def _rows_that_may_be_one(view: LoopView, object: Object) -> Object | None:
    """The rows on the way to an object, or the object itself, of which two may be the same memory."""
    at: Object | None = object
    while at is not None:
        if at.kind == "rows" and at.parent is not None and not view.index.points_to.rows_are_distinct(at.parent.object):
            return at
        at = at.parent.object if at.parent is not None and at.kind != "variable" else None
    return None


def _same_row(view: LoopView, object: Object, left: Reference, right: Reference) -> int:
    """How many leading subscripts only choose a pointer, the same one for both in every iteration of the loop."""
    count = object.pointers
    if not 0 < count < min(len(left.subscripts), len(right.subscripts)):
        return 0
    for one, other in zip(left.subscripts[:count], right.subscripts[:count], strict=True):
        if one is None or one != other or one.depth() >= view.depth:
            return 0
    return count


def without_leading(reference: Reference, count: int) -> Reference:
    """The reference with its first `count` subscripts left out."""
    return Reference(
        reference.subscripts[count:],
        reference.extents[count:],
        reference.loops,
        reference.guards,
        reference.is_write,
        reference.order,
        reference.flat,
        reference.exact_guards,
    )


def _add_shared(result: ArrayJudgement, view: LoopView, group: Group) -> None:
    symbol = group.object.symbol
    if symbol is None or all(access.via is not None for access in group.accesses):
        return
    if symbol.name != "this" and not any(variable.name == symbol.name for variable in result.variables):
        result.variables.append(variable_of(view, group.object, "shared"))


def _add_reduction(
    result: ArrayJudgement, view: LoopView, group: Group, conflicts: list[Conflict], reduction: ArrayReduction
) -> None:
    if reduction.reason is not None:
        if any(each.answer.verdict == "dependent" or _depends_on_data(each) for each in conflicts):
            result.blocking.append(reduction.reason)
        else:
            one = min(conflicts, key=_weight)
            reason = words.undecided(view, one.first, one.second, one.answer)
            result.unknowns.append(msgspec.structs.replace(reason, help=reduction.reason.help))
    else:
        result.variables.append(
            variable_of(view, group.object, "reduction", reduction.operator, live_out=True, section=reduction.section)
        )
    for conflict in conflicts:
        conflict.removable = "reduction" if reduction.reason is None else "atomic"
        result.dependences.append(_dependence(view, conflict))


def _report(
    result: ArrayJudgement, view: LoopView, stabilised: Stabilised, group: Group, conflicts: list[Conflict]
) -> None:
    """Say what was found: certain dependences block, the rest is unknown or rests on an assumption."""
    told: set[str] = set()
    blocked = False
    for conflict in sorted(conflicts, key=_weight):
        result.dependences.append(_dependence(view, conflict))
        answer = conflict.answer
        assumption = _assumption(view, stabilised, conflict)
        if assumption is not None:
            if not any(_says_no_more(assumption, known) for known in result.assumptions):
                result.assumptions.append(assumption)
            continue
        if answer.verdict == "dependent" or _depends_on_data(conflict):
            blocked = True
            reason = words.dependence(view, kind_of(conflict), conflict.first, conflict.second, answer)
            if all(kind_of(each) == "anti" for each in conflicts):
                reason = msgspec.structs.replace(reason, help=words.keeping_old_values(group.object))
            target = result.blocking
        else:
            reason = words.undecided(view, conflict.first, conflict.second, answer)
            target = result.unknowns
        if reason.code not in told and all(reason.message != each.message for each in target):
            told.add(reason.code)
            target.append(reason)
    if not told:  # assumptions keep the accesses to one row apart, and those to two rows only if the rows are two
        _rows_assumption(result, view, stabilised, group)
    if group.object.symbol is not None and not any(access.via is not None for access in group.accesses):
        undecided = bool(told) and not blocked
        read = undecided and is_read_after(view.index, view.record, group.object, itself=True)
        role = "blocking" if blocked else "shared"
        result.variables.append(variable_of(view, group.object, role, live_out=read, undecided=undecided))


def _depends_on_data(conflict: Conflict) -> bool:
    """The two meet whenever conditions on the data come together: nothing that more analysis could exclude."""
    answer = conflict.answer
    if answer.cause != "guard" or answer.culprits or not (conflict.first.certain and conflict.second.certain):
        return False
    return all(loop.exact for access in (conflict.first, conflict.second) for loop in access.reference.loops)


def _assumption(view: LoopView, stabilised: Stabilised, conflict: Conflict) -> Assumption | None:
    """Under what the two never meet, where that is a condition on parameters or on what the data may be."""
    first, second, answer = conflict.first, conflict.second, conflict.answer
    guard = words.guard_for(view, first, second, answer)
    if guard is not None:
        return words.independent_when(view, first, second, answer, guard)
    if answer.verdict == "dependent" or _depends_on_data(conflict):
        return None
    if answer.cause != "data" or not (first.certain and second.certain):
        return words.bounded_data(view, first, second, answer)
    return words.bounded_data(view, first, second, answer) or index_assumption(
        view, stabilised, first, conflict.references
    )


def _says_no_more(assumption: Assumption, known: Assumption) -> bool:
    if assumption.guard is not None:
        return assumption.guard == known.guard
    limit, _, _ = assumption.message.partition(" in every iteration")
    return assumption.code == known.code and known.message.startswith(limit)


def _rather_apart(view: LoopView, stabilised: Stabilised, conflicts: list[Conflict], reduction: ArrayReduction) -> bool:
    """Whether assumptions could keep the accesses apart, all of them, where a reduction cannot be or costs more."""
    found = (_assumption(view, stabilised, conflict) for conflict in conflicts)
    copies = reduction.section is not None and not reduction.small
    return all(
        each is not None
        and (reduction.reason is not None or each.code == "PRG206" or (copies and each.guard is not None))
        for each in found
    )


def _weight(conflict: Conflict) -> tuple[int, int, int]:
    """Certain ones first, flow before anti before output, in source order."""
    order = {"flow": 0, "anti": 1, "output": 2}
    return (conflict.answer.verdict != "dependent", order[kind_of(conflict)], conflict.first.order)


def kind_of(conflict: Conflict) -> DependenceKind:
    if conflict.first.is_write:
        return "output" if conflict.second.is_write else "flow"
    return "anti"


def _dependence(view: LoopView, conflict: Conflict) -> Dependence:
    answer = conflict.answer
    return Dependence(
        kind=kind_of(conflict),
        variable=access_name(conflict.first),
        source=access_place(view, conflict.first),
        sink=access_place(view, conflict.second),
        source_text=access_text(view, conflict.first),
        sink_text=access_text(view, conflict.second),
        distance=answer.distance,
        direction=answer.direction,
        proved=answer.verdict == "dependent",
        condition=answer.condition,
        removable=conflict.removable,
    )

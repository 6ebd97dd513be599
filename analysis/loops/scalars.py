"""Roles of scalar variables: private, lastprivate, reduction, or carrying a value from one iteration to the next."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..execution.events import Access
from ..execution.values import Object
from ..facts import Dependence, Reason, Related, Role, Variable
from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import descendants
from . import words
from .associative import is_associative
from .dominance import CertainWrites, exposed_reads, is_live_after, is_read_after
from .flags import flag_operator
from .places import access_name, access_place, access_text, place_of
from .reach import beyond_clauses
from .thread_storage import is_each_threads_own
from .view import LoopView

_ARITHMETIC = ("int", "float", "bool", "complex", "unknown", "auto")
_INTEGER_OPERATORS = ("&", "|", "^")


class ScalarJudgement(msgspec.Struct):
    variables: list[Variable] = []
    dependences: list[Dependence] = []
    blocking: list[Reason] = []
    unknowns: list[Reason] = []
    carried: list[Object] = []


def is_scalar_access(access: Access) -> bool:
    """An access to a variable itself or a field of it, not through a pointer or subscript."""
    return access.object.kind == "variable" and not access.reference.subscripts


def judge_scalars(view: LoopView) -> ScalarJudgement:
    """Roles for every variable that the loop names and that exists before it."""
    groups: dict[Object, list[Access]] = {}
    elsewhere: set[Object] = set()
    for access in view.accesses:
        object = access.object
        symbol = object.symbol
        if symbol is not None and symbol.thread_local and symbol.storage == "unknown":
            continue  # errno: each thread has its own, and no clause takes it
        if object.kind != "variable":
            continue
        if access.reference.subscripts:
            elsewhere.add(object)
        elif object in groups:
            groups[object].append(access)
        else:
            groups[object] = [access]
    result = ScalarJudgement([], [], [], [], [])
    for object, accesses in groups.items():
        symbol = object.symbol
        if symbol is None or object in elsewhere:
            continue
        if view.is_fresh(object):
            _add_variable(result, view, object, "local", accesses)
        elif symbol is view.induction:
            _judge_induction(result, view, object, accesses)
        else:
            _judge(result, view, object, accesses)
    return result


def _judge_induction(result: ScalarJudgement, view: LoopView, object: Object, accesses: list[Access]) -> None:
    """Each thread has a copy of the loop variable, which the loop's step alone may change."""
    step = view.record.statement.step if isinstance(view.record.statement, ir.For) else None
    for access in accesses:
        in_step = step is not None and access.via is None and step.start <= access.start < step.end
        if access.is_write and access.certain and not in_step:
            result.blocking.append(
                Reason(
                    "PRG114",
                    f"`{object.name}` is also changed in the loop's body, by another name or in a called function",
                    access_place(view, access),
                    culprit=object.name,
                )
            )
            break
    else:
        symbol = object.symbol
        reachable = symbol is None or symbol.address_taken or symbol.storage not in ("local", "parameter")
        beyond = beyond_clauses(view, object, accesses) if reachable else None
        if beyond is not None:
            result.blocking.append(words.clause_does_not_reach(view, beyond, object.name))
    live = is_live_after(view.index, view.record, object)
    _add_variable(result, view, object, "induction", accesses, live_out=live)


def _judge(result: ScalarJudgement, view: LoopView, object: Object, accesses: list[Access]) -> None:
    symbol = object.symbol
    assert symbol is not None
    writes = [access for access in accesses if access.is_write]
    if symbol.thread_local and is_each_threads_own(view, object, accesses, result):
        _add_variable(result, view, object, "shared", accesses)
        return
    if not writes:
        _add_variable(result, view, object, "shared", accesses)
        return
    beyond = beyond_clauses(view, object, accesses)
    if beyond is not None and not beyond.certain:
        _perhaps_carried(result, view, object, accesses)
        return
    if beyond is not None:
        result.blocking.append(words.clause_does_not_reach(view, beyond, symbol.name))
        _add_variable(result, view, object, "blocking", accesses, live_out=True)
        return
    if _judge_reduction(result, view, object, accesses):
        return
    exposed = exposed_reads(accesses, view.index.trace.siblings, at_most=1)
    live = is_live_after(view.index, view.record, object)
    if exposed:
        written = [access for access in writes if access.certain]
        sure = [each for each in exposed_reads(accesses, view.index.trace.siblings, doubtful=True) if each.certain]
        if sure and written:
            _carried(result, view, object, written, sure, live)
        else:
            _perhaps_carried(result, view, object, accesses)
        return
    if not live:
        _add_variable(result, view, object, "private", accesses)
    elif _written_in_every_iteration(view, writes):
        _add_variable(result, view, object, "lastprivate", accesses, live_out=True)
    elif operator := flag_operator(view, symbol, writes):
        _add_reduction(result, view, object, accesses, operator)
    else:
        _conditional_last_value(result, view, object, writes)


def _judge_reduction(result: ScalarJudgement, view: LoopView, object: Object, accesses: list[Access]) -> bool:
    operator = common_operator(accesses)
    symbol = object.symbol
    if operator is None or symbol is None or symbol.type.kind not in _ARITHMETIC or any(a.path for a in accesses):
        return False
    if operator in _INTEGER_OPERATORS and symbol.type.kind == "float":
        return False
    if not is_associative(view, symbol.type, operator, accesses):
        return False
    _add_reduction(result, view, object, accesses, operator)
    return True


def _add_reduction(
    result: ScalarJudgement, view: LoopView, object: Object, accesses: list[Access], operator: str
) -> None:
    live = is_live_after(view.index, view.record, object)
    _add_variable(result, view, object, "reduction", accesses, operator=operator, live_out=live)
    name = object.symbol.name if object.symbol is not None else object.name
    first = next(access for access in accesses if access.is_write)
    place = access_place(view, first)
    text = access_text(view, first)
    for kind in ("flow", "anti", "output"):
        result.dependences.append(
            Dependence(
                kind=kind,
                variable=name,
                source=place,
                sink=place,
                source_text=text,
                sink_text=text,
                distance=(1,),
                direction=("<",),
                proved=True,
                removable="reduction",
            )
        )


def common_operator(accesses: Sequence[Access]) -> str | None:
    """The operator when every access belongs to an update with it; None otherwise."""
    operators = {access.update.operator if access.update is not None else None for access in accesses}
    return operators.pop() if len(operators) == 1 else None


def _written_in_every_iteration(view: LoopView, writes: list[Access]) -> bool:
    """Whether the sequentially last iteration certainly writes the variable as a whole."""
    if view.record.exits:
        return False
    skip, context = view.record.first_skip, view.record.context
    certain = CertainWrites(view.index.trace.siblings)
    for write in writes:
        in_body = write.context[: len(context)] == context
        if write.certain and in_body and not write.path and (skip is None or write.order < skip):
            certain.add("", write.context)
    return certain.covers("", context)


def _carried(
    result: ScalarJudgement, view: LoopView, object: Object, writes: list[Access], exposed: list[Access], live: bool
) -> None:
    """A read sees what an earlier iteration wrote."""
    symbol = object.symbol
    assert symbol is not None
    sink, source = exposed[0], writes[-1]
    name = access_name(sink)
    closed = view.record.closed_forms.get(symbol)
    certain = _happens_in_every_iteration(view, source) and _happens_in_every_iteration(view, sink)
    result.dependences.append(
        Dependence(
            kind="flow",
            variable=name,
            source=access_place(view, source),
            sink=access_place(view, sink),
            source_text=access_text(view, source),
            sink_text=access_text(view, sink),
            distance=(1 if certain else None,),
            direction=("<",),
            proved=certain,
        )
    )
    help_text = None
    code = "PRG104"
    if closed is not None:
        code = "PRG106"
        help_text = f"compute it from the induction variable instead: it changes by {closed} in each iteration"
    elif len({access.update.operator for access in writes if access.update is not None}) == 1 and all(
        access.update is not None for access in writes
    ):
        help_text = (
            f"`{name}` is only accumulated, but its running value is also used; if that use can go, it is a reduction"
        )
    message = (
        f"`{name}` carries a value from one iteration to the next: it is read here before this iteration writes it"
        if sink.start != source.start
        else f"`{name}` carries a value from one iteration to the next"
    )
    if sink.node is source.node and sink.path.endswith(".size()"):
        message = words.container_changes(view, sink)
    result.carried.append(object)
    written = Related(access_place(view, source), f"`{name}` is written here, for a later iteration")
    result.blocking.append(Reason(code, message, access_place(view, sink), (written,), culprit=name, help=help_text))
    _add_variable(result, view, object, "blocking", [*writes, *exposed], live_out=live)


def _perhaps_carried(result: ScalarJudgement, view: LoopView, object: Object, accesses: list[Access]) -> None:
    """Code that is not followed or not understood may write what an iteration reads."""
    symbol = object.symbol
    assert symbol is not None
    access = next(access for access in accesses if not access.certain)
    because = (
        f"what `{access_text(view, access)}` does with it is not known"
        if isinstance(access.node, ir.Call)
        else "it stands in code that is not understood"
    )
    result.unknowns.append(
        Reason(
            "PRG401",
            f"whether `{symbol.name}` carries a value from one iteration to the next cannot be told: {because}",
            access_place(view, access),
            culprit=symbol.name,
        )
    )
    read = is_read_after(view.index, view.record, object, itself=True)
    _add_variable(result, view, object, "shared", accesses, live_out=read, undecided=True)


def _happens_in_every_iteration(view: LoopView, access: Access) -> bool:
    skip = view.record.first_skip
    in_body = len(access.context) <= len(view.record.context)
    return in_body and (skip is None or access.order < skip) and not view.record.exits


def _conditional_last_value(result: ScalarJudgement, view: LoopView, object: Object, writes: list[Access]) -> None:
    symbol = object.symbol
    assert symbol is not None
    write = writes[-1]
    result.blocking.append(
        Reason(
            "PRG105",
            f"`{symbol.name}` is used after the loop, but only some iterations write it: "
            "the last of those decides its value, and in parallel any could",
            access_place(view, write),
            culprit=symbol.name,
            help=f"write `{symbol.name}` in every iteration, or find its final value in a loop of its own",
        )
    )
    place = access_place(view, write)
    text = access_text(view, write)
    result.dependences.append(
        Dependence("output", symbol.name, place, place, text, text, (None,), ("<",), proved=False)
    )
    _add_variable(result, view, object, "blocking", writes, live_out=True)


def _add_variable(
    result: ScalarJudgement,
    view: LoopView,
    object: Object,
    role: Role,
    accesses: list[Access],
    operator: str | None = None,
    live_out: bool = False,
    undecided: bool = False,
) -> None:
    symbol = object.symbol
    assert symbol is not None
    if symbol.name == "this" or (role == "local" and any(access.via is not None for access in accesses)):
        return
    own = symbol.function is None or symbol.function == view.index.trace.function.name
    if not own and role != "local" and all(access.via is not None for access in accesses):
        # A called function's own variable: nothing that a clause of this loop could name.
        if role not in ("shared", "private", "blocking"):
            result.unknowns.append(
                Reason(
                    "PRG402",
                    f"a function called here keeps `{symbol.name}` from one call to the next",
                    access_place(view, accesses[0]),
                    culprit=symbol.name,
                )
            )
        return
    result.variables.append(variable_of(view, object, role, operator, live_out, undecided=undecided))


def variable_of(
    view: LoopView,
    object: Object,
    role: Role,
    operator: str | None = None,
    live_out: bool = False,
    section: str | None = None,
    undecided: bool = False,
) -> Variable:
    symbol = object.symbol
    assert symbol is not None
    type = symbol.type
    return Variable(
        name=symbol.name,
        role=role,
        type=type_text(type),
        place=place_of(view, symbol.start, symbol.end),
        operator=operator,
        section=section,
        live_out=live_out,
        floating=_element(type).kind in ("float", "complex"),
        is_array=type.kind == "array",
        is_class=type.kind == "record",
        undecided=undecided,
        automatic=symbol.storage == "local" and not _has_variable_length(type),
    )


def _has_variable_length(type: Type) -> bool:
    """Whether a variable decides an extent; a name that is declared nowhere in sight is taken for a macro."""
    while type.kind == "array" and type.inner is not None:
        for node in descendants(type.extent) if type.extent is not None else ():
            if isinstance(node, ir.Name) and node.symbol.storage != "unknown" and not node.symbol.type.const:
                return True
        type = type.inner
    return False


def _element(type: Type) -> Type:
    while type.kind in ("array", "pointer", "reference") and type.inner is not None:
        type = type.inner
    return type


def type_text(type: Type) -> str:
    """The declared type as C text, as far as messages need it."""
    if type.kind == "pointer":
        return f"{type_text(type.inner) if type.inner else 'void'} *"
    if type.kind == "reference":
        return f"{type_text(type.inner) if type.inner else '?'} &"
    if type.kind == "array":
        extent = type.extent.text if isinstance(type.extent, ir.Const) else ""
        return f"{type_text(type.inner) if type.inner else '?'} [{extent}]"
    if type.arguments:
        return f"{type.name}<{', '.join(type_text(argument) for argument in type.arguments)}>"
    return type.name or type.kind


def rounding_notes(view: LoopView, variables: Sequence[Variable]) -> tuple[Reason, ...]:
    """Sums and products of floating-point numbers depend on the order in which they are taken."""
    rounded = [v for v in variables if v.role == "reduction" and v.floating and v.operator in ("+", "*", "-")]
    if not rounded:
        return ()
    names = ", ".join(f"`{variable.name}`" for variable in rounded)
    where = place_of(view, view.record.statement.start, view.record.statement.keyword_end)
    return (
        Reason(
            "PRG901",
            f"threads combine {names} in another order than the serial loop, so the last digits may differ",
            where,
            culprit=rounded[0].name,
        ),
    )

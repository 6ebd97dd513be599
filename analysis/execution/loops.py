"""Executing loops: the values that variables have in iteration k, the iteration domain, and what is known afterwards.

A loop's body is executed once, for an arbitrary iteration `k` (a counter term, 0, 1, 2, …). Before that, every
variable that the loop changes gets its value at the beginning of iteration k: a closed form where one is known
(`lower + step*k` for the induction variable, `v0 + c*k` for `v += c`), an opaque term otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..dependence.problem import LoopDomain
from ..ir import tree as ir
from ..ir.types import UNKNOWN
from ..ir.walk import Node
from ..symbolic.polynomial import ONE, ZERO, Constraint, Polynomial, Term, constant, modulo, of_term
from . import containers
from .aliasing import relation
from .arithmetic import pointer_difference
from .callee_effects import CalleeEffects
from .canonical import domain_constraints, step_constraints, trip_count
from .counted import counted
from .events import Header, LoopRecord
from .growing import least_values
from .havoc import forget_addressed
from .headers import Syntax, header_of
from .machine import Key, Machine
from .memory import dereferenced, store
from .modified import Modified, increments_of
from .values import Location, Value


class _Changes(msgspec.Struct):
    """What one loop may change."""

    modified: Modified
    effects: CalleeEffects
    before: dict[Key, Value]
    header_objects: dict[ir.Symbol, Location]
    least: dict[ir.Symbol, int] = {}


_OWN = ("local", "parameter")  # which nothing out of sight writes


def execute_for(machine: Machine, statement: ir.For) -> bool:
    if statement.init is not None:
        machine.execute(machine, statement.init)
    parts = [part for part in (statement.condition, statement.step) if part is not None]
    modified = _modified(machine, statement.body, parts)
    syntax = header_of(statement, modified.counts)
    name = syntax.symbol.name if isinstance(syntax, Syntax) else "iteration"
    record = _begin(machine, statement, name)
    closed = increments_of(statement.body, statement.step, modified)
    _read_starts(machine, closed)
    changes = _forget_changes(machine, record, modified, statement)
    header = None
    if isinstance(syntax, Syntax):
        header = _canonical(machine, record, syntax, changes)
    else:
        record.header_problem = (syntax.message, syntax.start, syntax.end)
    _closed_forms(machine, record, closed, changes, header)
    parts = [statement.body] if statement.step is None else [statement.body, statement.step]
    _note_growth(machine, parts, changes, header)
    if statement.condition is not None:
        with _inside(machine, record):
            condition = machine.evaluate_condition(machine, statement.condition, True)
        constraints, record.domain.exact = domain_constraints(header, condition, record.domain)
        record.domain.constraints = (*constraints, *step_constraints(header))
    else:
        record.domain.exact = False
    record.body_first = machine.now
    _body(machine, record, statement.body, statement.step)
    _end(machine, record, changes)
    if header is not None:
        _final_value(machine, header, record)
    return True


def execute_while(machine: Machine, statement: ir.While) -> bool:
    modified = _modified(machine, statement.body, [statement.condition])
    record = _begin(machine, statement, "iteration")
    kind = "do" if statement.is_do else "while"
    record.header_problem = (
        f"OpenMP cannot share out a `{kind}` loop; write it as a `for` loop if the number of iterations is known",
        statement.start,
        statement.keyword_end,
    )
    closed = increments_of(statement.body, None, modified)
    _read_starts(machine, closed)
    changes = _forget_changes(machine, record, modified, statement)
    _closed_forms(machine, record, closed, changes, None)
    _note_growth(machine, [statement.body], changes, None)
    record.counted = counted(statement, record.closed_forms, modified)
    if not statement.is_do:
        with _inside(machine, record):
            condition = machine.evaluate_condition(machine, statement.condition, True)
        record.domain.constraints, record.domain.exact = condition.true, condition.true_exact
    else:
        record.domain.exact = False
    record.body_first = machine.now
    _body(machine, record, statement.body, None)
    if statement.is_do:
        with _inside(machine, record):
            machine.evaluate_condition(machine, statement.condition)
    _end(machine, record, changes)
    return True


def execute_range_for(machine: Machine, statement: ir.RangeFor) -> bool:
    base = _range_location(machine, statement)
    modified = _modified(machine, statement.body, [])
    name = statement.symbols[0].name if statement.symbols else "element"
    record = _begin(machine, statement, name)
    changes = _forget_changes(machine, record, modified, statement)
    with _inside(machine, record):
        element = _range_element(machine, statement, record, base)
    if element is None:
        record.header_problem = (
            "the range is not a container with random access that is known here",
            statement.range.start,
            statement.range.end,
        )
        record.domain.exact = False
    with _inside(machine, record):
        _bind_elements(machine, statement, element)
    record.body_first = machine.now
    _body(machine, record, statement.body, None)
    _end(machine, record, changes)
    return True


def _range_element(
    machine: Machine, statement: ir.RangeFor, record: LoopRecord, base: Location | None
) -> Location | None:
    """The element of iteration k; the domain gets its bound."""
    counter = of_term(record.domain.counter)
    element = None
    if base is not None:
        if containers.is_container(base.type):
            size = containers.member_call(
                machine, ir.Call(statement.range.start, statement.range.end, statement.range, "size", ()), base, []
            )
            element = containers.element(machine, statement.range, base, counter)
        elif base.type.kind == "array":
            element = base.decayed(None).advanced(counter)
            size = machine.rvalue(machine, base.type.extent) if base.type.extent is not None else None
        else:
            size = None
        if isinstance(size, Polynomial):
            record.domain.constraints = (Constraint(size - counter - ONE, ">="),)
        else:
            record.domain.exact = False
    return element


def _range_location(machine: Machine, statement: ir.RangeFor) -> Location | None:
    range = statement.range
    if isinstance(range, ir.Name | ir.Member | ir.Index) or (isinstance(range, ir.Unary) and range.op == "*"):
        location = machine.lvalue(machine, range)
        if location.type.kind == "reference":
            location = dereferenced(machine, range, location)
        if containers.is_container(location.type) or location.type.kind == "array":
            return location
        return None
    machine.rvalue(machine, range)
    return None


def _bind_elements(machine: Machine, statement: ir.RangeFor, whole: Location | None) -> None:
    for number, symbol in enumerate(statement.symbols):
        machine.declare(symbol)
        element = whole
        if whole is not None and statement.fields:
            type = symbol.type.inner or UNKNOWN if symbol.type.kind == "reference" else symbol.type
            element = whole.field(statement.fields[number], type)
        if statement.by_reference:
            unknown = Location(machine.unknown_object(symbol.name), "", (), ())
            machine.env[symbol] = unknown if element is None else element
            continue
        node = ir.Name(symbol.start, symbol.end, symbol)
        value: Value = None
        if element is not None:
            machine.record_access(statement.range, element, False)
            if element.type.kind in ("int", "bool", "unknown") and symbol.type.kind != "float":
                value = machine.load(element, machine.text(statement.range) + "[…]")
        store(machine, node, Location(machine.object_of(symbol), "", (), (), symbol.type), value)


# ---- the common frame


class _inside:
    """Evaluate something that happens in every iteration."""

    __slots__ = ("_domains", "_loops", "_machine", "_record")

    def __init__(self, machine: Machine, record: LoopRecord) -> None:
        self._machine, self._record = machine, record
        self._loops, self._domains = machine.loops, machine.domains

    def __enter__(self) -> None:
        machine, record = self._machine, self._record
        machine.loops, machine.domains = (*self._loops, record), (*self._domains, record.domain)

    def __exit__(self, *_: object) -> None:
        self._machine.loops, self._machine.domains = self._loops, self._domains


def _modified(machine: Machine, body: ir.Stmt, parts: list[ir.Expr]) -> Modified:
    """What the body and the other parts change; where it says so, of the body alone (see `increments_of`)."""
    whole = machine.summaries.modified(body)
    for part in parts:
        more = machine.summaries.modified(part)
        if not (more.counts or more.memory or more.calls):
            continue
        counts = dict(whole.counts)
        for symbol, count in more.counts.items():
            counts[symbol] = counts.get(symbol, 0) + count
        memory, calls = whole.memory or more.memory, whole.calls + more.calls
        whole = Modified(frozenset(counts), counts, memory, calls, whole.steps)
    return whole


def _begin(machine: Machine, statement: ir.For | ir.RangeFor | ir.While, name: str) -> LoopRecord:
    depth = machine.depth + 1
    counter = Term(name=name, kind="counter", depth=depth, low=0)
    record = LoopRecord(
        statement=statement,
        depth=depth,
        parent=machine.loops[-1] if machine.loops else None,
        domain=LoopDomain(counter=counter, constraints=(), name=name, step=None),
        first=machine.tick(),
        inlined=machine.via is not None,
        exits=[],
        closed_forms={},
        omp=machine.omp,
        guards=machine.guards,
        calls=machine.summaries.modified(statement.body).calls,
    )
    machine.trace.loops.append(record)
    return record


def _forget_changes(machine: Machine, record: LoopRecord, modified: Modified, statement: ir.Stmt) -> _Changes:
    """Enter the loop: whatever it changes has an unknown value at the beginning of an iteration."""
    caller = machine.call_stack[-1]
    effects = CalleeEffects(memory=modified.memory)
    for item in modified.calls:
        effects = effects | machine.summaries.of_call(item, caller)
    before = dict(machine.env)
    with _inside(machine, record):  # new values vary with this loop
        objects = _forget(machine, modified, effects, before)
    record.assigned_in_body = modified.names
    record.entry = before  # type: ignore[assignment]
    return _Changes(modified, effects, before, objects)


def _forget(
    machine: Machine, modified: Modified, effects: CalleeEffects, before: dict[Key, Value]
) -> dict[ir.Symbol, Location]:
    if effects.unknown:
        machine.forget_reachable_from_outside()
    if effects.memory:
        forget_addressed(machine)
    objects: dict[ir.Symbol, Location] = {}
    for symbol in modified.names | effects.globals_written:
        like = before.get(symbol)
        machine.forget(symbol)
        if symbol.type.kind in ("reference", "array", "record", "float", "complex", "function"):
            continue
        if symbol in before or symbol.type.kind in ("int", "bool", "pointer"):
            if like is None and symbol.type.kind == "pointer":
                like = Location(
                    machine.pointee(symbol), "", (ZERO,), (None,), symbol.type.inner or machine.pointee(symbol).type
                )
            value = machine.unknown_value(symbol, "", like)
            machine.env[symbol] = value
            if isinstance(value, Location):
                objects[symbol] = value
    return objects


def _canonical(machine: Machine, record: LoopRecord, syntax: Syntax, changes: _Changes) -> Header:
    """Give the induction variable its closed form."""
    symbol = syntax.symbol
    with _inside(machine, record), machine.silent():
        step: Value = ONE if syntax.step is None else machine.rvalue(machine, syntax.step)
        upper = machine.rvalue(machine, syntax.upper)
    lower = changes.before.get(symbol)
    if isinstance(step, Polynomial) and syntax.step_sign < 0:
        step = -step
    header = Header(
        symbol=symbol,
        declared=syntax.declared,
        lower_expr=syntax.lower,
        upper_expr=syntax.upper,
        comparison=syntax.comparison,
        step_expr=syntax.step,
        step_negative=syntax.step_sign < 0,
        lower=_offset(lower),
        upper=_offset(upper) if _are_comparable(lower, upper) else None,
        step=step if isinstance(step, Polynomial) else None,
    )
    record.header = header
    counter = of_term(record.domain.counter)
    if isinstance(step, Polynomial) and step.depth() < record.depth:
        record.domain.step = step.constant
        if isinstance(lower, Polynomial):
            machine.env[symbol] = lower + step * counter
        elif isinstance(lower, Location):
            machine.env[symbol] = lower.arithmetic(step * counter)
        header.trip = trip_count(header)
    return header


def _are_comparable(lower: Value, upper: Value) -> bool:
    """Whether the bounds are numbers, or lead into one array: offsets from two pointers say nothing together."""
    if isinstance(lower, Location) and isinstance(upper, Location):
        return pointer_difference(lower, upper) is not None
    return not isinstance(lower, Location) and not isinstance(upper, Location)


def _offset(value: Value) -> Polynomial | None:
    if isinstance(value, Location):
        return value.subscripts[-1] if value.subscripts else None
    return value if isinstance(value, Polynomial) else None


def _read_starts(machine: Machine, symbols: Iterable[ir.Symbol]) -> None:
    """Values that variables have before the loop, which nobody may have read so far: parameters, globals."""
    for symbol in symbols:
        if symbol.type.kind in ("int", "pointer"):
            machine.read_variable(symbol, symbol.type)


def _closed_forms(machine: Machine, record: LoopRecord, closed: dict, changes: _Changes, header: Header | None) -> None:
    """`v += c`, once in each iteration with an invariant c: v0 + c*k at the beginning of iteration k."""
    counter = of_term(record.domain.counter)
    amounts: dict[ir.Symbol, Polynomial] = {}
    for symbol, increments in closed.items():
        if (header is not None and symbol is header.symbol) or not _has_closed_form(symbol, changes.effects):
            continue
        total: Polynomial | None = ZERO
        for increment in increments:
            with _inside(machine, record), machine.silent():
                amount = ONE if increment.amount is None else machine.rvalue(machine, increment.amount)
            if not isinstance(amount, Polynomial) or amount.depth() >= record.depth or total is None:
                total = None
                break
            total = modulo(total + amount.scaled(increment.sign), total.bits, amount.bits)
        if total is not None:
            amounts[symbol] = total
    for symbol, amount in amounts.items():
        start = changes.before.get(symbol)
        if isinstance(start, Polynomial):
            bits = 8 * (symbol.type.size or 4) if symbol.type.unsigned else 0
            machine.env[symbol] = modulo(start + amount * counter, start.bits, amount.bits, bits)
        elif isinstance(start, Location):
            machine.env[symbol] = start.arithmetic(modulo(amount * counter, amount.bits))
        else:
            continue
        changes.header_objects.pop(symbol, None)
        record.closed_forms[symbol] = amount


def _note_growth(machine: Machine, parts: Sequence[Node], changes: _Changes, header: Header | None) -> None:
    """What the loop only lets grow is never less than at its entry, in any iteration and afterwards."""
    own = [
        symbol
        for symbol in changes.modified.names
        if symbol in changes.before and symbol.storage in _OWN and not symbol.address_taken and not _is(header, symbol)
    ]
    changes.least = least_values(parts, changes.modified, changes.before, own, machine.is_cpp) if own else {}
    _bound_below(machine, changes.least)


def _is(header: Header | None, symbol: ir.Symbol) -> bool:
    return header is not None and header.symbol is symbol


def _bound_below(machine: Machine, least: Mapping[ir.Symbol, int]) -> None:
    for symbol, low in least.items():
        value = machine.env.get(symbol)
        term = value.term if isinstance(value, Polynomial) else None
        if term is not None and term.kind == "opaque" and term.low is None:
            term.low = low


def _has_closed_form(symbol: ir.Symbol, effects: CalleeEffects) -> bool:
    type = symbol.type
    if type.kind not in ("int", "pointer", "unknown", "auto") or (type.kind == "int" and (type.size or 4) < 4):
        return False
    return not (symbol.address_taken and (effects.memory or effects.unknown))


def _body(machine: Machine, record: LoopRecord, body: ir.Stmt, step: ir.Expr | None) -> None:
    outer = machine.context, machine.guards, machine.exact_guards, machine.switch_depth
    machine.switch_depth = 0
    record.context = machine.context = (*machine.context, machine.fresh_context())
    with _inside(machine, record):
        machine.execute(machine, body)
        if step is not None:
            # The step runs after every iteration, also one that `continue` cut short.
            machine.context, machine.guards, machine.exact_guards = record.context, outer[1], outer[2]
            machine.rvalue(machine, step)
    machine.context, machine.guards, machine.exact_guards, machine.switch_depth = outer


def _end(machine: Machine, record: LoopRecord, changes: _Changes) -> None:
    record.last = machine.tick()
    _note_rotation(machine, changes)
    _forget(machine, changes.modified, changes.effects, changes.before)
    _bound_below(machine, changes.least)
    for root, version in machine.versions.items():
        if version.depth() > machine.depth:
            machine.versions[root] = machine.opaque("memory")


def _note_rotation(machine: Machine, changes: _Changes) -> None:
    """Pointers that an iteration only permutes stay pairwise distinct if they were so before the loop."""
    starts = {location.object: symbol for symbol, location in changes.header_objects.items()}
    group: list[ir.Symbol] = []
    for symbol in changes.header_objects:
        value = machine.env.get(symbol)
        if (
            symbol in changes.before
            and isinstance(value, Location)
            and value.object in starts
            and value.subscripts == (ZERO,)
            and not value.path
        ):
            group.append(symbol)
    ends = {machine.env[symbol].object for symbol in group}  # type: ignore[union-attr]
    if len(group) < 2 or ends != {changes.header_objects[symbol].object for symbol in group}:
        return
    initial = [changes.before.get(symbol) for symbol in group]
    if not all(isinstance(value, Location) for value in initial):
        return
    for position, left in enumerate(initial):
        for right in initial[:position]:
            if relation(left.object, right.object) != "distinct":  # type: ignore[union-attr]
                return
    for symbol in group:
        changes.header_objects[symbol].object.distinct_group = id(changes)


def _final_value(machine: Machine, header: Header, record: LoopRecord) -> None:
    """The induction variable after a loop with a constant number of iterations."""
    if header.trip is not None and header.trip.constant is not None and not record.exits:
        lower, step = header.lower, header.step
        if lower is not None and step is not None and header.symbol.type.kind != "pointer":
            machine.env[header.symbol] = lower + step * constant(max(0, header.trip.constant))

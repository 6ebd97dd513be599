"""A loop's form: canonical header, nesting, work per iteration."""

from __future__ import annotations

from ..execution.counted import Counted
from ..execution.events import Header, LoopRecord
from ..execution.nodes import has_nodes
from ..facts import LoopHeader, Reason
from ..ir import tree as ir
from ..ir.walk import CHILDREN, LEAVES, descendants, root_symbol
from ..symbolic.polynomial import Polynomial
from .naming import polynomial_text
from .places import place_of
from .scalars import type_text
from .view import LoopView

_CANONICAL_TYPES = ("int", "pointer", "unknown", "auto", "record")


def loop_kind(statement: ir.For | ir.RangeFor | ir.While) -> str:
    if isinstance(statement, ir.While):
        return "do" if statement.is_do else "while"
    return "range-for" if isinstance(statement, ir.RangeFor) else "for"


def header_facts(view: LoopView) -> tuple[LoopHeader | None, Reason | None]:
    """The canonical form, or the reason why there is none."""
    record = view.record
    if record.header_problem is not None:
        message, start, end = record.header_problem
        help_text = None
        if record.counted is not None:
            message, help_text = _counting(view, record.counted)
        return None, Reason("PRG114", message, place_of(view, start, end), help=help_text)
    statement = record.statement
    if isinstance(statement, ir.RangeFor):
        return _range_header(view, statement), None
    header = record.header
    assert header is not None
    assert isinstance(statement, ir.For)
    problem = _unstable(view, header)
    if problem is not None:
        return None, problem
    excerpt = view.text.excerpt
    step = "1" if header.step_expr is None else excerpt(header.step_expr.start, header.step_expr.end, 80)
    trip = header.trip
    return (
        LoopHeader(
            variable=header.symbol.name,
            variable_type=type_text(header.symbol.type),
            lower=excerpt(header.lower_expr.start, header.lower_expr.end, 80),
            upper=excerpt(header.upper_expr.start, header.upper_expr.end, 80),
            comparison=header.comparison,
            step=f"-{step}" if header.step_negative else step,
            declared_in_header=header.declared,
            trip_count=max(0, trip.constant) if trip is not None and trip.constant is not None else None,
            trip_expression=polynomial_text(view, trip) if trip is not None else None,
        ),
        None,
    )


def _counting(view: LoopView, counted: Counted) -> tuple[str, str]:
    """What is said of a `while` loop that counts, and how to write it."""
    name, statement = counted.symbol.name, view.record.statement
    assert isinstance(statement, ir.While)
    message = (
        f"OpenMP cannot share out a `while` loop, but this one counts: `{name}` changes by {counted.amount} each time"
    )
    condition = view.text.excerpt(statement.condition.start, statement.condition.end, 80)
    start = view.record.entry.get(counted.symbol)
    first = str(start.constant) if isinstance(start, Polynomial) and start.constant is not None else "…"
    if counted.step is None:
        header = f"for ({name} = {first}; {condition}; …)"
        advice = f"write it as `{header}`, with the change of `{name}` in place of its last `…`"
    else:
        step = view.text.excerpt(counted.step.start, counted.step.end, 80)
        advice = f"write it as `for ({name} = {first}; {condition}; {step})`, without the `{step};` at its end"
        if first == "…":
            advice += f", `…` being what `{name}` is before the loop"
    return message, advice


def _range_header(view: LoopView, statement: ir.RangeFor) -> LoopHeader:
    symbol = statement.symbols[0]
    return LoopHeader(
        variable=symbol.name,
        variable_type=type_text(symbol.type),
        lower="begin",
        upper="end",
        comparison="!=",
        step="1",
        declared_in_header=True,
    )


def _steps_through_nodes(header: Header) -> bool:
    """Whether the variable is an iterator of a list, a map or a set (OpenMP 5.2 §4.4.1: random access iterators)."""
    call = header.lower_expr
    root = root_symbol(call.callee) if isinstance(call, ir.Call) and isinstance(call.callee, ir.Member) else None
    type = root.type if root is not None else None
    while type is not None and type.kind in ("reference", "pointer") and type.inner is not None:
        type = type.inner
    return type is not None and has_nodes(type)


def _endless(header: Header) -> str | None:
    """Why the variable never gets past the bound, where its type keeps it from that; None where it may."""
    type, name = header.symbol.type, header.symbol.name
    bound = header.upper.constant if header.upper is not None else None
    step = header.step.constant if header.step is not None else None
    if type.kind != "int" or bound is None or not step or (type.unsigned and bound < 0):
        return None  # compared with an unsigned variable, a number below 0 is a large one
    bits = 8 * (type.size or 4)
    least = 0 if type.unsigned else -(1 << (bits - 1))
    greatest = least + (1 << bits) - 1
    if type.unsigned and header.comparison == ">=" and bound == 0:
        return f"`{name}` is unsigned"
    if header.comparison == "!=":
        return None if least <= bound <= greatest else f"`{name}` is never {bound}"
    last = bound - (header.comparison == "<") + (header.comparison == ">")  # that satisfies the condition
    first = header.lower.constant if header.lower is not None else None
    if first is None:  # only a bound that is the last value of all stops every one
        after = last + (1 if step > 0 else -1)
    elif not least <= first <= greatest or (last - first) * step < 0:
        return None
    else:
        after = last - (last - first) % step + step
    if least <= after <= greatest:
        return None
    return f"`{name}` goes no further than {greatest if step > 0 else least}"


def _unstable(view: LoopView, header: Header) -> Reason | None:
    """Bounds and step must stay the same while the loop runs (OpenMP 5.2 §4.4.1)."""
    place = place_of(view, header.upper_expr.start, header.upper_expr.end)
    text = view.text.excerpt(header.upper_expr.start, header.upper_expr.end, 60)
    symbol = header.symbol
    if symbol.type.kind not in _CANONICAL_TYPES:
        return Reason("PRG114", f"the loop variable `{symbol.name}` is not an integer", place)
    if _steps_through_nodes(header):
        message = f"`{symbol.name}` can only go from element to element: OpenMP needs iterators that move by any amount"
        return Reason("PRG114", message, place, culprit=symbol.name)
    if header.step is not None and header.step.constant == 0:
        return Reason("PRG114", "the step is zero", place)
    if header.step is not None and header.step.constant is not None:
        upwards = header.step.constant > 0
        if (header.comparison in ("<", "<=")) != upwards and header.comparison != "!=":
            return Reason("PRG114", "the step leads away from the bound", place)
    endless = _endless(header)
    if endless is not None:
        always = f"{endless}, so `{symbol.name} {header.comparison} {text}` always holds and the loop does not end"
        return Reason("PRG114", always, place, culprit=symbol.name)
    if header.comparison == "!=" and (header.step is None or header.step.constant not in (1, -1)):
        return Reason("PRG114", "a condition with `!=` needs a step of 1 or -1", place)
    tests = view.index.accesses(view.record.first, view.record.body_first)
    read = {(access.object, access.path) for access in tests if not access.is_write}
    for access in view.accesses if read else ():
        if access.is_write and access.object.symbol is not symbol and (access.object, access.path) in read:
            return Reason("PRG114", f"the bound `{text}` changes inside the loop", place, culprit=text)
    if header.upper is None and not _is_pointer(header):
        return Reason("PRG114", f"the bound `{text}` is not an integer that is known before the loop", place)
    if header.upper is not None and _varies(header.upper, view.depth):
        return Reason("PRG114", f"the bound `{text}` is computed anew in each iteration", place, culprit=text)
    return None


def _is_pointer(header: Header) -> bool:
    return header.symbol.type.kind in ("pointer", "auto", "record", "unknown")


def _varies(value: Polynomial, depth: int) -> bool:
    return any(term.depth >= depth for monomial in value.terms for term in monomial)


_WORK_LIMIT = 10_000_000
_LOOPS = frozenset([ir.For, ir.RangeFor, ir.While])
_OPERATIONS = frozenset([ir.Binary, ir.Assign, ir.IncDec, ir.Index, ir.Unary])


def work_of(record: LoopRecord, nested: list[tuple[LoopRecord, int | None]]) -> int | None:
    """Operations in one iteration, inner loops times their trip counts; None where an inner count is not constant."""
    total = _operations(record.statement.body)
    for inner, work in nested:
        trip = inner.header.trip.constant if inner.header is not None and inner.header.trip is not None else None
        if trip is None or work is None:
            return None
        total += trip * (work + 2)
    return min(total, _WORK_LIMIT)


def _operations(body: ir.Stmt) -> int:
    """Operators, subscripts and calls outside inner loops."""
    count = 0
    stack: list[ir.Expr | ir.Stmt] = [body]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in LEAVES or kind in _LOOPS:
            continue
        if kind in _OPERATIONS:
            count += 1
        elif kind is ir.Call:
            count += 20
        stack.extend(CHILDREN[kind](node))
    return count


def only_loop_in(body: ir.Stmt) -> ir.For | None:
    """The inner loop when the body is nothing else: the nest is perfect (OpenMP 5.2 §4.4.1)."""
    while True:
        if isinstance(body, ir.Block) and len(body.items) == 1:
            body = body.items[0]
        elif isinstance(body, ir.For):
            return body
        else:
            return None


def control_names(record: LoopRecord) -> set[str]:
    """Variables that a loop's own header sets and moves, or would if it were a `for` loop."""
    statement = record.statement
    if record.counted is not None:
        return {record.counted.symbol.name}
    if not isinstance(statement, ir.For):
        return set()
    names: set[str] = set()
    for part in (statement.init, statement.step):
        for node in descendants(part) if part is not None else ():
            if isinstance(node, ir.Decl):
                names.add(node.symbol.name)
            elif isinstance(node, ir.Assign | ir.IncDec) and isinstance(node.target, ir.Name):
                names.add(node.target.symbol.name)
    return names


def called_names(record: LoopRecord) -> tuple[str, ...]:
    return tuple({call.name or "?": None for call in record.calls if isinstance(call, ir.Call)})

"""Thread-local variables: each thread has one of its own, and all iterations that a thread runs share that.

By its own name, such a variable is a temporary of the iterations: nothing goes into the loop, since all threads but one
come with other values, and nothing comes out. An address that was taken before the loop leads all threads to the
variable of the one that took it, which is memory like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from ..dependence.problem import LoopDomain
from ..execution.events import Access, LoopRecord
from ..execution.values import Object
from ..facts import Reason
from ..ir import tree as ir
from ..ir.walk import descendants
from ..symbolic.polynomial import Term
from .dominance import exposed_reads, is_live_after
from .pairs import Stabilised
from .places import access_place, access_text
from .privatization import reads_only_its_own
from .reach import has_no_name_outside
from .view import LoopView, TraceIndex, view_of

Held = Literal["own", "one for all", "unknown"]


class Judgement(Protocol):
    """Of a loop's scalars or arrays: what forbids it to be parallel, and what leaves that open."""

    blocking: list[Reason]
    unknowns: list[Reason]


def is_thread_local(object: Object) -> bool:
    return object.kind == "variable" and object.symbol is not None and object.symbol.thread_local


def _whose(view: LoopView, object: Object, accesses: list[Access]) -> Held:
    """Whether the accesses go to the variable of the thread that runs the iteration, or to one for all threads."""
    symbol, statement, trace = object.symbol, view.record.statement, view.index.trace
    assert symbol is not None
    followed = list(trace.followed.values())
    inside = _names(statement, symbol) or any(each.body is not None and _names(each.body, symbol) for each in followed)
    if not inside:
        return "one for all"
    if all(_is_named(access.node, symbol) for access in accesses):
        return "own"
    # Addresses of it that were taken in the loop are of each thread's own; others must not be around.
    called = {each.name for each in followed}
    for node in _outside(trace.function, statement):
        if isinstance(node, ir.Name) and node.symbol is symbol:
            return "unknown"
        if isinstance(node, ir.Call) and (node.name in called or not isinstance(node.callee, ir.Name)):
            return "unknown"
    return "own"


def is_each_threads_own(view: LoopView, object: Object, accesses: list[Access], result: Judgement) -> bool:
    """Whether each thread uses one of its own, as far as is known; what then keeps that from doing for the iterations
    that it runs is put down in `result`.

    `accesses` are the loop's to it, in order.
    """
    held = _whose(view, object, accesses)
    if held == "one for all":
        return False
    if held == "unknown":
        result.unknowns.append(_doubt(view, object, accesses[0], "its address may be that of another thread's"))
        return True
    exposed = _exposed(view, object, accesses)
    if exposed is not None:
        before = any(access.is_write and access.order < exposed.order for access in accesses)
        if before and exposed.reference.subscripts:
            why = "whether the iteration wrote what is read here cannot be told"
            result.unknowns.append(_doubt(view, object, exposed, why))
        else:
            result.blocking.append(_reason(view, object, exposed, "in which the value is another"))
        return True
    written = next((access for access in accesses if access.is_write), None)
    if written is not None and is_live_after(view.index, view.record, object) and not _dies(view, object):
        result.blocking.append(_reason(view, object, written, "and the last value may be used after the loop"))
    return True


def _exposed(view: LoopView, object: Object, accesses: list[Access]) -> Access | None:
    """The first read of what the same iteration has not written."""
    if all(not access.reference.subscripts for access in accesses):
        return next(iter(exposed_reads(accesses, view.index.trace.siblings, at_most=1)), None)
    writes = [access for access in view.accesses if access.is_write]
    reads = [access for access in accesses if not access.is_write]
    if not reads or reads_only_its_own(view, Stabilised(view, writes), object):
        return None
    first = next((access for access in accesses if access.is_write), None)
    return next((access for access in reads if first is None or access.order < first.order), reads[0])


def _dies(view: LoopView, object: Object) -> bool:
    """Whether nobody can read what an iteration leaves in it: all that can name it, write it before they read it."""
    symbol, index = object.symbol, view.index
    assert symbol is not None
    if symbol.storage != "static-local" or symbol.address_taken:
        return False
    if has_no_name_outside(view.record.statement, symbol):
        return symbol.type.kind != "array" or object.unreachable
    for function in index.trace.followed.values():
        if function.body is not None and function.body.start <= symbol.start < function.body.end:
            alone = index.alone(function)
            return alone is not None and _written_first(alone, symbol)
    return False


def _written_first(index: TraceIndex, symbol: ir.Symbol) -> bool:
    """Whether every call of the function writes the variable before it reads it, whatever its arguments are."""
    function = index.trace.function
    if function.has_goto or function.in_error or function.body is None or _hides(function.body, symbol):
        return False
    objects = [object for object in index.by_object if object.symbol is symbol]
    if len(objects) != 1 or objects[0].kind != "variable":
        return False
    object = objects[0]
    if symbol.type.kind == "array" and not object.unreachable:
        return False
    call = _call_view(index, function.body)
    accesses = [access for access in call.accesses if access.object is object]
    return _exposed(call, object, accesses) is None


def _call_view(index: TraceIndex, body: ir.Stmt) -> LoopView:
    """A whole call, as the one iteration of a loop around the function's body."""
    domain = LoopDomain(Term("call", "counter", 0), (), "call")
    always = ir.Const(body.start, body.start, 1, "1", "int")
    statement = ir.While(body.start, body.end, always, body, body.start)
    return view_of(index, LoopRecord(statement, 0, None, domain, -1, False, last=index.trace.end + 1))


def _hides(body: ir.Stmt, symbol: ir.Symbol) -> bool:
    """Whether code names the variable that does not run where it stands."""
    hidden = (node for node in descendants(body) if isinstance(node, ir.Lambda | ir.Opaque | ir.OpaqueStmt | ir.Asm))
    return any(
        isinstance(node, ir.Asm) or _names(node.function.body if isinstance(node, ir.Lambda) else node, symbol)
        for node in hidden
    )


def _names(node: ir.Stmt | ir.Expr | None, symbol: ir.Symbol) -> bool:
    return node is not None and any(isinstance(each, ir.Name) and each.symbol is symbol for each in descendants(node))


def _is_named(node: ir.Expr | ir.Stmt | None, symbol: ir.Symbol) -> bool:
    """Whether the expression leads to the variable by its name."""
    while not isinstance(node, ir.Name):
        if isinstance(node, ir.Index | ir.Member):
            if isinstance(node, ir.Member) and node.arrow:
                return False
            node = node.base
        elif isinstance(node, ir.Assign | ir.IncDec):
            node = node.target
        elif isinstance(node, ir.Decl):
            return node.symbol is symbol
        else:
            return False
    return node.symbol is symbol


def _outside(function: ir.Function, statement: ir.Stmt) -> Iterator[ir.Stmt | ir.Expr]:
    if function.body is not None:
        for node in descendants(function.body):
            if not statement.start <= node.start < statement.end:
                yield node


def _reason(view: LoopView, object: Object, access: Access, why: str) -> Reason:
    return _told("PRG108", view, object, access, why)


def _doubt(view: LoopView, object: Object, access: Access, why: str) -> Reason:
    return _told("PRG401", view, object, access, f"and at `{access_text(view, access)}` {why}")


def _told(code: str, view: LoopView, object: Object, access: Access, why: str) -> Reason:
    message = f"each thread has a `{object.name}` of its own, {why}"
    return Reason(code, message, access_place(view, access), culprit=object.name, help=_help(object, access))


def _help(object: Object, access: Access) -> str:
    if access.via is not None:
        return f"let the function that is called here have `{object.name}` among its own variables, or as a parameter"
    if object.symbol is not None and object.symbol.type.kind == "array":
        return f"let a pointer lead to it before the loop, and use that in place of `{object.name}`"
    return f"copy it to a local variable before the loop, and use that in place of `{object.name}`"

"""What keeps a loop from running in parallel besides dependences through memory."""

from __future__ import annotations

import msgspec

from ..execution.containers import has_packed_elements
from ..execution.events import Access, Effect
from ..facts import Reason
from ..ir import tree as ir
from ..ir.walk import root_symbol
from .dominance import exposed_reads
from .places import place_of
from .view import LoopView


class Obstacles(msgspec.Struct):
    blocking: list[Reason] = []
    unknowns: list[Reason] = []


_EXITS = {
    "break": "`break` leaves the loop early: later iterations must not run, and in parallel they may have begun",
    "return": "`return` leaves the loop early: later iterations must not run, and in parallel they may have begun",
    "goto": "`goto` may leave the loop: OpenMP loops have one way in and one way out",
    "label": "a label stands in the loop: control may jump into it",
    "throw": "an exception may leave the loop, which OpenMP forbids",
    "long jump": "`longjmp` leaves the loop, and with it the region that it is to run in: OpenMP forbids that",
    "exit call": "the program may end within the loop: later iterations must not run, and in parallel they may have",
}


def find_obstacles(view: LoopView) -> Obstacles:
    result = Obstacles([], [])
    _exits(view, result)
    _errno(view, result)
    told: set[tuple[str, str]] = set()
    for effect in view.effects:
        key = (effect.kind, effect.name)
        if key not in told:
            told.add(key)
            _effect(view, effect, result)
    volatile: set[str] = set()
    for access in view.accesses:
        name = access.object.name
        if access.is_write and has_packed_elements(access.object.type) and access.reference.subscripts:
            if name not in volatile and not view.is_fresh(access.object):
                volatile.add(name)
                result.blocking.append(_packed(view, access))
            continue
        if access.is_volatile and name not in volatile and not view.is_fresh(access.object):
            volatile.add(name)
            result.unknowns.append(
                Reason(
                    "PRG406",
                    f"`{name}` is volatile: its accesses are effects of their own, in this order",
                    place_of(view, access.start, access.end),
                    culprit=name,
                )
            )
        elif access.is_atomic and name not in volatile and not view.is_fresh(access.object):
            volatile.add(name)
            result.unknowns.append(
                Reason(
                    "PRG406",
                    f"`{name}` is an atomic object: iterations may communicate through it",
                    place_of(view, access.start, access.end),
                    culprit=name,
                )
            )
    return result


def _errno(view: LoopView, result: Obstacles) -> None:
    """What a library function leaves in errno, it leaves to its own thread."""
    if not view.record.calls:
        return
    for object in view.index.by_object:
        symbol = object.symbol
        if symbol is None or symbol.name != "errno" or not symbol.thread_local:
            continue
        after = [access for access in view.index.by_object[object] if access.order > view.record.last]
        for access in exposed_reads(after, view.index.trace.siblings, at_most=1):
            result.blocking.append(
                Reason(
                    "PRG108",
                    "`errno` is read after the loop, but each thread has one of its own",
                    place_of(view, access.start, access.end),
                    culprit="errno",
                    help="look at `errno` within the iteration, right after the call that sets it",
                )
            )


def _packed(view: LoopView, access: Access) -> Reason:
    return Reason(
        "PRG103",
        f"`{access.object.name}` is a vector of bits: to write one element is to write the byte that others lie in too",
        place_of(view, access.start, access.end),
        culprit=access.object.name,
        help="make it a `std::vector<char>`, whose elements are apart",
    )


def _exits(view: LoopView, result: Obstacles) -> None:
    told: set[str] = set()
    for exit in view.record.exits:
        if exit.kind in told:
            continue
        told.add(exit.kind)
        where = place_of(view, exit.start, exit.end)
        help_text = (
            "search with a reduction instead (for example the smallest matching index)"
            if exit.kind in ("break", "return")
            else None
        )
        result.blocking.append(Reason("PRG111", _EXITS[exit.kind], where, help=help_text))


def _effect(view: LoopView, effect: Effect, result: Obstacles) -> None:
    place = place_of(view, effect.start, effect.end)
    name = effect.name
    if effect.kind == "io":
        result.blocking.append(
            Reason(
                "PRG112",
                f"`{name}` does input or output: its order over the iterations would change",
                place,
                culprit=name,
                help="move the input or output out of the loop",
            )
        )
    elif effect.kind == "state":
        result.blocking.append(
            Reason(
                "PRG113",
                f"`{name}` keeps hidden state between calls: it is neither safe nor reproducible in parallel",
                place,
                culprit=name,
                help=_STATE_HELP.get(name),
            )
        )
    elif effect.kind == "unknown call" and (atomic := _atomic_object(effect)) is not None:
        message = f"`{atomic}` is an atomic object: iterations may communicate through it"
        result.unknowns.append(Reason("PRG406", message, place, culprit=atomic))
    elif effect.kind == "unknown call":
        hidden = f" (through `{effect.detail}`)" if effect.detail and effect.detail != name else ""
        result.unknowns.append(
            Reason(
                "PRG402",
                f"what `{name}` reads and writes is not known{hidden}: {_why_out_of_sight(view, effect)}",
                place,
                culprit=name,
                help=_help_out_of_sight(effect),
            )
        )
    elif effect.kind == "reads anything":
        if (written := _written_in_sight_of_others(view)) is not None:
            result.unknowns.append(
                Reason(
                    "PRG402",
                    f"`{name}` is declared pure: it may read what the loop writes, such as `{written}`",
                    place,
                    culprit=name,
                    help="declare it with the `const` attribute if it only computes with its arguments",
                )
            )
    elif effect.kind == "not followed":
        result.unknowns.append(
            Reason(
                "PRG402",
                f"what `{name}` reads and writes is not known: the calls go too far to follow, or it jumps by `goto`",
                place,
                culprit=name,
                help="pass what it touches as parameters, or write it without `goto`",
            )
        )
    elif effect.kind == "may exit":
        if not any(exit.kind in ("exit call", "long jump") for exit in view.record.exits):
            result.blocking.append(Reason("PRG111", _EXITS["exit call"], place, culprit=name))
    elif effect.kind == "lock":
        result.unknowns.append(
            Reason("PRG406", f"`{name}` synchronises: the loop was written for several threads", place, culprit=name)
        )
    elif effect.kind == "thread query":
        message = f"`{name}` answers something else in a parallel loop: the loop was written for several threads"
        result.unknowns.append(Reason("PRG406", message, place, culprit=name))
    elif effect.kind == "asm":
        result.unknowns.append(Reason("PRG404", "inline assembly: what it does is not known", place, culprit="asm"))
    else:
        what = "does not parse" if effect.detail == "error" else "is not understood"
        text = view.text.excerpt(effect.start, effect.end, 60)
        result.unknowns.append(Reason("PRG404", f"`{text}` {what}", place, culprit=text))


def _written_in_sight_of_others(view: LoopView) -> str | None:
    """Memory that the loop writes and that code out of sight may have a name or a pointer for."""
    for access in view.accesses:
        symbol = access.object.symbol
        if not access.is_write or view.is_fresh(access.object) or access.object.unreachable:
            continue
        local = symbol is not None and symbol.storage in ("local", "parameter") and not symbol.address_taken
        if access.object.kind != "variable" or not local:
            return access.object.name
    return None


_STATE_HELP = {
    "rand": "give each iteration or thread a generator of its own (rand_r, or one seeded from the loop variable)",
    "strtok": "use strtok_r",
    "drand48": "use drand48_r",
    "random": "use random_r",
}


def _callee(effect: Effect) -> ir.Expr | None:
    return effect.node.callee if isinstance(effect.node, ir.Call) else None


def _is_through_pointer(effect: Effect) -> bool:
    callee = _callee(effect)
    return isinstance(callee, ir.Name) and callee.symbol.type.kind == "pointer"


def _class_of_object(effect: Effect) -> str:
    """The class of the variable whose member is called, or of what it holds; "" where there is none."""
    callee = _callee(effect)
    symbol = root_symbol(callee.base) if isinstance(callee, ir.Member) else None
    type = symbol.type if symbol is not None else None
    while type is not None and type.kind in ("reference", "pointer", "array"):
        type = type.inner
    return type.name if type is not None else ""


def _is_standard(effect: Effect) -> bool:
    return effect.name.startswith(("std::", "::std::")) or _class_of_object(effect).startswith("std::")


def _atomic_object(effect: Effect) -> str | None:
    callee = _callee(effect)
    symbol = root_symbol(callee) if isinstance(callee, ir.Member) else None
    return symbol.name if symbol is not None and _class_of_object(effect).startswith("std::atomic") else None


def _help_out_of_sight(effect: Effect) -> str:
    if _is_through_pointer(effect):
        return "call the function by its own name, or verify the loop with a test command"
    if _is_standard(effect):
        return "use what it gives before or after the loop, or verify the loop with a test command"
    return "declare it with the `pure` or `const` attribute if it has no side effects, or show its body"


def _why_out_of_sight(view: LoopView, effect: Effect) -> str:
    in_sight = {function.name for function in view.unit.functions if function.body is not None}
    record = view.unit.records.get(effect.name)
    if record is not None:
        short = effect.name.rsplit("::", 1)[-1]
        own = [f"{effect.name}::{name}" for name in (short, f"~{short}") if name in record.declared]
        if own and in_sight.issuperset(own) and not record.bases:
            return "making, copying or destroying an object of the class does more than set its own fields"
        return "not all is in sight that its constructors, copies or destructor do"
    callee = effect.node.callee if isinstance(effect.node, ir.Call) else None
    if _is_through_pointer(effect):
        return "it is called through a pointer"
    if _is_standard(effect):
        return "it is the standard library's, and none of those whose effects are known here"
    if isinstance(callee, ir.Member) and any(callee.name in each.virtual for each in view.unit.records.values()):
        return "it is virtual, and a class derived from this one may have another in its place"
    if effect.detail in in_sight:
        return "it calls itself, directly or not"
    if effect.name in in_sight:
        return "which function of that name is meant is not clear"
    return "its body is not in this file"

"""Exceptions that library calls in a loop may throw: OpenMP lets none leave a parallel loop."""

from __future__ import annotations

import msgspec

from ..dependence.stretch import never_negative
from ..execution.events import Access, Throw
from ..facts import Assumption, Reason
from ..ir import tree as ir
from ..symbolic.polynomial import ONE, Polynomial
from .naming import is_visible, polynomial_text
from .places import place_of
from .ranges import context_of, dimension_ranges
from .view import LoopView

_ENDS = "an exception that leaves an OpenMP loop ends the program: "
_HELP = {
    "range": "use `[]` where you know the range",
    "cast": "cast the address, and ask whether that gave a null pointer",
}


def exceptions_of(view: LoopView) -> tuple[list[Reason], list[Assumption]]:
    """Those that a `try` block around the loop waits for, and, without one, that none is thrown.

    Without one the exception would end the program or go to a caller: neither is what checked accesses are there for,
    but the caller may handle it. Memory is taken to suffice where no `try` block around the loop asks.
    """
    blocking: list[Reason] = []
    assumptions: dict[str, Assumption] = {}
    for throw in view.record.throws:
        if (throw.kind == "memory" and not throw.awaited) or _is_within(view, throw):
            continue
        text, place = view.text.excerpt(throw.start, throw.end, 60), place_of(view, throw.start, throw.end)
        if throw.awaited and not blocking:  # one is enough to know
            message = f"`{text}` may throw, and the exception would leave the loop, which OpenMP forbids"
            blocking.append(Reason("PRG111", message, place, help="catch it in the iteration that throws it"))
        elif not throw.awaited and text not in assumptions:
            assumptions[text] = Assumption(
                "PRG210",
                f"`{text}` throws in no iteration",
                place,
                guard=_guard(view, throw),
                help=_ENDS + _HELP.get(throw.kind, _HELP["range"]),
            )
    return blocking, list(assumptions.values())


def _accesses(view: LoopView, throw: Throw) -> list[Access]:
    return [access for access in view.accesses if access.node is throw.node and access.reference.subscripts]


def _is_within(view: LoopView, throw: Throw) -> bool:
    """Whether every checked access is to an element that is there."""
    size, accesses = throw.size, _accesses(view, throw)
    if size is None or size.depth() >= view.depth:
        return False
    return bool(accesses) and all(_is_element(view, access, size) for access in accesses)


def _is_element(view: LoopView, access: Access, size: Polynomial) -> bool:
    reference = access.reference
    subscript, outer = reference.subscripts[-1], reference.loops[:-1]
    if subscript is None or not reference.loops:
        return False
    innermost = reference.loops[-1]
    bounded = msgspec.structs.replace(innermost, constraints=(*innermost.constraints, *reference.guards))
    return all(
        never_negative(value, (*outer, bounded), view.depth, context_of(view))
        for value in (subscript, size - ONE - subscript)
    )


def _ends(view: LoopView, throw: Throw) -> list[tuple[Access, Polynomial, Polynomial]]:
    """The checked accesses with their first and last subscripts; empty where one is not known."""
    found: list[tuple[Access, Polynomial, Polynomial]] = []
    for access in _accesses(view, throw):
        ends = dimension_ranges(view, access.reference)[-1]
        if ends is None:
            return []
        found.append((access, *ends))
    return found


def _guard(view: LoopView, throw: Throw) -> str | None:
    """C++ text that holds if all subscripts are those of elements: only of sums, which cannot wrap around."""
    ends = _ends(view, throw)
    if not ends or throw.size is None:
        return None
    size = _size_text(view, throw)
    parts: list[str] = []
    for access, low, high in ends:
        below, above = polynomial_text(view, low, wide="long long"), polynomial_text(view, high, wide="long long")
        affine = low.is_affine and high.is_affine and not access.bits
        if below is None or above is None or size is None or not affine or (low.constant or 0) < 0:
            return None
        parts += [] if low.constant is not None else [f"{below} >= 0"]
        parts.append(f"{above} < (long long){size}")
    return " && ".join(dict.fromkeys(parts))


def _size_text(view: LoopView, throw: Throw) -> str | None:
    """The size of a container that the loop does not change, which nothing may have asked for before."""
    if throw.size is None or throw.size.depth() >= view.depth:
        return None
    callee = throw.node.callee if isinstance(throw.node, ir.Call) else None
    if isinstance(callee, ir.Member) and isinstance(callee.base, ir.Name) and is_visible(view, callee.base.symbol):
        return f"{callee.base.symbol.name}{'->' if callee.arrow else '.'}size()"
    return polynomial_text(view, throw.size)

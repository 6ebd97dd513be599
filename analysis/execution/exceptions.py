"""Exceptions: what may throw one, and by which `try` blocks it is surely caught."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..ir.tree import Call, Const, Expr, Name

# Members of standard containers that throw where an element is not there ([sequence.reqmts], [map.access]).
_CHECKED = frozenset(["at"])
# Those that throw where there is not room enough ([vector.capacity], [string.require]).
GROWING = frozenset(
    ["push_back", "emplace_back", "push_front", "emplace_front", "resize", "reserve", "insert", "emplace", "assign",
     "append"]
)  # fmt: skip

# What each kind of throwing thing throws; None where that is not known.
THROWN: dict[str, str | None] = {
    "range": "std::out_of_range", "memory": "std::bad_alloc", "cast": "std::bad_cast", "call": None
}  # fmt: skip
_ALL = "..."
_BASE = "exception"
_DERIVED = frozenset(
    [
        _BASE, "bad_alloc", "bad_array_new_length", "bad_cast", "bad_typeid", "bad_function_call",
        "bad_optional_access", "bad_variant_access", "logic_error", "domain_error", "invalid_argument", "length_error",
        "out_of_range", "runtime_error", "range_error", "overflow_error", "underflow_error", "system_error",
    ]
)  # fmt: skip


class Handlers(NamedTuple):
    """Of a `try` block around: the number of loops outside it, and the types that it catches."""

    depth: int
    catches: tuple[str, ...]


def ended_by_noexcept(depth: int) -> Handlers:
    """Around a call of a `noexcept` function: what would leave it ends the program there, as a failed `assert` does."""
    return Handlers(depth, (_ALL,))


def type_thrown(value: Expr | None) -> str | None:
    """The name of the type that `throw value;` throws, by which handlers take it; None where the text does not tell."""
    match value:
        case Call():
            return value.name or None
        case Name() if value.symbol.type.kind in ("float", "bool", "record"):  # an `int` may be an enumeration
            return value.symbol.type.name or None
        case Const(kind="int") if value.text.isdecimal() and len(value.text) < 10:
            return "int"
        case Const(kind="float") if value.text[-1:] in ".0123456789":
            return "double"
        case Const(kind="bool"):
            return "bool"
        case _:
            return None


def may_throw(member: str) -> bool:
    """Whether a container's member function of that name throws if it is asked for what is not there."""
    return member.rsplit("::", 1)[-1] in _CHECKED


def is_standard(type: str) -> bool:
    """Whether it is a class of exceptions of the standard library."""
    return type.startswith("std::") and type[5:] in _DERIVED


def caught_at(around: Iterable[Handlers], thrown: str | None) -> int:
    """The number of loops that an exception of the type stays inside of, where no handler rethrows it; `around` are the
    `try` blocks, the outermost first, and None is a type that is not known."""
    for handlers in reversed(tuple(around)):
        if any(_takes(caught, thrown) for caught in handlers.catches):
            return handlers.depth
    return 0


def _takes(caught: str, thrown: str | None) -> bool:
    if caught == _ALL:
        return True
    if thrown is None:
        return False
    bare, bare_thrown = caught.rsplit("::", 1)[-1], thrown.rsplit("::", 1)[-1]
    if bare == bare_thrown:  # of one class, if both say in which namespace
        return f"::{caught}".endswith(f"::{thrown}") or f"::{thrown}".endswith(f"::{caught}")
    return bare == _BASE and bare_thrown in _DERIVED

"""Exceptions: what may throw one, and by which `try` blocks it is surely caught."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# Members of standard containers that throw where an element is not there ([sequence.reqmts], [map.access]).
_CHECKED = frozenset(["at"])
# Those that throw where there is not room enough ([vector.capacity], [string.require]).
GROWING = frozenset(
    ["push_back", "emplace_back", "push_front", "emplace_front", "resize", "reserve", "insert", "emplace", "assign",
     "append"]
)  # fmt: skip

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
    caught, thrown = caught.rsplit("::", 1)[-1], thrown.rsplit("::", 1)[-1]
    return caught == thrown or (caught == _BASE and thrown in _DERIVED)

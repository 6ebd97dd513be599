"""A function that is parsed and lowered by itself."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ..ir.tree import Function, ParseError, Symbol
from ..openmp.directive import Directive
from .prepared import Setting


class Placed(Protocol):
    """What has a place, and can be moved."""

    start: int
    end: int


class Chunk(msgspec.Struct):
    """One function, and the state of the context where it stands.

    [start, end) is its place in the file, `at` that of its head in the prepared text, which is `text` from there on;
    the first `head` bytes come before the body. `alone`: lowering it changes nothing that others see but its symbol's
    binding and the addresses it takes, and gives one function. The counts are of what the context knew.
    """

    at: int
    head: int
    text: bytes
    start: int
    end: int
    opened: int  # where the body begins in the file, from `start` on
    function: Function | None = None
    alone: bool = False
    journal: int = 0
    scopes: int = 0
    prefix: str = ""
    anonymous_namespace: int = 0
    using_std: frozenset[str] = frozenset()
    records: int = 0
    members: int = 0
    namespaces: int = 0
    addressed: frozenset[Symbol] = frozenset()
    made: tuple[Symbol, ...] = ()
    errors: tuple[ParseError, ...] = ()
    directives: tuple[Directive, ...] = ()
    numbered: int = 0  # the OpenMP directives of the file before it
    setting: Setting | None = None  # the names of types in it; None until preparing it alone is known to give `text`
    moved: int = 0  # bytes by which the places in the function have fallen behind
    placed: list[Placed] | None = None  # what has places in it, where that was asked for

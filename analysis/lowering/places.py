"""Everything in an intermediate representation that has a place in the text."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import cache
from typing import Any

import msgspec

from ..ir.tree import For, Name, RangeFor, While
from .chunk import Placed

# Fields in which nothing with a place stands, or nothing of its owner's: a name does not own its symbol.
_PLAIN = frozenset(
    ["start", "end", "keyword_end", "name", "op", "text", "kind", "storage", "symbol", "symbols", "depth", "size"]
)
_LOOPS = frozenset([For, RangeFor, While])
_SCALARS = frozenset([int, str, bool, float, bytes, type(None)])


def placed_within(roots: Iterable[Any], but: Container[int] = frozenset()) -> list[Any]:
    """What has places below `roots`, each once; what has its id among `but` is left out, with all below it."""
    found: list[Placed] = []
    seen: set[int] = set()
    pending = list(roots)
    while pending:
        node = pending.pop()
        kind = node.__class__
        if kind in _SCALARS:
            continue
        if kind is tuple or kind is list:
            pending += node
        elif kind is dict:
            pending += node.values()
        elif id(node) not in seen and id(node) not in but:
            seen.add(id(node))
            has_place, parts = _parts(kind)
            if has_place:
                found.append(node)
            for name in parts:
                pending.append(getattr(node, name))
    return found


@cache
def _parts(kind: type) -> tuple[bool, tuple[str, ...]]:
    """Whether such a thing has a place, and its fields in which more may stand."""
    if not issubclass(kind, msgspec.Struct):
        return False, ()
    fields = kind.__struct_fields__
    return "start" in fields, () if kind is Name else tuple(name for name in fields if name not in _PLAIN)


def move(placed: Iterable[Any], by: int) -> None:
    """Moves places by a number of bytes."""
    for each in placed:
        each.start += by
        each.end += by
        if each.__class__ in _LOOPS:
            each.keyword_end += by

"""What a pair of accesses that may race comes to."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...execution.containers import has_packed_elements
from ..directive import Directive
from .conflicts import FEW_THREADS, Conflict
from .sites import Site

How = Literal["iterations", "threads", "sections", "tasks", "lanes", "overlap", "budget"]


class Found(msgspec.Struct):
    """Two accesses that may race. `race` says that they certainly do; else `doubt` says what kept us from saying so."""

    directive: Directive
    how: How
    first: Site
    second: Site
    race: bool
    conflict: Conflict | None = None
    doubt: str | None = None


class Correction(msgspec.Struct, frozen=True):
    """One change of a directive: a list item to add to a clause (with its modifier), or `nowait` to take away."""

    clause: Literal["private", "lastprivate", "reduction", "nowait"]
    item: str = ""
    modifier: str | None = None


def undecided(conflict: Conflict) -> str:
    """Why the conflict is only possible, in words."""
    if conflict.rare:
        return f"the two are one element only with more than {FEW_THREADS} threads"
    accessed = conflict.first.access.object
    if has_packed_elements(accessed.type):
        return f"`{accessed.name}` is a vector of bits: a write of one element writes the byte that others lie in"
    culprits = ", ".join(f"`{culprit}`" for culprit in conflict.answer.culprits[:3])
    if culprits:
        return f"whether the two are the same element depends on {culprits}"
    return "whether the two are the same element cannot be told"

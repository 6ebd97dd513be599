"""Two worksharing loops whose iterations go to the same threads (OpenMP 5.2 §11.5.3, `schedule(static)`)."""

from __future__ import annotations

from typing import Literal

from ..constructs import collapsed_count
from ..directive import Directive
from .division import Division


def dealt_alike(one: Division, other: Division) -> Literal["certain", "likely"] | None:
    """Whether iteration k of both loops is the same thread's.

    "certain" where both say `schedule(static)` with the same chunk and run the same number of iterations; "likely"
    where the numbers may be equal, or where neither says anything (every implementation deals statically then).
    """
    if one.region is None or other.region is None or not one.loops or not other.loops:
        return None
    first, second = one.region.statement.directive, other.region.statement.directive
    if collapsed_count(first) != 1 or collapsed_count(second) != 1:
        return None
    left, right = one.loops[0].header, other.loops[0].header
    if left is None or right is None or left.trip is None or right.trip is None:
        return None
    if left.trip != right.trip and (left.trip - right.trip).constant is not None:
        return None
    kinds = _schedule(first), _schedule(second)
    if kinds[0] != kinds[1] or "simd" in first.name.split() or "simd" in second.name.split():
        return None
    if kinds[0] is None:
        return "likely"
    if kinds[0][:1] != ("static",):
        return None
    return "certain" if left.trip == right.trip else "likely"


def _schedule(directive: Directive) -> tuple[str, ...] | None:
    clauses = directive.clauses_named("schedule")
    return clauses[0].items if clauses else None

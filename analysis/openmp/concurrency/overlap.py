"""Different names that may mean one memory: nothing is proved of them, and nothing is claimed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...execution.points_to import PointsTo
from ...execution.values import Object
from ...loops.pairs import may_alias
from ..directive import Directive
from .found import Found
from .sites import Site

# Doubts of this kind that one directive is told of; each written object gives one.
ENOUGH = 5


def overlaps(sites: Sequence[Site], innermost: Callable[[Site], Directive], points_to: PointsTo) -> list[Found]:
    """For each written object among `sites`, another object that may be the same memory, as far as is known."""
    first_of: dict[tuple[Object, bool], Site] = {}
    for site in sites:
        first_of.setdefault((site.access.object, site.access.is_write), site)
    found: list[Found] = []
    told: dict[int, int] = {}
    for (accessed, writes), site in first_of.items():
        directive = innermost(site)
        if not writes or told.get(id(directive), 0) >= ENOUGH:
            continue
        doubt = _doubt(accessed, site, first_of, points_to)
        if doubt is not None:
            told[id(directive)] = told.get(id(directive), 0) + 1
            other, words = doubt
            found.append(Found(directive, "overlap", site, other, False, doubt=words))
    return found


def _doubt(
    accessed: Object, site: Site, first_of: dict[tuple[Object, bool], Site], points_to: PointsTo
) -> tuple[Site, str] | None:
    """An access to what may be the same memory, and what to say of it."""
    if not _distinct_rows(accessed, points_to):
        return site, f"rows of `{accessed.name}` may be the same memory"
    for (other_object, _), other in first_of.items():
        if other_object is accessed or may_alias(site.access, other.access) == "distinct":
            continue
        if not points_to.disjoint(accessed, other_object):
            return other, f"`{accessed.name}` and `{other_object.name}` may be the same memory"
    return None


def _distinct_rows(accessed: Object, points_to: PointsTo) -> bool:
    """Whether different pointers on the way to this memory lead to different memory."""
    at: Object | None = accessed
    while at is not None and at.parent is not None:
        if at.kind == "rows" and not points_to.rows_are_distinct(at.parent.object):
            return False
        at = at.parent.object
    return True

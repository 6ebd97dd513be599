"""Different names that may mean one memory: nothing is proved of them, and nothing is claimed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...execution.points_to import PointsTo
from ...execution.values import Object
from ...loops.pairs import may_alias
from ..directive import Directive
from .found import Found
from .sites import Site


def overlaps(sites: Sequence[Site], innermost: Callable[[Site], Directive], points_to: PointsTo) -> list[Found]:
    """For each written object among `sites`, the other objects that may be the same memory, as far as is known."""
    found: list[Found] = []
    first_of: dict[tuple[Object, bool], Site] = {}
    for site in sites:
        first_of.setdefault((site.access.object, site.access.is_write), site)
    for (accessed, writes), site in first_of.items():
        if not writes:
            continue
        if accessed.kind == "rows" and not _distinct_rows(accessed, points_to):
            doubt = f"rows of `{accessed.name}` may be the same memory"
            found.append(Found(innermost(site), "overlap", site, site, False, doubt=doubt))
        for (other_object, _), other in first_of.items():
            if other_object is accessed or may_alias(site.access, other.access) == "distinct":
                continue
            if points_to.disjoint(accessed, other_object):
                continue
            doubt = f"`{accessed.name}` and `{other_object.name}` may be the same memory"
            found.append(Found(innermost(site), "overlap", site, other, False, doubt=doubt))
    return found


def _distinct_rows(rows: Object, points_to: PointsTo) -> bool:
    return rows.parent is not None and points_to.rows_are_distinct(rows.parent.object)

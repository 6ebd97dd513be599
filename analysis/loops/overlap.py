"""Different objects that might be the same memory: assumptions, with a run-time guard where the ranges are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from ..dependence.problem import Budget, Reference
from ..execution.aliasing import relation as relation_of_objects
from ..execution.events import Access
from ..execution.values import Object
from ..facts import Assumption, Reason
from ..symbolic.polynomial import ONE, ZERO, Polynomial
from . import words
from .naming import base_text, polynomial_text
from .pairs import Group, Stabilised, full_path, leading
from .ranges import Range, ranges_by_sign, reference_range, whole_range
from .row_tables import RowTable, row_tables
from .stretches import by_dimension, hull
from .view import LoopView

Relation = Callable[[Access, Access], str]
_LONGEST_GUARD = 400  # characters: what nobody would read is not written
_MOST_ENDS = 3  # of a stretch: each is compared with each of the other's, and people read it
_ENOUGH_UNKNOWN = 8  # objects whose pointers lead nobody knows where: more of them would say nothing new
# Pairs of accesses to different objects that one loop may cost; beyond them the answer is "unknown: too complex".
OVERLAP_BUDGET = 40_000


def judge_overlaps(
    view: LoopView,
    stabilised: Stabilised,
    groups: list[Group],
    written: list[Group],
    unknowns: list[Reason],
    assumptions: list[Assumption],
    relation: Relation,
) -> None:
    """Every written object against every other object that the loop touches."""
    budget = Budget(OVERLAP_BUDGET)
    if not _judge_strays(view, groups, written, unknowns, relation, budget):
        unknowns.append(words.too_complex(view, written[0].accesses[0], len(written[0].accesses)))
        return
    written = [group for group in written if group.object.kind != "unknown"]
    places = {group.object: place for place, group in enumerate(written)}
    known = [group for group in groups if group.object.kind != "unknown"]
    for place, first in enumerate(written):
        for second in known:
            if places.get(second.object, place + 1) <= place:
                continue  # itself, or held against it before
            budget.left -= len(first.accesses) * len(second.accesses)
            if budget.left < 0:
                unknowns.append(words.too_complex(view, first.accesses[0], len(first.accesses)))
                return
            found = _closest(first, second, relation)
            if found is None:
                continue
            left, right, _ = found
            if view.index.points_to.disjoint(left.object, right.object):
                if _depends_on_callers(left.object) or _depends_on_callers(right.object):
                    assumptions.append(words.no_overlap(view, left, right, None, "every call in this file"))
                continue
            tables = row_tables(view, first, second)
            if tables is None:
                _assume(assumptions, words.no_overlap(view, left, right, _guard(view, first, second)))
            elif relation_of_objects(tables[0].object, tables[1].object) != "distinct":
                _assume(assumptions, words.no_overlap(view, left, right, _guard_of_tables(view, *tables)))


def _assume(assumptions: list[Assumption], one: Assumption) -> None:
    """Adds it unless the same was said before: of a container and of what its elements own."""
    if one.guard is not None or all((each.message, each.guard) != (one.message, None) for each in assumptions):
        assumptions.append(one)


def _judge_strays(
    view: LoopView,
    groups: list[Group],
    written: list[Group],
    unknowns: list[Reason],
    relation: Relation,
    budget: Budget,
) -> bool:
    """Objects that nobody knows the place of: each is told of once, by name, with the first that it might be.

    False where that was past the budget.
    """
    told: set[str] = set()
    for stray in groups:
        if stray.object.kind != "unknown" or stray.object.name in told or len(told) >= _ENOUGH_UNKNOWN:
            continue
        for other in groups if stray.written else written:
            if other is stray:
                continue
            budget.left -= len(stray.accesses) * len(other.accesses)
            if budget.left < 0:
                return False
            found = _closest(stray, other, relation)
            if found is not None:
                told.add(stray.object.name)
                unknowns.append(words.unknown_pointer(view, *found[:2]))
                break
    return True


def _depends_on_callers(object: Object) -> bool:
    while object.parent is not None:
        object = object.parent.object
    return object.symbol is not None and object.symbol.storage == "parameter"


def _closest(first: Group, second: Group, relation: Relation) -> tuple[Access, Access, str] | None:
    """The pair of accesses, one of them a write, that speaks most against the two being distinct."""
    found = None
    for left in first.accesses:
        for right in second.accesses:
            if not (left.is_write or right.is_write):
                continue
            how = relation(left, right)
            if how == "unknown":
                return left, right, how
            if how != "distinct" and found is None:
                found = left, right, how
    return found


def _guard(view: LoopView, first: Group, second: Group) -> str | None:
    """`a + n <= b || b + m <= a`: true when the touched stretches lie apart."""
    cast = "" if _same_element(first, second) else "(const char *)"
    if first.object.kind == "container" and second.object.kind == "container":
        left, right = base_text(view, first.object), base_text(view, second.object)
        return f"{cast}{left} != {cast}{right}" if left and right else None
    a, b = _stretch(view, first), _stretch(view, second)
    if a is None or b is None:
        return None
    text = f"{_before(a, b, cast)} || {_before(b, a, cast)}"
    return text if len(text) <= _LONGEST_GUARD else None


def _guard_of_tables(view: LoopView, first: RowTable, second: RowTable) -> str | None:
    """The same for the tables in which the rows' addresses stand."""
    a = _between(view, first.object, first.references, [reference_range(view, each) for each in first.references])
    b = _between(view, second.object, second.references, [reference_range(view, each) for each in second.references])
    if a is None or b is None:
        return None
    text = f"{_before(a, b, '')} || {_before(b, a, '')}"
    return text if len(text) <= _LONGEST_GUARD else None


def _same_element(first: Group, second: Group) -> bool:
    """C compares only pointers of one type."""
    if _in_records(first) or _in_records(second):
        return False
    types = {access.scalar_type for group in (first, second) for access in group.accesses}
    return len(types) == 1 and _element(first.object) == _element(second.object)


def _element(object: Object) -> tuple[str, int | None, bool, str]:
    """`int` and `unsigned` may share memory, but pointers to them are of two types."""
    type = object.type
    while type.kind in ("array", "reference") and type.inner is not None:
        type = type.inner
    name = type.name if type.kind == "record" else ""
    while type.kind == "pointer" and type.inner is not None:
        type, name = type.inner, f"{name}*"
    return type.kind, type.size, type.unsigned, f"{type.name}{name}" if name else ""


def _before(first: Stretch, second: Stretch, cast: str) -> str:
    """All of `first` lies before all of `second`."""
    conditions = [
        f"{_cast(end, cast)} <= {_cast(start, cast)}"
        for end in first.ends
        for start in second.starts
    ]  # fmt: skip
    return conditions[0] if len(conditions) == 1 else f"({' && '.join(conditions)})"


def _cast(pointer: str, cast: str) -> str:
    if not cast:
        return pointer
    return f"{cast}{pointer}" if pointer.isidentifier() else f"{cast}({pointer})"


class Stretch(NamedTuple):
    """C text of pointers to the first element touched and to one past the last: the lowest and the highest count."""

    starts: list[str]
    ends: list[str]


def _stretch(view: LoopView, group: Group) -> Stretch | None:
    """In elements, or in records where the group's accesses go on to fields of them."""
    key = ("stretch", group.object)
    if key not in view.ranges:
        view.ranges[key] = _found_stretch(view, group)
    return view.ranges[key]  # type: ignore[return-value]


def _found_stretch(view: LoopView, group: Group) -> Stretch | None:
    if any("?" in access.path for access in group.accesses):
        return None  # elements of one type seen as another's
    if _in_records(group):
        references = [leading(each.reference, full_path(each).partition(".")[0].count("[]")) for each in group.accesses]
        return _between(view, group.object, references, [reference_range(view, each) for each in references])
    touched: list[tuple[Reference, Range | None]] = []
    for access in group.accesses:
        reference = _behind_pointer(group.object, access.reference)
        one = reference_range(view, reference) or whole_range(access)
        every = [one] if one is not None else ranges_by_sign(view, reference)
        touched += [(reference, range) for range in every or [None]]
    return _between(view, group.object, [each[0] for each in touched], [each[1] for each in touched])


def _behind_pointer(object: Object, reference: Reference) -> Reference:
    """The reference without the subscripts that choose the pointer, where that is the only one there: `s->p[i]`."""
    count = object.pointers
    if not count or any(subscript != ZERO for subscript in reference.subscripts[:count]):
        return reference
    subscripts, extents = reference.subscripts[count:], reference.extents[count:]
    return msgspec.structs.replace(reference, subscripts=subscripts, extents=extents, memo=None)


def _in_records(group: Group) -> bool:
    return any(access.path.replace("[]", "") for access in group.accesses)


def _between(
    view: LoopView, object: Object, references: Sequence[Reference], ranges: Sequence[Range | None]
) -> Stretch | None:
    base = base_text(view, object)
    if base is None:
        return None
    known = [(found, each) for found, each in zip(ranges, references, strict=True) if found is not None]
    lows, highs = hull(view, known)
    if len(known) < len(ranges) or max(len(lows), len(highs)) > 1:
        joined = by_dimension(view, references)
        if joined is None and len(known) < len(ranges):
            return None
        lows, highs = joined if joined is not None else (lows, highs)
    if max(len(lows), len(highs)) > _MOST_ENDS:
        return None
    starts = [_shifted(view, base, low) for low in lows]
    ends = [_shifted(view, base, high + ONE) for high in highs]
    if None in starts or None in ends:
        return None
    return Stretch([text for text in starts if text is not None], [text for text in ends if text is not None])


def _shifted(view: LoopView, base: str, offset: Polynomial) -> str | None:
    if offset == ZERO:
        return base
    text = polynomial_text(view, offset, wide="long long")
    if text is None:
        return None
    return f"{base} - {text[1:]}" if text.startswith("-") else f"{base} + {text}"

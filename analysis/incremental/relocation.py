"""Facts about text that stands elsewhere now: the same values, with other places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

import msgspec

from ..facts import Access, Assumption, Dependence, DirectiveFacts, LoopFacts, Place, Reason, Related, Variable

T = TypeVar("T")

_HOLDERS = (Access, Assumption, Dependence, DirectiveFacts, LoopFacts, Reason, Related, Variable)


@cache
def _holding(kind: type) -> tuple[int, ...]:
    """The positions of the fields of a kind of facts in which places may stand."""
    names = {"Place", *(each.__name__ for each in _HOLDERS)}
    return tuple(
        position
        for position, field in enumerate(msgspec.structs.fields(kind))
        if any(name in str(field.type) for name in names)
    )


def relocated(facts: T, place: Callable[[Place], Place]) -> T:
    """`facts`, a tuple of them, with every place replaced by what `place` gives for it."""
    return tuple([_relocation(each.__class__)(each, place) for each in facts])  # type: ignore[attr-defined, return-value]


@cache
def _relocation(kind: type) -> Callable[[Any, Callable[[Place], Place]], Any]:
    """What gives facts of one kind other places."""
    holding = _holding(kind)
    astuple = msgspec.structs.astuple

    def move(facts: Any, place: Callable[[Place], Place]) -> Any:
        values = list(astuple(facts))
        for position in holding:
            value = values[position]
            if value.__class__ is Place:
                values[position] = place(value)
            elif value.__class__ is tuple:
                if value:
                    inner = _relocation(value[0].__class__)
                    values[position] = tuple([inner(each, place) for each in value])
            elif value is not None:
                values[position] = _relocation(value.__class__)(value, place)
        return kind(*values)

    return move


def places_in(facts: Any) -> Iterator[Place]:
    """Every place that stands in some facts."""
    pending = [facts]
    while pending:
        value = pending.pop()
        if value.__class__ is Place:
            yield value
        elif value.__class__ is tuple:
            pending += value
        elif value is not None:
            fields = msgspec.structs.astuple(value)
            pending += [fields[position] for position in _holding(value.__class__)]

"""Loops of which only the first or the last iteration can meet something outside.

Where every iteration of a loop waits (at a barrier, for tasks), what comes before the loop can only meet its first
iteration, up to the first wait, and what comes after only its last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from ...execution.events import LoopRecord
from ...symbolic.polynomial import Constraint, of_term


class Pin(msgspec.Struct, frozen=True):
    """`loop` is in its first or its last iteration."""

    loop: LoopRecord
    end: Literal["first", "last"]

    def constraint(self) -> Constraint | None:
        """The pin as a constraint on the loop's counter; None where the last iteration cannot be told."""
        counter = self.loop.domain.counter
        if self.end == "first":
            return Constraint(of_term(counter), "==")
        if len(self.loop.domain.constraints) != 1 or not self.loop.domain.exact:
            return None
        bound = self.loop.domain.constraints[0]
        if bound.relation != ">=" or bound.left.terms.get((counter,)) != -1:
            return None
        return Constraint(bound.left, "==")


class Pinned(msgspec.Struct, frozen=True):
    """Pins of the access that comes first in time, and of the other; `certain` is False where some are missing."""

    first: tuple[Pin, ...] = ()
    second: tuple[Pin, ...] = ()
    certain: bool = True


# How the waits in a stretch of events keep one loop's iterations apart: all do, some may, none do.
Waits = Callable[[LoopRecord, int, int], Literal["yes", "perhaps", "no"]]


def pinned(first: tuple[int, Sequence[LoopRecord]], second: tuple[int, Sequence[LoopRecord]], waits: Waits) -> Pinned:
    """Pins for two accesses, given by their orders and the loops around each that are in any iteration.

    `waits(loop, low, high)` says whether every iteration of the loop waits between two orders.
    """
    early, late = first, second
    one = list(_pins(((loop, waits(loop, loop.first, early[0])) for loop in early[1]), "last"))
    other = list(_pins(((loop, waits(loop, late[0], loop.last)) for loop in late[1]), "first"))
    pins_first = tuple(pin for pin in one if pin is not None)
    pins_second = tuple(pin for pin in other if pin is not None)
    certain = len(pins_first) == len(one) and len(pins_second) == len(other)
    return Pinned(pins_first, pins_second, certain)


def _pins(
    loops: Iterable[tuple[LoopRecord, Literal["yes", "perhaps", "no"]]], end: Literal["first", "last"]
) -> Iterable[Pin | None]:
    """A pin for each loop that waits; None where it may wait, or where the pin cannot be written."""
    for loop, waits in loops:
        if waits == "no":
            continue
        pin = Pin(loop, end)
        yield pin if waits == "yes" and pin.constraint() is not None else None

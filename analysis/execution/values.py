"""Abstract objects, locations in them, and the values that expressions evaluate to.

An integer expression evaluates to a `Polynomial`, a pointer to a `Location`, a lambda to its tree, and everything
else (floating-point values, class objects) to None: their values do not decide addresses.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..ir.tree import Lambda, Symbol
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import ZERO, Polynomial, constant, modulo


class Object(msgspec.Struct, eq=False):
    """A piece of memory that two names either share or not; compared by identity.

    `kind`
      "variable"    the memory of `symbol` itself
      "allocation"  what one evaluation of malloc, new, … gave: distinct from everything that existed before
      "pointee"     what the pointer `symbol` (or the pointer stored at `parent`) points to
      "rows"        what the pointers stored in an array (`parent`) point to, their index being the first subscripts
      "container"   the elements owned by a standard container (`parent` holds the container itself)
      "unknown"     anything at all
    `born` is the event order at which it comes into being (-1: before the function runs), so that an object
    born inside a loop is a new one in each iteration. `assigned` is the order at which the pointer that leads to
    it was last set (-1: before the function ran): it may lead to anything born before that.
    """

    kind: Literal["variable", "allocation", "pointee", "rows", "container", "unknown"]
    name: str
    type: Type = UNKNOWN
    symbol: Symbol | None = None
    parent: Location | None = None
    born: int = -1
    assigned: int = -1
    # An array that is only ever subscripted on the spot: nothing else can point into it.
    unreachable: bool = False
    # The expression that allocates it, by identity.
    site: int | None = None
    # The pointer may lead elsewhere in each iteration of the loops at depths 1..varies.
    varies: int = 0
    # Objects of one group are pairwise distinct (pointers that a loop only permutes).
    distinct_group: int | None = None

    @property
    def pointers(self) -> int:
        """How many leading subscripts of a location in it choose a pointer rather than an element."""
        return len(self.parent.subscripts) if self.parent is not None and self.kind != "variable" else 0

    @property
    def holder(self) -> Object:
        """Where a container lies whose elements these are, or in what is owned by one that lies there; else itself."""
        at = self
        while at.kind == "container" and at.parent is not None:
            at = at.parent.object
        return at

    # The slots of `object` itself: these are keys everywhere, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


class Location(msgspec.Struct, frozen=True):
    """An element: `object`, the fields on the way (`path`, ".x" after the subscripts before it) and the subscripts.

    `subscripts` count elements, not bytes; a None subscript could be anything. `type` is what is stored there.
    `flat` says that pointer arithmetic made the last of several subscripts. A pointer's value is the location that
    it points to.
    """

    object: Object
    path: str = ""
    subscripts: tuple[Polynomial | None, ...] = ()
    extents: tuple[Polynomial | None, ...] = ()
    type: Type = UNKNOWN
    flat: bool = False

    def advanced(self, offset: Polynomial | None) -> Location:
        """The location `offset` elements further in the last dimension."""
        if not self.subscripts:
            if offset == ZERO:
                return self
            subscripts: tuple[Polynomial | None, ...] = (offset,)
            return Location(self.object, self.path, subscripts, (None,), self.type, self.flat)
        last = self.subscripts[-1]
        moved = None if last is None or offset is None else last + offset
        if moved is not None and (last.bits or offset.bits):  # type: ignore[union-attr]
            moved = modulo(moved, last.bits, offset.bits)  # type: ignore[union-attr]
        return Location(self.object, self.path, (*self.subscripts[:-1], moved), self.extents, self.type, self.flat)

    def arithmetic(self, offset: Polynomial | None) -> Location:
        """Like `advanced`, by pointer arithmetic, which may leave the row."""
        moved = self.advanced(offset)
        if len(moved.subscripts) - self.object.pointers < 2 or moved.flat or (offset is not None and offset == ZERO):
            return moved
        return Location(moved.object, moved.path, moved.subscripts, moved.extents, moved.type, True)

    def field(self, name: str, type: Type) -> Location:
        return Location(
            self.object, f"{self.path}{'[]' * self._fresh_subscripts()}.{name}", self.subscripts, self.extents, type
        )

    def _fresh_subscripts(self) -> int:
        return len(self.subscripts) - self.path.count("[]")

    def decayed(self, extent: Polynomial | None) -> Location:
        """An array location as a pointer to its first element."""
        element = self.type.inner or UNKNOWN
        return Location(self.object, self.path, (*self.subscripts, ZERO), (*self.extents, extent), element, self.flat)


def stored_constant(number: int, type: Type) -> Polynomial:
    """What a variable of an integer type holds after the number is stored there (C17 6.3.1.2, 6.3.1.3)."""
    if type.kind == "bool":
        return constant(int(number != 0))
    bits = 8 * (type.size or 4)
    number %= 1 << bits
    return constant(number if type.unsigned or number < 1 << (bits - 1) else number - (1 << bits))


def lies_in(path: str, whole: str) -> bool:
    """Whether the field at `path` is `whole` or a part of it: ".x.y" of ".x", and not ".xy"."""
    return path.startswith(whole) and (len(path) == len(whole) or not whole or path[len(whole)] in ".[?")


def meet(left: str, right: str) -> bool:
    """Whether two fields of one object have memory in common."""
    return lies_in(left, right) or lies_in(right, left)


class Referred(msgspec.Struct, frozen=True):
    """What a call that returns a reference evaluates to: an lvalue, which is read only where its value is asked for."""

    location: Location


Value = Polynomial | Location | Lambda | None

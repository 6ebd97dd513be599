"""What is known of index arrays, as constraints between the values loaded from them."""

from __future__ import annotations

from itertools import combinations

from ..symbolic.polynomial import Term
from .problem import IndexArrays
from .rows import Branch, Row, add, plus, scale, subtract
from .signs import is_nonnegative
from .system import System


class IndexFacts:
    """Adds to a system what `arrays` says of the pairs of loaded values that occur in it."""

    def __init__(self, system: System, arrays: IndexArrays) -> None:
        self.system = system
        self.arrays = arrays
        self._done: set[tuple[int, int]] = set()

    def add(self) -> None:
        """Adds the facts for all pairs that have come up since the last call."""
        if not (self.arrays.injective or self.arrays.increasing):
            return
        known = self.arrays.injective | self.arrays.increasing
        by_array: dict[object, list[tuple[int, int, Term]]] = {}
        for number, column in enumerate(self.system.columns):
            if len(column.monomial) == 1 and not column.part:
                term = column.monomial[0]
                if term.kind == "load" and term.arguments and term.array in known:
                    by_array.setdefault(term.array, []).append((number, column.side, term))
        for array, loads in by_array.items():
            for one, other in combinations(loads, 2):
                if (one[0], other[0]) not in self._done:
                    self._done.add((one[0], other[0]))
                    self._relate(array, one, other)

    def _relate(self, array: object, one: tuple[int, int, Term], other: tuple[int, int, Term]) -> None:
        (first, first_side, first_term), (second, second_side, second_term) = one, other
        if len(first_term.arguments) != len(second_term.arguments):
            return
        steps: list[Row] = []  # how far the second load's index is from the first's, per subscript
        for left, right in zip(first_term.arguments, second_term.arguments, strict=True):
            here, there = self.system.affine(left, first_side), self.system.affine(right, second_side)
            if here is None or there is None:
                return
            step = {column: value for column, value in subtract(there, here).items() if value}
            if step or len(first_term.arguments) == 1:  # where both loads name the same, there is nothing to compare
                steps.append(step)
        rise: Row = {second: 1, first: -1}
        strict = array in self.arrays.injective
        if array in self.arrays.increasing and len(steps) == 1:
            self._increasing(rise, steps[0], strict)
        elif strict:
            self._injective(rise, steps)

    def _increasing(self, rise: Row, step: Row, strict: bool) -> None:
        for sign in (1, -1):
            ahead, up = scale(step, sign), scale(rise, sign)
            if is_nonnegative(self.system, ahead):
                # Strictly increasing integers rise by at least the distance of their indices.
                self.system.at_least_zero(subtract(up, ahead) if strict else up)
                return
        branches: list[Branch] = []
        for sign in (1, -1):
            ahead, up = scale(step, sign), scale(rise, sign)
            branches.append(((False, ahead), (False, subtract(up, ahead) if strict else up)))
        self.system.choose(tuple(branches))

    def _injective(self, rise: Row, steps: list[Row]) -> None:
        if any(self._equals(row, rise) for row in self.system.equalities):
            for step in steps:
                self.system.equal_zero(step)
            return
        same: Branch = ((True, rise), *((True, step) for step in steps))
        above: Branch = ((False, plus(rise, -1)),)
        below: Branch = ((False, plus(scale(rise, -1), -1)),)
        never = any(is_nonnegative(self.system, plus(scale(step, sign), -1)) for step in steps for sign in (1, -1))
        self.system.choose((above, below) if never else (same, above, below))

    @staticmethod
    def _equals(row: Row, rise: Row) -> bool:
        return any(not any(add(row, scale(rise, sign)).values()) for sign in (1, -1))

"""Signs of rows, by substituting bounds of single columns: quick, and no proof of the contrary where it fails."""

from __future__ import annotations

from ..symbolic.interval import monomial_bounds
from .rows import CONSTANT, PARAMETER, Row, clean, scale, subtract
from .system import System


def is_nonnegative(system: System, row: Row, effort: int = 12) -> bool:
    """Whether `row` >= 0 follows quickly from bounds of single columns; False where that cannot be seen."""
    row = clean(row)
    inner = None
    depth = -1
    for column in row:
        if column != CONSTANT and system.columns[column].side != PARAMETER:
            term_depth = max(term.depth for term in system.columns[column].monomial)
            if term_depth > depth:
                inner, depth = column, term_depth
    if inner is None:
        return _parameters_nonnegative(system, row)
    if effort <= 0:
        return False
    coefficient = row[inner]
    lower, upper = _unit_bounds(system).get(inner, ((), ()))
    for bound in (lower if coefficient > 0 else upper)[:3]:
        # bound is column - x >= 0 (or x - column >= 0): take |coefficient| times that away.
        if is_nonnegative(system, subtract(row, scale(bound, abs(coefficient))), effort - 1):
            return True
        effort //= 2
    return False


def _unit_bounds(system: System) -> dict[int, tuple[list[Row], list[Row]]]:
    if system.bounds is None:
        bounds: dict[int, tuple[list[Row], list[Row]]] = {}
        for row in system.facts + system.inequalities:
            for column, value in row.items():
                if column != CONSTANT and value in (1, -1):
                    entry = bounds.setdefault(column, ([], []))
                    entry[0 if value == 1 else 1].append(row)
        system.bounds = bounds
    return system.bounds


def _parameters_nonnegative(system: System, row: Row) -> bool:
    if _least(system, row) >= 0:
        return True
    for known in system.facts + system.inequalities:
        if all(column == CONSTANT or system.columns[column].side == PARAMETER for column in known):
            rest = clean(subtract(row, known))
            if len(rest) < len(row) and _least(system, rest) >= 0:
                return True
    return False


def _least(system: System, row: Row) -> float:
    total: float = row.get(CONSTANT, 0)
    for column, value in row.items():
        if column == CONSTANT:
            continue
        low, high = (
            monomial_bounds(system.columns[column].monomial) if not system.columns[column].part else (None, None)
        )
        bound = low if value > 0 else high
        if bound is None:
            return float("-inf")
        total += value * bound
    return total

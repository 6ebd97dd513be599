"""Which disjunctions a system really needs: each may double the pieces of an integer set."""

from __future__ import annotations

from .rows import Branch, Row, plus, scale
from .signs import is_nonnegative
from .system import MAX_CHOICES, Definition, System


def settle(system: System) -> tuple[list[tuple[Branch, ...]], list[Row], bool]:
    """The choices that remain, inequalities in place of the others, and whether some had to be left out.

    A minimum that only bounds other values from above is fully described by the bounds on itself, a maximum that
    only bounds from below likewise.
    """
    size = (
        len(system.equalities),
        len(system.inequalities),
        len(system.facts),
        len(system.exclusions),
        len(system.choices),
        len(system.definitions),
    )
    if system.settled is None or system.settled[0] != size:  # rows are only ever added
        system.settled = size, _settle(system)
    return system.settled[1]


def _settle(system: System) -> tuple[list[tuple[Branch, ...]], list[Row], bool]:
    rows: list[Row] = []
    open_definitions: list[Definition] = []
    for definition in system.definitions:
        dividend = definition.decides
        if dividend is not None and is_nonnegative(system, dividend):
            rows += _as_inequalities(definition.branches[0])
        elif dividend is not None and is_nonnegative(system, plus(scale(dividend, -1), -1)):
            rows += _as_inequalities(definition.branches[1])
        else:
            open_definitions.append(definition)
    for definition in sorted(open_definitions, key=lambda each: each.column):
        if definition.sign and _only_bounds(system, definition, open_definitions, rows):
            open_definitions.remove(definition)
    choices = system.choices + [definition.branches for definition in open_definitions]
    return choices[:MAX_CHOICES], rows, len(choices) > MAX_CHOICES


def _as_inequalities(branch: Branch) -> list[Row]:
    return [row for _, row in branch] + [scale(row, -1) for equality, row in branch if equality]


def _only_bounds(system: System, definition: Definition, others: list[Definition], rows: list[Row]) -> bool:
    column = definition.column
    if any(column in row for row in system.equalities) or any(column in row for row in system.exclusions):
        return False
    branches = [branch for choice in system.choices for branch in choice]
    for other in others:
        if other is not definition:
            branches += other.branches
    if any(column in row for branch in branches for _, row in branch):
        return False
    return all(
        row.get(column, 0) * definition.sign >= 0 or any(row is own for own in definition.bounds)
        for row in (*system.inequalities, *system.facts, *rows)
    )

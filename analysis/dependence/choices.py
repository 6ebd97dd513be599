"""Which disjunctions a system really needs: each may double the pieces of an integer set."""

from __future__ import annotations

from collections import Counter

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
    # Columns that more than bounds speak of, how many open definitions mention each, and the bounds by column.
    fixed = {column for row in (*system.equalities, *system.exclusions) for column in row}
    fixed.update(column for choice in system.choices for branch in choice for _, row in branch for column in row)
    mentions = {id(each): _mentioned(each) for each in open_definitions}
    counts = Counter(column for columns in mentions.values() for column in columns)
    bounds: dict[int, list[Row]] = {each.column: [] for each in open_definitions if each.sign}
    for row in (*system.inequalities, *system.facts, *rows) if bounds else ():
        for column in row:
            if column in bounds:
                bounds[column].append(row)
    for definition in sorted(open_definitions, key=lambda each: each.column):
        column, own = definition.column, mentions[id(definition)]
        if not definition.sign or column in fixed or counts[column] > (column in own):
            continue
        if all(
            row[column] * definition.sign >= 0 or any(row is each for each in definition.bounds)
            for row in bounds[column]
        ):
            open_definitions.remove(definition)
            counts.subtract(own)
    choices = system.choices + [definition.branches for definition in open_definitions]
    return choices[:MAX_CHOICES], rows, len(choices) > MAX_CHOICES


def _as_inequalities(branch: Branch) -> list[Row]:
    return [row for _, row in branch] + [scale(row, -1) for equality, row in branch if equality]


def _mentioned(definition: Definition) -> set[int]:
    return {column for branch in definition.branches for _, row in branch for column in row}

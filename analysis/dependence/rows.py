"""Rows of linear systems: sparse integer combinations of columns."""

from __future__ import annotations

CONSTANT = 0  # the column of the constant 1
PARAMETER = -1  # the side of columns that all sides share

Row = dict[int, int]  # column -> coefficient
FrozenRow = tuple[tuple[int, int], ...]  # the same as something that can be compared and hashed
Branch = tuple[tuple[bool, Row], ...]  # conjunction of (is equality, row)


def plus(row: Row, amount: int) -> Row:
    result = dict(row)
    result[CONSTANT] = result.get(CONSTANT, 0) + amount
    return result


def scale(row: Row, factor: int) -> Row:
    return {column: value * factor for column, value in row.items()}


def add(left: Row, right: Row) -> Row:
    result = dict(left)
    for column, value in right.items():
        result[column] = result.get(column, 0) + value
    return result


def subtract(left: Row, right: Row) -> Row:
    result = dict(left)
    for column, value in right.items():
        result[column] = result.get(column, 0) - value
    return result


def cleaned(branch: Branch) -> Branch:
    return tuple((equality, clean(row)) for equality, row in branch)


def clean(row: Row) -> Row:
    return {column: value for column, value in row.items() if value}

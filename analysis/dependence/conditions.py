"""Conditions on parameters as C text."""

from __future__ import annotations

import re

import msgspec

from .rows import CONSTANT, Row

MAX_PARTS = 3
WORTH_TELLING = 16  # "independent when n <= 2" tells nobody anything; "when n <= 1000" does
FAR = 2**15  # a bound on a value beyond this is its type's, not a limit on how far a loop runs

_POSTFIX = re.compile(r"[A-Za-z_]\w*(?:(?:\.|->)[A-Za-z_]\w*|\[[^\[\]]*\]|\(\))*\Z")

Growth = tuple[tuple[tuple[int, int], ...], ...]


class Condition(msgspec.Struct):
    """row >= 0, row == 0, or, with a modulus, row % modulus == 0; rows are over parameters."""

    row: Row
    equality: bool
    modulus: int = 0


class Piece(msgspec.Struct):
    """A conjunction; `complete` is False where a part of it could not be written."""

    conditions: list[Condition]
    complete: bool


def describe(
    pieces: list[Piece], names: tuple[str, ...], growth: Growth, products: frozenset[int] = frozenset()
) -> tuple[str | None, bool]:
    """The disjunction of the pieces as C text, and whether that is the whole truth.

    What merely asks that loops run far enough is left out; None when nothing else is asked. What asks more of the
    `products` is not the whole truth.
    """
    alternatives: list[frozenset[str]] = []
    for piece in pieces:
        telling = [each for each in piece.conditions if each.equality or not _only_growth(each.row, growth)]
        if not telling and piece.complete:
            return None, True
        if not piece.complete or len(telling) > MAX_PARTS or any(not products.isdisjoint(each.row) for each in telling):
            return None, False
        alternatives.append(frozenset(format_condition(each, names) for each in telling))
    alternatives = _without_supersets(alternatives)
    if not alternatives or len(alternatives) > MAX_PARTS:
        return None, False
    texts = [" && ".join(sorted(each)) for each in alternatives]
    return " || ".join(sorted(f"({text})" if "&&" in text and len(texts) > 1 else text for text in texts)), True


def _without_supersets(sets: list[frozenset[str]]) -> list[frozenset[str]]:
    distinct = list(dict.fromkeys(sets))
    return [each for each in distinct if not any(other < each for other in distinct)]


def describe_opposite(pieces: list[Piece], names: tuple[str, ...], growth: Growth) -> str | None:
    """A condition under which none of the pieces holds, None where none can be said briefly."""
    if len(pieces) > MAX_PARTS:
        return None
    point = _between(pieces)
    if point is not None:
        return format_condition(point, names)
    conjuncts: list[frozenset[str]] = []
    for piece in pieces:
        ways: set[str] = set()
        for each in piece.conditions:
            row = each.row
            if not each.equality and _only_growth(row, growth) and -row.get(CONSTANT, 0) < WORTH_TELLING:
                continue
            if each.equality:
                ways.add(format_condition(each, names, negated=True))
            else:
                opposite = {column: -value for column, value in row.items()}
                opposite[CONSTANT] = opposite.get(CONSTANT, 0) - 1
                ways.add(format_condition(Condition(opposite, False), names))
        if not ways or len(ways) > MAX_PARTS:
            return None
        conjuncts.append(frozenset(ways))
    conjuncts = _without_supersets(conjuncts)
    texts = [" || ".join(sorted(each)) for each in conjuncts]
    return " && ".join(sorted(f"({text})" if "||" in text and len(texts) > 1 else text for text in texts)) or None


def _between(pieces: list[Piece]) -> Condition | None:
    """The equality that is left when the pieces are all that lies below and all that lies above it."""
    if len(pieces) != 2 or any(len(piece.conditions) != 1 for piece in pieces):
        return None
    below, above = (piece.conditions[0] for piece in pieces)
    total = {column: below.row.get(column, 0) + above.row.get(column, 0) for column in below.row | above.row}
    if below.equality or above.equality or total.pop(CONSTANT, 0) != -2 or any(total.values()):
        return None
    return Condition({**below.row, CONSTANT: below.row.get(CONSTANT, 0) + 1}, True)


def _only_growth(row: Row, growth: Growth) -> bool:
    """Whether row >= 0 holds as soon as the loops' bounds are large enough."""
    part = {column: value for column, value in row.items() if column != CONSTANT}
    if not part:
        return True
    signs: dict[int, int] = {}
    for bound in growth:
        bound_part = dict(bound)
        if bound_part.keys() == part.keys():
            column = next(iter(part))
            if bound_part[column] * part[column] > 0 and all(
                part[other] * bound_part[column] == bound_part[other] * part[column] for other in part
            ):
                return True
        if len(bound_part) == 1:
            ((column, value),) = bound_part.items()
            sign = 1 if value > 0 else -1
            signs[column] = 0 if signs.get(column, sign) != sign else sign
    return all(signs.get(column, 0) * value > 0 for column, value in part.items())


def format_condition(condition: Condition, names: tuple[str, ...], negated: bool = False) -> str:
    """The condition as a comparison without minus signs where both sides can take them; only equalities are negated."""
    row = condition.row
    offset = row.get(CONSTANT, 0)
    if condition.modulus:
        return _divisible(row, condition.modulus, names, negated)
    more = {column: value for column, value in row.items() if column != CONSTANT and value > 0}
    less = {column: -value for column, value in row.items() if column != CONSTANT and value < 0}
    if condition.equality:
        if not more:
            more, less, offset = less, {}, -offset
        operator = "!=" if negated else "=="
        if not less:
            return f"{_sum(more, names)} {operator} {-offset}"
        left, right = _sum(more, names, max(offset, 0)), _sum(less, names, max(-offset, 0))
        if left > right:
            left, right = right, left
        return f"{left} {operator} {right}"
    if not less:
        return f"{_sum(more, names)} >= {-offset}"
    if not more:
        return f"{_sum(less, names)} <= {offset}"
    left, right = _sum(more, names), _sum(less, names)
    if offset == -1:
        return f"{right} < {left}" if left > right else f"{left} > {right}"
    if offset == 0:
        return f"{right} <= {left}" if left > right else f"{left} >= {right}"
    if offset > 0:
        return f"{right} <= {left} + {offset}"
    return f"{left} >= {right} + {-offset}"


def _divisible(row: Row, modulus: int, names: tuple[str, ...], negated: bool) -> str:
    rests = {column: value % modulus for column, value in row.items() if value % modulus}
    opposite = {column: modulus - value for column, value in rests.items()}
    rests = min(rests, opposite, key=lambda each: sum(each.values()))
    offset = rests.pop(CONSTANT, 0)
    text = _sum(rests, names, offset)
    if len(rests) > 1 or offset:
        text = f"({text})"
    return f"{text} % {modulus} {'!=' if negated else '=='} 0"


def _sum(part: Row, names: tuple[str, ...], offset: int = 0) -> str:
    pieces = sorted(
        names[column - 1] if value == 1 else f"{value}*{names[column - 1]}" for column, value in part.items()
    )
    if offset or not pieces:
        pieces.append(str(offset))
    return " + ".join(pieces)


def product_text(names: list[str]) -> str:
    """C text of a product; factors that are more than a postfix expression get parentheses."""
    return "*".join(name if _POSTFIX.match(name) else f"({name})" for name in sorted(names))

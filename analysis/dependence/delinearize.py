"""Delinearisation: one subscript that is a sum of stride * index, taken apart into one equation per dimension.

Two accesses at offsets S1*x1 + S2*x2 + … + xm and S1*y1 + S2*y2 + … + ym, strides positive and each a multiple of
the next (S1 = R2*S2, …), are at the same place iff all differences xk - yk are zero, provided that |xk - yk| < Rk for
k >= 2: then |S2*(x2-y2) + … + (xm-ym)| <= S2*(R2-1) + … + (Rm-1) < S1, so x1 = y1, and so on inwards. Where only
|xm - ym| < 2*Rm holds, xm - ym is 0, Rm or -Rm with a carry of as many to the next dimension. Nothing is assumed about
where the array's rows begin: only differences are bounded.

The strides are read off the coefficients of the terms that vary (Grosser, Pop, Ramanujam, Sadayappan: "On recovering
multi-dimensional arrays in Polly", IMPACT 2015, does the same from products of parameters).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from math import gcd

import msgspec

from ..symbolic.division import coefficients, content, degree, divide, exact_quotient
from ..symbolic.polynomial import ONE, ZERO, Polynomial, Term, constant
from .system import CONSTANT, Row, System, add, plus, scale, subtract

MAX_LEVELS = 5
MAX_ALTERNATIVES = 6


class Split(msgspec.Struct):
    """`levels` are the differences per dimension, outermost first; `ratios[k]` bounds levels[k+1] (exclusive).

    `last` is the innermost stride: it must not be zero.
    """

    levels: list[Row]
    ratios: list[Row]
    last: Row


def splits(system: System, first: Polynomial, second: Polynomial, sides: tuple[int, int] = (0, 1)) -> Iterator[Split]:
    """The ways to take `first` (at the first side) minus `second` (at the other) apart, the likeliest first."""
    read = [coefficients(each, _varying(system, each)) for each in (first, second)]
    if read[0] is None or read[1] is None:
        return
    (first_parts, first_rest), (second_parts, second_rest) = read[0], read[1]
    groups = _strides([*first_parts.values(), *second_parts.values()])
    if groups is None:
        return
    rest = first_rest - second_rest
    symbolic = [stride for stride in groups if stride.constant is None]
    seen: list[list[Polynomial]] = []
    # The part without terms that vary goes to the outermost stride that divides it, or stays inside: try both.
    for taken in product((True, False), repeat=len(symbolic)):
        strides = list(groups)
        offsets: list[Polynomial] = []
        left = rest
        for stride, take in zip(symbolic, taken, strict=True):
            quotient = ZERO
            if take and left.terms:
                quotient, left = divide(left, stride)
            offsets.append(quotient)
        if strides and strides[-1].constant is not None:
            size = gcd(*(content(stride) for stride in strides), *left.terms.values())
            strides[-1] = constant(size)
            offsets.append(Polynomial({monomial: value // size for monomial, value in left.terms.items()}))
        elif left.terms:
            strides.append(ONE)
            offsets.append(left)
        if offsets in seen:
            continue
        seen.append(offsets)
        split = _split(system, first_parts, second_parts, strides, offsets, sides)
        if split is not None:
            yield split


def _varying(system: System, polynomial: Polynomial) -> set[Term]:
    return {term for monomial in polynomial.terms for term in monomial if not system.is_parameter(term)}


def _strides(parts: list[Polynomial]) -> list[Polynomial] | None:
    """The distinct strides, outermost first: coefficients up to integer factors; None where they are not a chain."""
    contents: dict[frozenset[tuple[tuple[Term, ...], int]], int] = {}
    shapes: dict[frozenset[tuple[tuple[Term, ...], int]], Polynomial] = {}
    for part in parts:
        factor = content(part)
        shape = Polynomial({monomial: value // factor for monomial, value in part.terms.items()})
        key = frozenset(shape.terms.items())
        contents[key] = gcd(contents.get(key, 0), factor)
        shapes[key] = shape
    strides = [shapes[key].scaled(factor) for key, factor in contents.items()]
    strides.sort(key=lambda stride: -degree(stride))
    if len(strides) > MAX_LEVELS:
        return None
    for outer, inner in pairwise(strides):
        if inner.constant is None and exact_quotient(outer, inner) is None:
            return None
    return strides


def _split(
    system: System,
    first_parts: dict[Term, Polynomial],
    second_parts: dict[Term, Polynomial],
    strides: list[Polynomial],
    offsets: list[Polynomial],
    sides: tuple[int, int],
) -> Split | None:
    levels: list[Row] = []
    for offset in offsets:
        row = system.affine(offset, sides[0])
        if row is None:
            return None
        levels.append(row)
    for sign, side, parts in ((1, sides[0], first_parts), (-1, sides[1], second_parts)):
        for term, coefficient in parts.items():
            for level, stride in zip(levels, strides, strict=True):
                times = exact_quotient(coefficient, stride)
                if times is not None and times.constant is not None:
                    column = system.column(side, term)
                    level[column] = level.get(column, 0) + sign * times.constant
                    break
            else:
                return None
    ratios: list[Row] = []
    for outer, inner in pairwise(strides):
        ratio = exact_quotient(outer, inner)
        row = system.affine(ratio, sides[0]) if ratio is not None else None
        if row is None:
            return None
        ratios.append(row)
    last = system.affine(strides[-1], sides[0]) if strides else {CONSTANT: 1}
    return Split(levels, ratios, last) if last is not None else None


class Proof(msgspec.Struct):
    """The alternatives that a split leaves, each a conjunction of rows == 0; or, where that cannot be shown, the rows
    that would have to be >= 0 for the differences to be zero in all dimensions."""

    alternatives: list[list[Row]]
    doubtful: list[Row]


def prove(split: Split, holds: Callable[[Row], bool]) -> Proof:
    """What is left of a split. `holds` says whether a row is known to be >= 0."""
    alternatives: list[tuple[int, list[Row]]] = [(0, [])]  # (carry, rows so far)
    doubtful: list[Row] = []
    for level, ratio in zip(reversed(split.levels[1:]), reversed(split.ratios), strict=True):
        extended: list[tuple[int, list[Row]]] = []
        for carry, rows in alternatives:
            value = plus(level, carry)
            quotients = [0]
            for sign in (1, -1):
                limit = subtract(plus(ratio, -1), scale(value, sign))
                if holds(limit):
                    continue
                if not carry:
                    doubtful.append(limit)
                if not holds(add(limit, ratio)):
                    return Proof([], _all_doubts(split, holds))
                quotients.append(sign)
            extended += [(quotient, [*rows, subtract(value, scale(ratio, quotient))]) for quotient in quotients]
        alternatives = extended
        if len(alternatives) > MAX_ALTERNATIVES:
            return Proof([], _all_doubts(split, holds))
    return Proof([[*rows, plus(split.levels[0], carry)] for carry, rows in alternatives], doubtful)


def _all_doubts(split: Split, holds: Callable[[Row], bool]) -> list[Row]:
    rows: list[Row] = []
    for level, ratio in zip(split.levels[1:], split.ratios, strict=True):
        for sign in (1, -1):
            rows.append(subtract(plus(ratio, -1), scale(level, sign)))
    return [row for row in rows if not holds(row)]

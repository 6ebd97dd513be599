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

from ..symbolic.division import coefficients, content, divide, exact_quotient
from ..symbolic.interval import polynomial_bounds
from ..symbolic.polynomial import ONE, ZERO, Polynomial, Term, constant
from .rows import Row, add, plus, scale, subtract
from .system import System, is_parameter

MAX_LEVELS = 5
MAX_ALTERNATIVES = 6


class Level(msgspec.Struct):
    """The difference in one dimension: sum of coefficient * term of the first access - that of the second + offset."""

    first: dict[Term, int]
    second: dict[Term, int]
    offset: Polynomial

    def subscripts(self) -> tuple[Polynomial, Polynomial]:
        """Two subscripts with this difference."""
        first = {(term,): value for term, value in self.first.items()}
        second = {(term,): value for term, value in self.second.items()}
        return Polynomial({**first, **self.offset.terms}), Polynomial(second)


class Split(msgspec.Struct):
    """`levels` are the dimensions, outermost first; `ratios[k]` bounds the difference in levels[k + 1] (exclusive).

    `last` is the innermost stride: it must not be zero.
    """

    levels: list[Level]
    ratios: list[Polynomial]
    last: Polynomial


Shape = frozenset[tuple[tuple[Term, ...], int]]


def has_product(polynomial: Polynomial, depth: int) -> bool:
    """Whether terms are multiplied that are not all parameters at `depth`."""
    for monomial in polynomial.terms:
        if len(monomial) > 1:
            for term in monomial:
                if not is_parameter(term, depth):
                    return True
    return False


def splits(first: Polynomial, second: Polynomial, depth: int) -> Iterator[Split]:
    """The ways to take `first` minus `second` apart, the likeliest first. Terms of lesser depth are parameters."""
    read = [coefficients(each, _varying(each, depth)) for each in (first, second)]
    if read[0] is None or read[1] is None:
        return
    (first_parts, first_rest), (second_parts, second_rest) = read[0], read[1]
    rest = first_rest - second_rest if first_rest.terms != second_rest.terms else ZERO
    grouped = _Strides.of(_whole(first_parts), _whole(second_parts))
    if grouped is not None:
        yield from grouped.splits(rest)
    if any(len(part.terms) > 1 for parts in (first_parts, second_parts) for part in parts.values()):
        # i*(n + 1) + j*n: the stride n + 1 is no multiple of n, but the sum is n*(i + j) + i.
        grouped = _Strides.of(_by_monomial(first_parts), _by_monomial(second_parts))
        if grouped is not None:
            yield from grouped.splits(rest)


def numeric_strides(first: Polynomial, second: Polynomial, depth: int) -> list[int]:
    """The different sizes of the coefficients of terms that vary, largest first; empty where there are products."""
    sizes: set[int] = set()
    for polynomial in (first, second):
        for monomial, coefficient in polynomial.terms.items():
            if len(monomial) == 1:
                if not is_parameter(monomial[0], depth):
                    sizes.add(abs(coefficient))
            elif monomial and not all(is_parameter(term, depth) for term in monomial):
                return []
    return sorted(sizes, reverse=True)


def numeric_split(first: Polynomial, second: Polynomial, depth: int) -> Split | None:
    """Subscripts like 16*t + i, with numbers for strides, taken apart; None where the strides are not a chain."""
    strides = numeric_strides(first, second, depth)
    if len(strides) < 2 or len(strides) > MAX_LEVELS or any(outer % inner for outer, inner in pairwise(strides)):
        return None
    levels = [Level({}, {}, ZERO) for _ in strides]
    place = {stride: position for position, stride in enumerate(strides)}
    rest: dict[tuple[Term, ...], int] = {}
    for polynomial, sign in ((first, 1), (second, -1)):
        for monomial, coefficient in polynomial.terms.items():
            if len(monomial) == 1 and not is_parameter(monomial[0], depth):
                level = levels[place[abs(coefficient)]]
                (level.first if sign > 0 else level.second)[monomial[0]] = 1 if coefficient > 0 else -1
            else:
                rest[monomial] = rest.get(monomial, 0) + sign * coefficient
    offset = rest.pop((), 0)
    for level, stride in zip(levels[:-1], strides, strict=False):
        times = (offset + stride // 2) // stride
        offset -= times * stride
        level.offset = constant(times)
    last = strides[-1]
    if offset % last or any(value % last for value in rest.values()):
        return None
    inner = {monomial: value // last for monomial, value in rest.items() if value}
    levels[-1].offset = Polynomial(inner) + constant(offset // last)
    return Split(levels, [constant(outer // inner) for outer, inner in pairwise(strides)], constant(last))


def _varying(polynomial: Polynomial, depth: int) -> set[Term]:
    return {term for monomial in polynomial.terms for term in monomial if not is_parameter(term, depth)}


Pieces = list[tuple[Term, int, Shape]]  # term, integer factor, and the stride that both are to be multiplied with


def _whole(parts: dict[Term, Polynomial]) -> Pieces:
    """Coefficients as an integer times a polynomial whose own coefficients have no common factor."""
    result: Pieces = []
    for term, coefficient in parts.items():
        factor = content(coefficient)
        shape = frozenset((monomial, value // factor) for monomial, value in coefficient.terms.items())
        result.append((term, factor, shape))
    return result


def _by_monomial(parts: dict[Term, Polynomial]) -> Pieces:
    return [
        (term, value, frozenset(((monomial, 1),)))
        for term, coefficient in parts.items()
        for monomial, value in coefficient.terms.items()
    ]


class _Strides:
    """The distinct strides of two accesses, outermost first, and which of them each coefficient is a multiple of."""

    def __init__(self, first: Pieces, second: Pieces, strides: list[Polynomial], place: dict[Shape, int]) -> None:
        self.first = first
        self.second = second
        self.strides = strides
        self.place = place

    @classmethod
    def of(cls, first: Pieces, second: Pieces) -> _Strides | None:
        """Coefficients up to integer factors; None where they are not a chain of multiples."""
        contents: dict[Shape, int] = {}
        for _, factor, shape in (*first, *second):
            contents[shape] = gcd(contents.get(shape, 0), factor)
        if len(contents) > MAX_LEVELS:
            return None
        order = sorted(contents, key=lambda shape: -max(len(monomial) for monomial, _ in shape))
        strides = [Polynomial({monomial: value * contents[shape] for monomial, value in shape}) for shape in order]
        for outer, inner in pairwise(strides):
            if inner.constant is None and exact_quotient(outer, inner) is None:
                return None
        return cls(first, second, strides, {shape: position for position, shape in enumerate(order)})

    def splits(self, rest: Polynomial) -> Iterator[Split]:
        """The splits by these strides. `rest` is what the difference holds besides the terms that vary.

        Its parts go to the outermost stride that divides them, or stay inside: both are tried.
        """
        symbolic = [stride for stride in self.strides if stride.constant is None]
        ways = product((True, False), repeat=len(symbolic)) if rest.constant is None else [(False,) * len(symbolic)]
        seen: list[list[Polynomial]] = []
        for taken in ways:
            strides = list(self.strides)
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
            if offsets not in seen:
                seen.append(offsets)
                split = self._split(strides, offsets)
                if split is not None:
                    yield split

    def _split(self, strides: list[Polynomial], offsets: list[Polynomial]) -> Split | None:
        levels = [Level({}, {}, offset) for offset in offsets]
        sizes = [content(stride) for stride in strides]
        for term, factor, shape in self.first:
            place = self.place[shape]
            levels[place].first[term] = factor // sizes[place]
        for term, factor, shape in self.second:
            place = self.place[shape]
            levels[place].second[term] = factor // sizes[place]
        ratios: list[Polynomial] = []
        for outer, inner in pairwise(strides):
            ratio = exact_quotient(outer, inner)
            if ratio is None:
                return None
            ratios.append(ratio)
        return Split(levels, ratios, strides[-1] if strides else ONE)


def fits(split: Split, bounds: Callable[[Term], tuple[Polynomial, Polynomial] | None]) -> bool:
    """Whether it follows from bounds of single terms that the differences are zero in all dimensions.

    `bounds` gives a lower and an upper bound of a term, in parameters only.
    """
    if split.last.constant is None and (polynomial_bounds(split.last)[0] or 0) < 1:
        return False
    for level, ratio in zip(split.levels[1:], split.ratios, strict=True):
        high = low = level.offset
        for parts, sign in ((level.first, 1), (level.second, -1)):
            for term, coefficient in parts.items():
                known = bounds(term)
                if known is None:
                    return False
                times = coefficient * sign
                least, most = known if times > 0 else (known[1], known[0])
                if most.terms:
                    high = high + most.scaled(times)
                if least.terms:
                    low = low + least.scaled(times)
        room = ratio - ONE
        for slack in (room - high, room + low):
            least_slack = polynomial_bounds(slack)[0]
            if least_slack is None or least_slack < 0:
                return False
    return True


class Rows(msgspec.Struct):
    """A split as rows of a system."""

    levels: list[Row]
    ratios: list[Row]
    last: Row


def rows_of(split: Split, system: System, sides: tuple[int, int]) -> Rows | None:
    """The split with its first access at one side and its second at another."""
    levels: list[Row] = []
    for level in split.levels:
        first, second = level.subscripts()
        one, other = system.affine(first, sides[0]), system.affine(second, sides[1])
        if one is None or other is None:
            return None
        levels.append(subtract(one, other))
    ratios: list[Row] = []
    for ratio in split.ratios:
        row = system.affine(ratio, sides[0])
        if row is None:
            return None
        ratios.append(row)
    last = system.affine(split.last, sides[0])
    return Rows(levels, ratios, last) if last is not None else None


class Proof(msgspec.Struct):
    """The alternatives that a split leaves, each a conjunction of rows == 0; or, where that cannot be shown, the rows
    that would have to be >= 0 for the differences to be zero in all dimensions."""

    alternatives: list[list[Row]]
    doubtful: list[Row]


def prove(split: Rows, holds: Callable[[Row], bool]) -> Proof:
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


def _all_doubts(split: Rows, holds: Callable[[Row], bool]) -> list[Row]:
    rows: list[Row] = []
    for level, ratio in zip(split.levels[1:], split.ratios, strict=True):
        for sign in (1, -1):
            rows.append(subtract(plus(ratio, -1), scale(level, sign)))
    return [row for row in rows if not holds(row)]

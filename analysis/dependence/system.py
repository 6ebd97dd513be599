"""Linear systems over the integers: the constraints of one or two accesses with their terms told apart.

A `System` is made for a depth: terms that vary less deeply are parameters, one column each for all sides; other terms
have one column per side (one side per access instance). Products of parameters are parameters of their own, which
forgets how they hang together and so only ever enlarges the solutions.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..symbolic.interval import monomial_bounds, polynomial_bounds
from ..symbolic.polynomial import Constraint, Monomial, Polynomial, Term
from .rows import CONSTANT, PARAMETER, Branch, Row, clean, cleaned, plus, scale, subtract

_QUOTIENTS = ("div", "mod", "floor")
MAX_CHOICES = 5  # disjunctions in one system: each may double the pieces of the integer set


class Column(msgspec.Struct, eq=False):
    """`monomial` is what stands in the column; `part` tells the auxiliary columns of one term apart."""

    side: int
    monomial: Monomial
    part: str = ""


class Definition(msgspec.Struct, eq=False):
    """How a column's value comes about: one of `branches` holds.

    `sign` is 1 for a minimum and -1 for a maximum, with `bounds` the rows that say so much of it; 0 for quotients,
    remainders and choices, where the first branch holds when `decides` (the dividend, the condition) is not negative.
    """

    column: int
    sign: int
    branches: tuple[Branch, Branch]
    bounds: tuple[Row, ...] = ()
    decides: Row | None = None


class System:
    """Equalities (row == 0), inequalities (>= 0), exclusions (!= 0) and choices (one branch of each holds).

    `facts` are inequalities that hold of single columns in any case, `defined` the columns whose `definitions`, or rows
    instead of them, are here too. `impossible` is set when a constant constraint is violated, `loosened` when a choice
    had to be left out, so that the solutions are more than the true ones.
    """

    __slots__ = (
        "bounds",
        "choices",
        "columns",
        "defined",
        "definitions",
        "depth",
        "equalities",
        "exclusions",
        "facts",
        "impossible",
        "index",
        "inequalities",
        "loosened",
        "settled",
    )

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.columns: list[Column] = [Column(PARAMETER, ())]
        self.index: dict[tuple[int, Monomial, str], int] = {}
        self.equalities: list[Row] = []
        self.inequalities: list[Row] = []
        self.facts: list[Row] = []
        self.exclusions: list[Row] = []
        self.choices: list[tuple[Branch, ...]] = []
        self.definitions: list[Definition] = []
        self.defined: set[int] = set()
        self.impossible = False
        self.loosened = False
        self.bounds: dict[int, tuple[list[Row], list[Row]]] | None = None
        # Which choices remain, kept with the number of rows of each kind that it was found for (see `choices`).
        self.settled: tuple[tuple[int, ...], tuple[list[tuple[Branch, ...]], list[Row], bool]] | None = None

    def copy(self) -> System:
        twin = System(self.depth)
        twin.columns = list(self.columns)
        twin.index = dict(self.index)
        twin.equalities = list(self.equalities)
        twin.inequalities = list(self.inequalities)
        twin.facts = list(self.facts)
        twin.exclusions = list(self.exclusions)
        twin.choices = list(self.choices)
        twin.definitions = list(self.definitions)
        twin.defined = set(self.defined)
        twin.impossible = self.impossible
        twin.loosened = self.loosened
        twin.settled = self.settled
        return twin

    def sibling(self) -> System:
        """An empty system over the same columns, which both keep adding to."""
        other = System(self.depth)
        other.columns = self.columns
        other.index = self.index
        other.facts = self.facts
        other.defined = self.defined
        return other

    # Columns

    def is_parameter(self, term: Term) -> bool:
        return is_parameter(term, self.depth)

    def column(self, side: int, term: Term) -> int:
        """The column of a single term at a side."""
        if self.is_parameter(term):
            side = PARAMETER
        return self._column(side, (term,))

    def _column(self, side: int, monomial: Monomial, part: str = "") -> int:
        key = (side, monomial, part)
        column = self.index.get(key)
        if column is None:
            column = self.index[key] = len(self.columns)
            self.columns.append(Column(side, monomial, part))
            self._know(column, side, monomial, part)
        return column

    def _know(self, column: int, side: int, monomial: Monomial, part: str) -> None:
        """Everything that holds for the value of a new column."""
        if part:
            return
        low, high = monomial_bounds(monomial)
        if low is not None:
            self.facts.append({column: 1, CONSTANT: -low} if low else {column: 1})
        if high is not None:
            self.facts.append({column: -1, CONSTANT: high} if high else {column: -1})
        if len(monomial) == 1 and monomial[0].defined_by is not None:
            self._define(column, side, monomial[0])
        elif len(monomial) > 1 and all((monomial_bounds((term,))[0] or 0) >= 1 for term in monomial):
            for term in dict.fromkeys(monomial):
                self.facts.append({column: 1, self._column(PARAMETER, (term,)): -1})
        self.bounds = None

    # Rows

    def affine(self, polynomial: Polynomial, side: int) -> Row | None:
        """The polynomial at a side as a row; None where terms that are not all parameters are multiplied."""
        row: Row = {}
        depth = self.depth
        for monomial, coefficient in polynomial.terms.items():
            if not monomial:
                column = CONSTANT
            elif len(monomial) == 1:
                term = monomial[0]
                column = self._column(
                    side if term.depth >= depth and not is_parameter(term, depth) else PARAMETER, monomial
                )
            elif all(is_parameter(term, depth) for term in monomial):
                column = self._column(PARAMETER, monomial)
            else:
                return None
            row[column] = row.get(column, 0) + coefficient
        return row

    def add(self, constraints: Iterable[Constraint], side: int) -> bool:
        """Adds what can be added; says whether that was everything."""
        complete = True
        for constraint in constraints:
            row = self.affine(constraint.left, side)
            if row is None:
                complete = False
            elif constraint.relation == ">=":
                self.at_least_zero(row)
            elif constraint.relation == "==":
                self.equal_zero(row)
            else:
                self.not_zero(row)
        return complete

    def at_least_zero(self, row: Row) -> None:
        row = clean(row)
        if not row or (len(row) == 1 and CONSTANT in row):
            self.impossible |= row.get(CONSTANT, 0) < 0
        else:
            self.inequalities.append(row)
            self.bounds = None

    def equal_zero(self, row: Row) -> None:
        row = clean(row)
        if not row or (len(row) == 1 and CONSTANT in row):
            self.impossible |= bool(row.get(CONSTANT, 0))
        else:
            self.equalities.append(row)

    def not_zero(self, row: Row) -> None:
        row = clean(row)
        if not row:
            self.impossible = True
        elif len(row) > 1 or CONSTANT not in row:
            leads_negative = min((column, value) for column, value in row.items() if column != CONSTANT)[1] < 0
            row = scale(row, -1) if leads_negative else row
            if row not in self.exclusions:
                self.exclusions.append(row)

    def choose(self, branches: tuple[Branch, ...]) -> bool:
        """One of the branches holds; False where the budget has none left and the choice was left out."""
        if len(self.choices) >= MAX_CHOICES:
            self.loosened = True
            return False
        self.choices.append(tuple(cleaned(branch) for branch in branches))
        return True

    def _define(self, column: int, side: int, term: Term) -> None:
        assert term.defined_by is not None
        kind, left, right, *_ = term.defined_by
        rows = [self.affine(operand, side) for operand in term.defined_by[1:]]
        operands = [row for row in rows if row is not None]
        if len(operands) < len(rows) or (kind in _QUOTIENTS and not right.constant):
            return
        first, second, *others = operands
        self.defined.add(column)
        if kind == "choice":
            value: Row = {column: 1}
            holds: Branch = ((False, first), (True, subtract(second, value)))
            fails: Branch = ((False, plus(scale(first, -1), -1)), (True, subtract(others[0], value)))
            self.definitions.append(Definition(column, 0, (cleaned(holds), cleaned(fails)), decides=first))
            return
        if kind in ("min", "max"):
            sign = 1 if kind == "min" else -1
            to_first = subtract(first, {column: 1})
            to_second = subtract(second, {column: 1})
            bounds = (clean(scale(to_first, sign)), clean(scale(to_second, sign)))
            self.inequalities += bounds
            branches: tuple[Branch, Branch] = (((True, clean(to_first)),), ((True, clean(to_second)),))
            self.definitions.append(Definition(column, sign, branches, bounds))
            return
        divisor = right.constant
        assert divisor
        if kind == "floor":
            sign, size = (1, divisor) if divisor > 0 else (-1, -divisor)  # p / -q rounded down is -p / q rounded down
            remainder = subtract(scale(first, sign), {column: size})
            self.at_least_zero(remainder)
            self.at_least_zero(plus(scale(remainder, -1), size - 1))
            return
        # C divides towards zero: p / -q is -(p / q), p % -q is p % q, and the remainder has the sign of p.
        quotient = {column: 1 if divisor > 0 else -1}
        if kind == "mod":
            quotient = {self._column(side, (term,), "quotient"): 1}
        size = abs(divisor)
        remainder = subtract(first, scale(quotient, size))
        if kind == "mod":
            self.equal_zero(subtract(remainder, {column: 1}))
        from_above: Branch = (
            (False, first),
            (False, remainder),
            (False, plus(scale(remainder, -1), size - 1)),
        )
        low, high = polynomial_bounds(left)
        if low is not None and low >= 0:
            for _, row in from_above[1:]:
                self.at_least_zero(row)
            return
        from_below: Branch = (
            (False, plus(scale(first, -1), -1)),
            (False, scale(remainder, -1)),
            (False, plus(remainder, size - 1)),
        )
        if high is not None and high < 0:
            for _, row in from_below[1:]:
                self.at_least_zero(row)
            return
        self.at_least_zero(plus(remainder, size - 1))
        self.at_least_zero(plus(scale(remainder, -1), size - 1))
        self.definitions.append(Definition(column, 0, (cleaned(from_above), cleaned(from_below)), decides=first))


def is_parameter(term: Term, depth: int) -> bool:
    """Whether the term has one value in all iterations of a loop at `depth` (a load has, when its arguments do)."""
    if term.depth < depth:
        return True
    if term.kind == "load" and term.arguments:
        return all(
            is_parameter(inner, depth)
            for argument in term.arguments
            for monomial in argument.terms
            for inner in monomial
        )
    return False


def only_parameters(polynomial: Polynomial, depth: int) -> bool:
    return all(is_parameter(term, depth) for monomial in polynomial.terms for term in monomial)


def is_determined(polynomial: Polynomial, depth: int) -> bool:
    """Whether a system holds all that there is to say of the polynomial: no unknown value that varies, no product."""
    for monomial in polynomial.terms:
        if len(monomial) == 1:
            term = monomial[0]
            if term.kind == "counter" or is_parameter(term, depth):
                continue
            if term.defined_by is None:
                return False
            kind, _, second, *_ = term.defined_by
            if kind in _QUOTIENTS and not second.constant:
                return False
            if not all(is_determined(operand, depth) for operand in term.defined_by[1:]):
                return False
        elif monomial and not all(is_parameter(term, depth) for term in monomial):
            return False
    return True

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

CONSTANT = 0
PARAMETER = -1
MAX_CHOICES = 5  # disjunctions in one system: each may double the pieces of the integer set

Row = dict[int, int]  # column -> coefficient; column 0 is the constant 1
Branch = tuple[tuple[bool, Row], ...]  # conjunction of (is equality, row)


class Column(msgspec.Struct, eq=False):
    """`monomial` is what stands in the column; `part` tells the auxiliary columns of one term apart."""

    side: int
    monomial: Monomial
    part: str = ""


class Definition(msgspec.Struct, eq=False):
    """How a column's value comes about: one of `branches` holds.

    `sign` is 1 for a minimum and -1 for a maximum, with `bounds` the rows that say so much of it; 0 for quotients and
    remainders, where the first branch is that of a dividend (`decides`) that is not negative.
    """

    column: int
    sign: int
    branches: tuple[Branch, Branch]
    bounds: tuple[Row, ...] = ()
    decides: Row | None = None


class System:
    """Equalities (row == 0), inequalities (>= 0), exclusions (!= 0) and choices (one branch of each holds).

    `facts` are inequalities that hold of single columns in any case.

    `impossible` is set when a constant constraint is violated. `loosened` is set when something known about a
    column had to be left out, so that the solutions are more than the true ones.
    """

    __slots__ = (
        "_bounds",
        "choices",
        "columns",
        "definitions",
        "depth",
        "equalities",
        "exclusions",
        "facts",
        "impossible",
        "index",
        "inequalities",
        "loosened",
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
        self.impossible = False
        self.loosened = False
        self._bounds: dict[int, tuple[list[Row], list[Row]]] | None = None

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
        twin.impossible = self.impossible
        twin.loosened = self.loosened
        return twin

    def sibling(self) -> System:
        """An empty system over the same columns, which both keep adding to."""
        other = System(self.depth)
        other.columns = self.columns
        other.index = self.index
        other.facts = self.facts
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
            for term in set(monomial):
                self.facts.append({column: 1, self._column(PARAMETER, (term,)): -1})
        self._bounds = None

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
        row = _clean(row)
        if not row or (len(row) == 1 and CONSTANT in row):
            self.impossible |= row.get(CONSTANT, 0) < 0
        else:
            self.inequalities.append(row)
            self._bounds = None

    def equal_zero(self, row: Row) -> None:
        row = _clean(row)
        if not row or (len(row) == 1 and CONSTANT in row):
            self.impossible |= bool(row.get(CONSTANT, 0))
        else:
            self.equalities.append(row)

    def not_zero(self, row: Row) -> None:
        row = _clean(row)
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
        self.choices.append(tuple(_cleaned(branch) for branch in branches))
        return True

    def _define(self, column: int, side: int, term: Term) -> None:
        assert term.defined_by is not None
        kind, left, right = term.defined_by
        first = self.affine(left, side)
        second = self.affine(right, side)
        if first is None or second is None:
            self.loosened = True
            return
        if kind in ("min", "max"):
            sign = 1 if kind == "min" else -1
            to_first = subtract(first, {column: 1})
            to_second = subtract(second, {column: 1})
            bounds = (_clean(scale(to_first, sign)), _clean(scale(to_second, sign)))
            self.inequalities += bounds
            branches: tuple[Branch, Branch] = (((True, _clean(to_first)),), ((True, _clean(to_second)),))
            self.definitions.append(Definition(column, sign, branches, bounds))
            return
        divisor = right.constant
        if not divisor:
            self.loosened = True
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
        self.definitions.append(Definition(column, 0, (_cleaned(from_above), _cleaned(from_below)), decides=first))

    def settled(self) -> tuple[list[tuple[Branch, ...]], list[Row], bool]:
        """The choices that remain, inequalities in place of the others, and whether some had to be left out.

        A minimum that only bounds other values from above is fully described by the bounds on itself, a maximum that
        only bounds from below likewise.
        """
        rows: list[Row] = []
        open_definitions: list[Definition] = []
        for definition in self.definitions:
            dividend = definition.decides
            if dividend is not None and self.is_nonnegative(dividend):
                rows += [row for _, row in definition.branches[0]]
            elif dividend is not None and self.is_nonnegative(plus(scale(dividend, -1), -1)):
                rows += [row for _, row in definition.branches[1]]
            else:
                open_definitions.append(definition)
        for definition in sorted(open_definitions, key=lambda each: each.column):
            if definition.sign and self._only_bounds(definition, open_definitions, rows):
                open_definitions.remove(definition)
        choices = self.choices + [definition.branches for definition in open_definitions]
        return choices[:MAX_CHOICES], rows, len(choices) > MAX_CHOICES

    def _only_bounds(self, definition: Definition, others: list[Definition], rows: list[Row]) -> bool:
        column = definition.column
        if any(column in row for row in self.equalities) or any(column in row for row in self.exclusions):
            return False
        branches = [branch for choice in self.choices for branch in choice]
        for other in others:
            if other is not definition:
                branches += other.branches
        if any(column in row for branch in branches for _, row in branch):
            return False
        return all(
            row.get(column, 0) * definition.sign >= 0 or any(row is own for own in definition.bounds)
            for row in (*self.inequalities, *self.facts, *rows)
        )

    # Quick reasoning

    def is_nonnegative(self, row: Row, effort: int = 12) -> bool:
        """Whether `row` >= 0 follows quickly from bounds of single columns; False where that cannot be seen."""
        row = _clean(row)
        inner = None
        depth = -1
        for column in row:
            if column != CONSTANT and self.columns[column].side != PARAMETER:
                term_depth = max(term.depth for term in self.columns[column].monomial)
                if term_depth > depth:
                    inner, depth = column, term_depth
        if inner is None:
            return self._parameters_nonnegative(row)
        if effort <= 0:
            return False
        coefficient = row[inner]
        lower, upper = self._unit_bounds().get(inner, ((), ()))
        for bound in (lower if coefficient > 0 else upper)[:3]:
            # bound is column - x >= 0 (or x - column >= 0): take |coefficient| times that away.
            if self.is_nonnegative(subtract(row, scale(bound, abs(coefficient))), effort - 1):
                return True
            effort //= 2
        return False

    def _unit_bounds(self) -> dict[int, tuple[list[Row], list[Row]]]:
        if self._bounds is None:
            bounds: dict[int, tuple[list[Row], list[Row]]] = {}
            for row in self.facts + self.inequalities:
                for column, value in row.items():
                    if column != CONSTANT and value in (1, -1):
                        entry = bounds.setdefault(column, ([], []))
                        entry[0 if value == 1 else 1].append(row)
            self._bounds = bounds
        return self._bounds

    def _parameters_nonnegative(self, row: Row) -> bool:
        if self._least(row) >= 0:
            return True
        for known in self.facts + self.inequalities:
            if all(column == CONSTANT or self.columns[column].side == PARAMETER for column in known):
                rest = _clean(subtract(row, known))
                if len(rest) < len(row) and self._least(rest) >= 0:
                    return True
        return False

    def _least(self, row: Row) -> float:
        total: float = row.get(CONSTANT, 0)
        for column, value in row.items():
            if column == CONSTANT:
                continue
            low, high = (
                monomial_bounds(self.columns[column].monomial) if not self.columns[column].part else (None, None)
            )
            bound = low if value > 0 else high
            if bound is None:
                return float("-inf")
            total += value * bound
        return total


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
            kind, left, right = term.defined_by
            if kind in ("div", "mod") and not right.constant:
                return False
            if not (is_determined(left, depth) and is_determined(right, depth)):
                return False
        elif monomial and not all(is_parameter(term, depth) for term in monomial):
            return False
    return True


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


def _cleaned(branch: Branch) -> Branch:
    return tuple((equality, _clean(row)) for equality, row in branch)


def _clean(row: Row) -> Row:
    return {column: value for column, value in row.items() if value}

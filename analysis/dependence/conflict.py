"""One dependence question on its way through the exact tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ..symbolic.polynomial import Constraint, Polynomial, Term, format_polynomial
from .choices import settle
from .delinearize import Proof, Rows, prove, rows_of, splits
from .domain import add_guards, add_loops, bounds_mention, common_loops, undetermined
from .index_arrays import IndexFacts
from .problem import INDEPENDENT, NO_ARRAYS, Answer, Budget, Cause, IndexArrays, LoopDomain, Reference
from .rows import CONSTANT, PARAMETER, Row, plus, scale, subtract
from .shape import Shape
from .signs import is_nonnegative
from .system import System, only_parameters
from .wording import Given, hidden_products, wording_of

FIRST, SECOND = 0, 1
MAX_CULPRITS = 6
GIVEN_UP = 50  # integer sets that one given up costs as much as


class Conflict:
    """One question on its way through the exact tests.

    Terms of depth < `depth` have one value in both accesses. With a `loop` the second access is in a later iteration of
    it.
    """

    def __init__(
        self,
        first: Reference,
        second: Reference,
        depth: int,
        loop: LoopDomain | None,
        context: Sequence[Constraint],
        shape: Shape,
        arrays: IndexArrays = NO_ARRAYS,
        budget: Budget | None = None,
    ) -> None:
        self.arrays = arrays
        self.budget = budget
        self.first = first
        self.second = second
        self.depth = depth
        self.shape = shape
        self.cause: Cause | None = shape.cause
        self.culprits: dict[str, None] = dict.fromkeys(shape.culprits)
        self.system = System(self.depth)
        # What context and guards of both say of parameters is given: "they meet, when they happen at all".
        given = [*context, *(guard for guard in first.guards if guard in second.guards)]
        self.system.add([each for each in given if only_parameters(each.left, depth)], PARAMETER)
        exclusions = len(self.system.exclusions)
        self.common = common_loops(first, second, loop) if loop is not None else []
        # Values that vary with the iteration and bound loops inside: as if those ran as far as it takes.
        lifting = add_loops(self.system, first, FIRST, self._blame), add_loops(self.system, second, SECOND, self._blame)
        self.lifting = {
            term
            for term in lifting[0] | lifting[1]
            if (term in lifting[0] or not bounds_mention(term, first))
            and (term in lifting[1] or not bounds_mention(term, second))
        }
        self.given = Given(len(self.system.inequalities), len(self.system.equalities), exclusions)
        add_guards(self.system, first, FIRST, self._blame)
        add_guards(self.system, second, SECOND, self._blame)
        self.source = [self.system.column(FIRST, each.counter) for each in self.common]
        self.sink = [self.system.column(SECOND, each.counter) for each in self.common]
        if self.common:
            self.system.at_least_zero({self.sink[0]: 1, self.source[0]: -1, CONSTANT: -1})

    def _blame(self, cause: Cause, culprits: Iterable[str] = ()) -> None:
        if self.cause is None or self.cause == "guard":
            self.cause = cause
        self.culprits.update(dict.fromkeys(culprits))

    def _spend(self) -> None:
        """Pays for one integer set. What is kept from before costs the same, so that answers do not depend on it."""
        if self.budget is not None:
            from .sets import TooComplex

            self.budget.left -= 1
            if self.budget.left < 0:
                raise TooComplex("past the caller's budget")

    def answer(self) -> Answer:
        from .sets import TooComplex

        try:
            return self._answer()
        except TooComplex:
            if self.budget is not None:
                self.budget.left -= GIVEN_UP
            free = len(self.common)
            direction = ("<", *["*"] * (free - 1)) if free else ()
            return Answer("unknown", (None,) * free, direction, tuple(self.culprits), cause="complex")

    def _answer(self) -> Answer:
        if self.system.impossible:
            return INDEPENDENT
        # Affine dimensions first: what they say of the domain helps to take the others apart.
        undecided: list[tuple[Polynomial, Polynomial]] = []
        for left, right in self.shape.pairs:
            one, other = self.system.affine(left, FIRST), self.system.affine(right, SECOND)
            if one is None or other is None:
                undecided.append((left, right))
                continue
            if self._equate(subtract(one, other)):
                return INDEPENDENT
            self._judge(left, right)
        facts = IndexFacts(self.system, self.arrays)
        facts.add()
        without: str | None = None
        for left, right in undecided:
            proof, condition = self._take_apart(left, right)
            if proof is None:
                self._blame("subscript", dict.fromkeys(format_polynomial(each) for each in (left, right)))
                without = without or condition
                continue
            if self._equate_some(proof.alternatives):
                return INDEPENDENT
            self._judge(left, right)
        facts.add()
        answer = self._solve()
        if without is not None and answer.verdict == "unknown" and answer.independent_when is None:
            answer = msgspec.structs.replace(answer, independent_when=without)
        return answer

    def _equate(self, row: Row) -> bool:
        """Adds row == 0; True where that alone excludes a conflict."""
        if self._contradictory(row):
            return True
        self.system.equal_zero(row)
        return self.system.impossible

    def _contradictory(self, row: Row) -> bool:
        """Whether row == 0 asks for a distance between the two iterations that is not a positive integer."""
        entries = {column: value for column, value in row.items() if value}
        if not self.common or len(entries) != 2 + (CONSTANT in entries):
            return False
        source, sink = entries.get(self.source[0], 0), entries.get(self.sink[0], 0)
        if not source or source != -sink:
            return False
        distance, remainder = divmod(entries.get(CONSTANT, 0), source)
        return bool(remainder) or distance < 1

    def _equate_some(self, alternatives: list[list[Row]]) -> bool:
        """Adds that all rows of some alternative are zero; True where that alone excludes a conflict."""
        possible = [rows for rows in alternatives if not any(self._contradictory(row) for row in rows)]
        if len(possible) > 1:
            self.system.choose(tuple(tuple((True, row) for row in rows) for rows in possible))
            return False
        return not possible or any(self._equate(row) for row in possible[0])

    def _judge(self, left: Polynomial, right: Polynomial) -> None:
        """Notes what in two compared subscripts the system does not pin down."""
        for each in (left, right):
            loose = undetermined(each, self.depth)
            if loose:
                self._blame("data", loose)

    def _take_apart(self, left: Polynomial, right: Polynomial) -> tuple[Proof | None, str | None]:
        """What products of parameters and counters come to; else a condition on parameters that excludes conflicts."""
        condition: str | None = None
        for taken in splits(left, right, self.depth):
            split = rows_of(taken, self.system, (FIRST, SECOND))
            if split is None:
                continue
            proof = prove(split, self._holds)
            vanishing = not self._holds(plus(split.last, -1)) and self._possible(split.last)
            if proof.alternatives and not vanishing:
                return proof, None
            condition = condition or self._excluding(split, proof.doubtful, vanishing)
        return None, condition

    def _holds(self, row: Row) -> bool:
        """Whether row >= 0 in all solutions."""
        if is_nonnegative(self.system, row):
            return True
        from .sets import is_empty

        self._spend()
        beyond = self.system.copy()
        beyond.at_least_zero(plus(scale(row, -1), -1))
        return is_empty(beyond)

    def _possible(self, row: Row) -> bool:
        """Whether row == 0 in some solution."""
        from .sets import is_empty

        self._spend()
        zero = self.system.copy()
        zero.equal_zero(row)
        return not is_empty(zero)

    def _excluding(self, split: Rows, doubtful: list[Row], vanishing: bool) -> str | None:
        """A condition on parameters under which the split holds and its dimensions exclude a conflict."""
        from .pairs import opposite_of
        from .sets import arrange

        cases: list[System] = []
        for row in doubtful:
            case = self.system.copy()
            case.at_least_zero(plus(scale(row, -1), -1))
            cases.append(case)
        if vanishing:
            case = self.system.copy()
            case.equal_zero(split.last)
            cases.append(case)
        case = self.system.copy()
        for level in split.levels:
            case.equal_zero(level)
        if not case.impossible:
            cases.append(case)
        self._spend()
        questions = tuple(arrange(case, [])[0] for case in cases)
        return opposite_of(questions, wording_of(self.system, self.given))

    def _solve(self) -> Answer:
        from .pairs import solve
        from .sets import TooComplex, arrange

        system = self.system
        if system.impossible:
            return INDEPENDENT
        self._spend()
        wording = wording_of(self.system, self.given)
        deltas = [
            system.column(FIRST, Term(f"distance {position}", "opaque", self.depth))
            for position in range(len(self.common))
        ]
        for delta, source, sink in zip(deltas, self.source, self.sink, strict=True):
            system.equal_zero({delta: 1, source: 1, sink: -1})
        if system.loosened or settle(system)[2]:
            self._blame("data")
        if not (self.first.exact_guards and self.second.exact_guards):
            self._blame("guard")
        for product in hidden_products(self.system):
            self._blame("condition", [product])
        question, _ = arrange(system, deltas + self.source + self.sink)
        exact = self.cause is None
        products = any(len(column.monomial) > 1 for column in system.columns)
        pairs = solve(question, len(self.common), wording, exact, not products)
        if pairs is None:
            raise TooComplex
        if pairs.empty:
            return INDEPENDENT
        cause = self.cause
        if cause is None and not pairs.speakable:
            cause = "complex" if pairs.given_up else "condition"
            shown = [name for position, name in enumerate(wording.names) if position not in wording.hidden]
            self.culprits.update(dict.fromkeys(shown[:MAX_CULPRITS]))
        if cause is None:
            return Answer(
                "dependent",
                pairs.distance,
                pairs.direction,
                condition=pairs.condition,
                independent_when=pairs.independent_when,
                sample=pairs.sample,
            )
        return Answer(
            "unknown",
            pairs.distance,
            pairs.direction,
            culprits=tuple(self.culprits),
            independent_when=pairs.independent_when,
            cause=cause,
        )

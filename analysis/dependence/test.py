"""The dependence tests' front door: can two accesses touch one element?

Cheap exact tests come first (`quick`), then integer sets (`sets`). Subscripts are compared dimension by dimension,
which C allows because a subscript must stay within its dimension; where one definitely does not, or was made by pointer
arithmetic, offsets from the object's start are compared instead. Whatever is left out of the system for want of
a linear form only adds solutions: "independent" stays true, "dependent" becomes "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from ..symbolic.polynomial import Constraint, Polynomial, Term, format_polynomial, of_term
from . import quick
from .conditions import product_text
from .delinearize import Proof, Rows, fits, has_product, numeric_split, numeric_strides, prove, rows_of, splits
from .index_arrays import IndexFacts
from .problem import INDEPENDENT, NO_ARRAYS, Answer, Budget, Cause, IndexArrays, LoopDomain, Reference
from .system import CONSTANT, PARAMETER, Row, System, is_determined, only_parameters, plus, scale, subtract
from .uniform import FAR, uniform_dependence

FIRST, SECOND = 0, 1
MAX_CULPRITS = 6
GIVEN_UP = 50  # integer sets that one given up costs as much as


class Shape(msgspec.Struct):
    """The pairs of subscripts to compare, and what keeps them from being all there is to compare."""

    pairs: list[tuple[Polynomial, Polynomial]]
    cause: Cause | None = None
    culprits: tuple[str, ...] = ()


def carried(
    first: Reference,
    second: Reference,
    loop: LoopDomain,
    context: Sequence[Constraint] = (),
    arrays: IndexArrays = NO_ARRAYS,
    budget: Budget | None = None,
) -> Answer:
    """Whether `first` in one iteration of `loop` and `second` in a later one can touch the same element.

    The loops outside `loop` are in one iteration, the loops inside vary freely. `context` holds constraints on the
    parameters that are known to hold, `arrays` what is known of arrays that indices are loaded from. Never raises and
    never takes long: past its own budget or the caller's the answer is unknown.
    """
    last = quick.last_iteration(loop)
    if last is not None and last < 1:
        return INDEPENDENT
    shape = compared(first, second)
    depth = loop.counter.depth
    for left, right in shape.pairs:
        if quick.excluded(left, right, loop, last):
            return INDEPENDENT
    if any(_is_linearised(left, right, depth) for left, right in shape.pairs):
        shape.pairs = _dimensions(shape.pairs, first, second, depth)
        if any(quick.excluded(left, right, loop, last) for left, right in shape.pairs):
            return INDEPENDENT
    if shape.cause is None:
        answer = uniform_dependence(first, second, loop, context, shape.pairs)
        if answer is not None:
            return answer
    return _Conflict(first, second, depth, loop, context, shape, arrays, budget).answer()


def _dimensions(
    pairs: list[tuple[Polynomial, Polynomial]], first: Reference, second: Reference, depth: int
) -> list[tuple[Polynomial, Polynomial]]:
    """The pairs with linearised ones replaced by one pair a dimension, where bounds of single counters allow it."""
    counters = {loop.counter: loop for reference in (first, second) for loop in reference.loops}

    def bounds(term: Term) -> tuple[Polynomial, Polynomial] | None:
        return quick.range_of(term, counters, depth)

    def dimensions(left: Polynomial, right: Polynomial) -> list[tuple[Polynomial, Polynomial]]:
        if has_product(left, depth) or has_product(right, depth):
            candidates = splits(left, right, depth)
        else:
            candidates = filter(None, [numeric_split(left, right, depth)])
        for split in candidates:
            if fits(split, bounds):
                return [pair for level in split.levels for pair in dimensions(*level.subscripts())]
        return [(left, right)]

    return [pair for left, right in pairs for pair in dimensions(left, right)]


def _is_linearised(left: Polynomial, right: Polynomial, depth: int) -> bool:
    return has_product(left, depth) or has_product(right, depth) or len(numeric_strides(left, right, depth)) > 1


def overlap(
    first: Reference, second: Reference, common: Sequence[LoopDomain], context: Sequence[Constraint] = ()
) -> bool | None:
    """Whether the two can touch the same element in one iteration of the `common` loops (outermost first).

    True where they do whenever the loops run far enough, False where they never do, None where it cannot be told or
    depends on parameters. The loops inside the common ones vary freely.
    """
    depth = max((loop.counter.depth for loop in common), default=0) + 1
    answer = _Conflict(first, second, depth, None, context, compared(first, second)).answer()
    if answer.verdict == "independent":
        return False
    return True if answer.verdict == "dependent" and answer.condition is None else None


def distinct_per_iteration(reference: Reference, loop: LoopDomain, context: Sequence[Constraint] = ()) -> bool:
    """Whether no two iterations of `loop` touch the same element through `reference`."""
    return carried(reference, reference, loop, context).verdict == "independent"


def compared(first: Reference, second: Reference) -> Shape:
    """The subscripts to compare: by dimension, or as offsets from the object's start where dimensions may be left."""
    count = min(len(first.subscripts), len(second.subscripts))
    if count > 1 and _leaves(first, second):
        return _linearised(first, second)
    shape = Shape([])
    if len(first.subscripts) != len(second.subscripts):
        shape.cause = "shape"
    for left, right in zip(first.subscripts, second.subscripts, strict=False):
        if left is None or right is None:
            shape.cause = "subscript"
        else:
            shape.pairs.append((left, right))
    return shape


def _leaves(first: Reference, second: Reference) -> bool:
    if first.flat or second.flat:
        return True
    from .bounds import definitely_out_of_bounds

    return definitely_out_of_bounds(first) is not None or definitely_out_of_bounds(second) is not None


def _linearised(first: Reference, second: Reference) -> Shape:
    """Both references as offsets, in elements, from the object's start."""
    offsets = []
    for reference in (first, second):
        if any(subscript is None for subscript in reference.subscripts):
            return Shape([], "subscript")
        offset = linear_offset(reference)
        if offset is None:
            return Shape([], "extent")
        offsets.append(offset)
    if len(first.subscripts) != len(second.subscripts):
        return Shape([], "shape")
    return Shape([(offsets[0], offsets[1])])


def linear_offset(reference: Reference) -> Polynomial | None:
    """The element's distance from the object's first one; None where a subscript or an inner extent is unknown."""
    total: Polynomial | None = None
    for dimension, subscript in enumerate(reference.subscripts):
        if subscript is None:
            return None
        if total is None:
            total = subscript
            continue
        extent = reference.extents[dimension] if dimension < len(reference.extents) else None
        if extent is None:
            return None
        total = total * extent + subscript
    return total


class _Conflict:
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
        self.system.add([each for each in context if only_parameters(each.left, depth)], PARAMETER)
        self.common = _common(first, second, loop) if loop is not None else []
        add_loops(self.system, first, FIRST, self._blame)
        add_loops(self.system, second, SECOND, self._blame)
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
        if self.system.is_nonnegative(row):
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
        from .sets import arrange, opposite_of

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
        return opposite_of(questions, self._wording())

    def _wording(self):
        from .sets import Wording

        columns = self.system.columns
        parameters = [column for column in range(1, len(columns)) if columns[column].side == PARAMETER]
        place = {column: position for position, column in enumerate(parameters, 1)}
        place[CONSTANT] = CONSTANT
        names = tuple(product_text([term.name for term in columns[column].monomial]) for column in parameters)
        hidden = tuple(
            position
            for position, column in enumerate(parameters)
            if columns[column].part
            or any(term.kind == "counter" for term in columns[column].monomial)
            or (len(columns[column].monomial) == 1 and columns[column].monomial[0].defined_by is not None)
        )
        growth: dict[tuple[tuple[int, int], ...], None] = {}
        known: dict[tuple[tuple[int, int], ...], None] = {}
        for row in self.system.facts + self.system.inequalities:
            part = []
            only_parameters = True
            bounds_above = False
            for column, value in row.items():
                if column in place:
                    if column != CONSTANT:
                        part.append((place[column], value))
                else:
                    only_parameters = False
                    bounds_above |= value < 0
            if only_parameters:
                known[tuple(sorted((place[column], value) for column, value in row.items()))] = None
                # An outer counter's bound makes the loops inside run as well.
                outer = [(position, value) for position, value in part if position - 1 not in hidden]
                if outer and any(value < 0 for position, value in part if position - 1 in hidden):
                    growth[tuple(sorted(outer))] = None
            elif part and bounds_above:
                growth[tuple(sorted(part))] = None
        products = frozenset(
            position for position, column in enumerate(parameters, 1) if len(columns[column].monomial) > 1
        )
        return Wording(names, hidden, tuple(growth), tuple(known), products)

    def _hidden_products(self) -> list[str]:
        """Products with an outer counter that matter: some value of theirs makes a conflict, perhaps none they take."""
        columns = self.system.columns
        used: set[int] = set()
        for row in self.system.equalities + self.system.inequalities + self.system.exclusions:
            used.update(row)
        for branches in self.system.settled()[0]:
            used.update(column for branch in branches for _, row in branch for column in row)
        return [
            product_text([term.name for term in columns[column].monomial])
            for column in sorted(used)
            if len(columns[column].monomial) > 1 and any(term.kind == "counter" for term in columns[column].monomial)
        ]

    def _solve(self) -> Answer:
        from .sets import TooComplex, arrange, solve

        system = self.system
        if system.impossible:
            return INDEPENDENT
        self._spend()
        wording = self._wording()
        deltas = [
            system.column(FIRST, Term(f"distance {position}", "opaque", self.depth))
            for position in range(len(self.common))
        ]
        for delta, source, sink in zip(deltas, self.source, self.sink, strict=True):
            system.equal_zero({delta: 1, source: 1, sink: -1})
        if system.loosened or system.settled()[2]:
            self._blame("data")
        if not (self.first.exact_guards and self.second.exact_guards):
            self._blame("guard")
        for product in self._hidden_products():
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


def undetermined(polynomial: Polynomial, depth: int) -> list[str]:
    """The names of the terms that vary at `depth` in a way that no system holds."""
    found: dict[str, None] = {}
    for monomial in polynomial.terms:
        for term in monomial:
            if not is_determined(of_term(term), depth):
                found[term.name] = None
    return list(found)


def _common(first: Reference, second: Reference, loop: LoopDomain) -> list[LoopDomain]:
    """The loops around both references from `loop` inwards."""
    result: list[LoopDomain] = []
    inside = False
    for one, other in zip(first.loops, second.loops, strict=False):
        if one is not other:
            break
        inside = inside or one is loop
        if inside:
            result.append(one)
    return result


def add_loops(system: System, reference: Reference, side: int, blame: Callable[..., None]) -> None:
    """Adds the iteration domain and the guards of a reference at a side.

    `blame` is told what the system does not say exactly. Two things pass without blame, as "the loop runs far enough":
    the domain of a loop whose counter occurs nowhere else, and a bound that some value not known here lifts while
    nothing else depends on that value.
    """
    depth = system.depth
    for constraint in reference.guards:
        if not is_determined(constraint.left, depth):
            blame("guard", undetermined(constraint.left, depth))
    if not system.add(reference.guards, side):
        blame("guard")
    for loop in reference.loops:
        system.column(side, loop.counter)
        system.add(loop.constraints, side)
        loose = [each for each in loop.constraints if not is_determined(each.left, depth)]
        if (loose or not loop.exact) and _mentioned(loop, reference):
            if not loop.exact:
                blame("guard")
            for constraint in loose:
                if not _lifts(constraint, loop, reference, depth):
                    blame("data", undetermined(constraint.left, depth))


def _mentioned(loop: LoopDomain, reference: Reference) -> bool:
    """Whether the loop's counter occurs in the reference's subscripts or guards, or in another loop's bounds."""
    polynomials = _values(reference)
    for other in reference.loops:
        if other is not loop:
            polynomials += [constraint.left for constraint in other.constraints]
    return any(_occurs(loop.counter, polynomial) for polynomial in polynomials)


def _lifts(bound: Constraint, loop: LoopDomain, reference: Reference, depth: int) -> bool:
    """Whether an upper bound of a loop's counter holds a value that may be as large as it takes."""
    if bound.relation != ">=" or bound.left.terms.get((loop.counter,), 0) >= 0:
        return False
    for monomial, coefficient in bound.left.terms.items():
        if len(monomial) != 1 or is_determined(of_term(monomial[0]), depth) or monomial[0].defined_by is not None:
            continue
        term = monomial[0]
        limit = term.high if coefficient > 0 else term.low
        if limit is not None and abs(limit) < FAR:
            continue
        if not any(_occurs(term, polynomial) for polynomial in _values(reference)) and all(
            _only_lifts(term, coefficient > 0, constraint, other)
            for other in reference.loops
            for constraint in other.constraints
        ):
            return True
    return False


def _only_lifts(term: Term, upwards: bool, constraint: Constraint, loop: LoopDomain) -> bool:
    """Whether the term does not occur in a loop's constraint, or only so that it lifts the bound as well."""
    if not _occurs(term, constraint.left):
        return True
    coefficient = constraint.left.terms.get((term,), 0)
    others = Polynomial({key: value for key, value in constraint.left.terms.items() if key != (term,)})
    return constraint.relation == ">=" and (coefficient > 0) is upwards and not _occurs(term, others)


def _values(reference: Reference) -> list[Polynomial]:
    polynomials = [subscript for subscript in reference.subscripts if subscript is not None]
    return polynomials + [constraint.left for constraint in reference.guards]


def _occurs(wanted: Term, polynomial: Polynomial) -> bool:
    for monomial in polynomial.terms:
        for term in monomial:
            if term is wanted or any(_occurs(wanted, argument) for argument in term.arguments):
                return True
            if term.defined_by is not None and (
                _occurs(wanted, term.defined_by[1]) or _occurs(wanted, term.defined_by[2])
            ):
                return True
    return False

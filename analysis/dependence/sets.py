"""Integer sets: the exact and slow half of the dependence tests, by isl.

Everything here is a pure function of `Question`, a plain nested tuple, so answers are kept by value: the same
loops asked about again after an edit elsewhere cost no second computation. isl counts its operations; a question that
takes more than `BUDGET` of them is given up with `TooComplex`, so no input can hang an analysis.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import islpy as isl
import msgspec

from .conditions import Condition, Piece, describe, describe_opposite
from .system import CONSTANT, PARAMETER, Row, System

BUDGET = 50_000  # isl operations; small questions take 1,000 to 10,000
MAX_COLUMNS = 160
MAX_ROWS = 600
FEW_EXCLUSIONS = 3  # each may double the pieces of a set
FEW_DIMENSIONS, FEW_CONSTRAINTS = 8, 40  # whose elimination is quick in any case
MAX_CONSTRAINTS = 90
MAX_PIECES, MAX_DIVISORS = 16, 4  # of a condition on parameters

FrozenRow = tuple[tuple[int, int], ...]

PARAM = isl.dim_type.param
SET = isl.dim_type.set
DIV = isl.dim_type.div


class TooComplex(Exception):
    """The question went past the budget."""


class Question(msgspec.Struct, frozen=True):
    """The integer points of rows over columns.

    Column 0 is the constant; then `parameters` columns of parameters, then `variables` others. A row is a tuple of
    (column, coefficient). `choices` are disjunctions of conjunctions of (is equality, row); `exclusions` are rows that
    are not zero.
    """

    parameters: int
    variables: int
    equalities: tuple[FrozenRow, ...]
    inequalities: tuple[FrozenRow, ...]
    choices: tuple[tuple[tuple[tuple[bool, FrozenRow], ...], ...], ...] = ()
    exclusions: tuple[FrozenRow, ...] = ()


class Wording(msgspec.Struct, frozen=True):
    """How to speak of the parameters.

    `names` are their texts, `hidden` those (by position) not to speak of. `growth` holds the parameters' parts of the
    loops' upper bounds: conditions that only ask for more of it are not worth telling. `known` are rows (>= 0) on
    parameters that hold anyway. `products` are the columns of products: what is asked of them may contradict what is
    asked of their factors.
    """

    names: tuple[str, ...]
    hidden: tuple[int, ...]
    growth: tuple[FrozenRow, ...]
    known: tuple[FrozenRow, ...]
    products: frozenset[int] = frozenset()


class Pairs(msgspec.Struct, frozen=True):
    """What the set of conflicting pairs of iterations looks like.

    `speakable` says that `condition` is the whole condition on the parameters under which there are any.
    """

    empty: bool
    distance: tuple[int | None, ...] = ()
    direction: tuple[str, ...] = ()
    condition: str | None = None
    speakable: bool = True
    given_up: bool = False  # whether the condition was past the budget
    independent_when: str | None = None
    sample: tuple[tuple[int, ...], tuple[int, ...]] | None = None


class _Local(threading.local):
    """One isl context a thread: isl contexts must not be shared."""

    def __init__(self) -> None:
        self.context = isl.Context()
        self.spaces: dict[tuple[int, int], tuple[Any, Any]] = {}
        self.values: dict[int, Any] = {}
        self.builds = 0

    def space(self, parameters: int, variables: int) -> tuple[Any, Any]:
        key = (parameters, variables)
        found = self.spaces.get(key)
        if found is None:
            space = isl.Space.set_alloc(self.context, parameters, variables)
            found = self.spaces[key] = (space, isl.LocalSpace.from_space(space))
        return found

    def value(self, number: int) -> Any:
        found = self.values.get(number)
        if found is None:
            if -(2**62) < number < 2**62:
                found = isl.Val.int_from_si(self.context, number)
            else:
                found = isl.Val.read_from_str(self.context, str(number))
            if len(self.values) < 4096:
                self.values[number] = found
        return found


_local = _Local()


def _integer(value: Any) -> int:
    """An isl value as an int; past the budget isl answers with nothing instead of an error."""
    text = value.to_str()
    if text is None:
        raise TooComplex("past the budget")
    return int(text)


@contextmanager
def budget(operations: int = BUDGET) -> Iterator[None]:
    """Turns every failure of isl inside into `TooComplex`."""
    context = _local.context
    context.reset_operations()
    context.set_max_operations(operations)
    try:
        yield
    except isl.Error as error:
        raise TooComplex(str(error)) from error
    finally:
        context.set_max_operations(0)


def arrange(system: System, order: list[int]) -> tuple[Question, list[int]]:
    """The system as a question, with the columns of `order` as its first variables; also the parameters' columns."""
    columns = system.columns
    parameters = [column for column in range(1, len(columns)) if columns[column].side == PARAMETER]
    first = set(order)
    rest = [column for column in range(1, len(columns)) if columns[column].side != PARAMETER and column not in first]
    placed = [0] * len(columns)
    for position, column in enumerate(parameters + order + rest, 1):
        placed[column] = position

    def row(entries: Row) -> FrozenRow:
        return tuple(sorted([(placed[column], value) for column, value in entries.items() if value]))

    choices, settled, _ = system.settled()
    question = Question(
        len(parameters),
        len(order) + len(rest),
        tuple([row(entries) for entries in system.equalities]),
        tuple(dict.fromkeys([row(entries) for entries in system.facts + system.inequalities + settled])),
        tuple(
            tuple(tuple((equality, row(entries)) for equality, entries in branch) for branch in branches)
            for branches in choices
        ),
        tuple([row(entries) for entries in system.exclusions]),
    )
    return question, parameters


def build(question: Question) -> Any:
    """The isl set of a question. Raises `TooComplex` where it is too large to begin with."""
    return _exclude(question, build_without_exclusions(question))


def _exclude(question: Question, points: Any) -> Any:
    for row in question.exclusions:
        points = points.subtract(basic(question.parameters, question.variables, [(True, row)]).to_set())
    return points


def build_without_exclusions(question: Question) -> Any:
    if question.parameters + question.variables > MAX_COLUMNS:
        raise TooComplex("too many variables")
    if len(question.equalities) + len(question.inequalities) > MAX_ROWS:
        raise TooComplex("too many constraints")
    _local.builds += 1
    whole = basic(
        question.parameters,
        question.variables,
        [(True, row) for row in question.equalities] + [(False, row) for row in question.inequalities],
    ).to_set()
    for branches in question.choices:
        union = None
        for branch in branches:
            piece = basic(question.parameters, question.variables, list(branch)).to_set()
            union = piece if union is None else union.union(piece)
        whole = whole.intersect(union)
    return whole


def basic(parameters: int, variables: int, rows: list[tuple[bool, FrozenRow]]) -> Any:
    """The isl basic set of a conjunction of (is equality, row)."""
    space, local_space = _local.space(parameters, variables)
    result = isl.BasicSet.universe(space)
    value = _local.value
    for equality, row in rows:
        constraint = (
            isl.Constraint.alloc_equality(local_space) if equality else isl.Constraint.alloc_inequality(local_space)
        )
        for column, coefficient in row:
            if column == CONSTANT:
                constraint = constraint.set_constant_val(value(coefficient))
            elif column <= parameters:
                constraint = constraint.set_coefficient_val(PARAM, column - 1, value(coefficient))
            else:
                constraint = constraint.set_coefficient_val(SET, column - 1 - parameters, value(coefficient))
        result = result.add_constraint(constraint)
    return result


@lru_cache(maxsize=8192)
def _is_empty(question: Question) -> bool | None:
    try:
        with budget():
            points = build_without_exclusions(question)
            return points.is_empty() or (
                len(question.exclusions) <= FEW_EXCLUSIONS and _exclude(question, points).is_empty()
            )
    except TooComplex:
        return None


def is_empty(system: System) -> bool:
    """Whether no integers satisfy the system, whatever the parameters. Raises `TooComplex`.

    False may be said of a system that many exclusions leave without points.
    """
    if system.impossible:
        return True
    empty = _is_empty(arrange(system, [])[0])
    if empty is None:
        raise TooComplex("past the budget")
    return empty


@lru_cache(maxsize=4096)
def solve(question: Question, common: int, wording: Wording, exact: bool, sampled: bool) -> Pairs | None:
    """The set of conflicting pairs; None when past the budget.

    The first `common` variables of the question are the distances, the next `common` the source's counters, the next
    the sink's. With `exact` and `sampled` a witness is looked for.
    """
    try:
        with budget():
            pairs = build_without_exclusions(question)
            witnesses = pairs
            if question.exclusions and not pairs.is_empty():
                if len(question.exclusions) <= FEW_EXCLUSIONS:
                    pairs = witnesses = _exclude(question, pairs)
                else:
                    witnesses = _some(question, pairs, wording)
            if pairs.is_empty() or witnesses.is_empty():
                return Pairs(True)
            distance, direction = _vectors(pairs, common)
            try:
                existence = pieces_of(_parameters(pairs), wording)
                certain = existence if witnesses is pairs else pieces_of(_parameters(witnesses), wording)
            except TooComplex:
                return Pairs(False, distance, direction, speakable=False, given_up=True)
            independent_when = describe_opposite(existence, wording.names, wording.growth)
            condition, speakable = describe(certain, wording.names, wording.growth, wording.products)
            sample = _sample(witnesses, common) if exact and sampled else None
            return Pairs(False, distance, direction, condition, speakable, False, independent_when, sample)
    except TooComplex:
        return None


def _parameters(points: Any) -> Any:
    return _project_out(points, SET, 0, points.dim(SET)).params()


def _project_out(points: Any, kind: Any, first: int, count: int) -> Any:
    """The points without `count` dimensions. Raises `TooComplex` where that multiplies the constraints.

    isl does not count the operations of Fourier-Motzkin elimination, so where there is much of it we look ahead: a
    dimension with L lower and U upper bounds leaves L * U constraints for the next.
    """
    parts = points.get_basic_sets()
    if count <= FEW_DIMENSIONS and all(part.n_constraint() <= FEW_CONSTRAINTS for part in parts):
        return points.project_out(kind, first, count)
    for position in reversed(range(first, first + count)):
        for part in points.get_basic_sets():
            lower = upper = 0
            for constraint in part.get_constraints():
                coefficient = constraint.get_coefficient_val(kind, position)
                if coefficient.is_zero():
                    continue
                if constraint.is_equality():
                    lower = upper = 0
                    break
                lower += coefficient.is_pos()
                upper += coefficient.is_neg()
            added = lower * upper - lower - upper
            if added > 0 and part.n_constraint() + added > MAX_CONSTRAINTS:
                raise TooComplex("too many constraints between the rest")
        points = points.project_out(kind, position, 1)
    return points


def _some(question: Question, points: Any, wording: Wording) -> Any:
    """A part of the points that no exclusion touches, if there is any: not all of them, of which there may be too many
    pieces, but where there is a choice one that exists whenever the loops run far enough."""
    part = points
    for row in question.exclusions:
        fallback = None
        for sign in (1, -1):
            beyond = {column: sign * value for column, value in row}
            beyond[CONSTANT] = beyond.get(CONSTANT, 0) - 1
            rows = [(False, tuple(beyond.items()))]
            half = part.intersect(basic(question.parameters, question.variables, rows).to_set())
            if half.is_empty():
                continue
            fallback = fallback or half
            if describe(pieces_of(_parameters(half), wording), wording.names, wording.growth)[0] is None:
                fallback = half
                break
        if fallback is None:
            return _exclude(question, points)
        part = fallback
    return part


def pieces_of(parameter_set: Any, wording: Wording) -> list[Piece]:
    """The constraints on parameters as rows over columns 1, 2, …; hidden parameters are projected out."""
    # What is known of hidden parameters says something of the others: an outer loop that runs has iterations.
    known = wording.known
    context = basic(len(wording.names), 0, [(False, row) for row in known]).to_set().params()
    for position in sorted(wording.hidden, reverse=True):
        parameter_set = _project_out(parameter_set, PARAM, position, 1)
        context = _project_out(context, PARAM, position, 1)
    parts = parameter_set.get_basic_sets()
    if len(parts) > MAX_PIECES or any(part.dim(DIV) > MAX_DIVISORS for part in parts):
        raise TooComplex("a condition that nobody could read")
    if known:
        parameter_set = parameter_set.gist(context)
    shown = [position for position in range(len(wording.names)) if position not in wording.hidden]
    parts = parameter_set.coalesce().remove_redundancies().get_basic_sets()
    return [_piece(part, [position + 1 for position in shown]) for part in parts]


def _piece(part: Any, columns: list[int]) -> Piece:
    """A basic set of parameters as conditions; its i-th parameter is called `columns[i]`."""
    divisors = part.dim(DIV)
    constraints = part.get_constraints()
    involved = [
        [place for place in range(divisors) if _integer(constraint.get_coefficient_val(DIV, place))]
        for constraint in constraints
    ]
    conditions: list[Condition] = []
    complete = True
    for constraint, places in zip(constraints, involved, strict=True):
        modulus = 0
        if places:
            # row + modulus * x == 0 for some x that nothing else is asked of: row is divisible.
            if len(places) > 1 or not constraint.is_equality() or sum(places[0] in other for other in involved) > 1:
                complete = False
                continue
            modulus = abs(_integer(constraint.get_coefficient_val(DIV, places[0])))
            if modulus == 1:
                continue
        row: Row = {}
        for place, column in enumerate(columns):
            coefficient = _integer(constraint.get_coefficient_val(PARAM, place))
            if coefficient:
                row[column] = coefficient
        offset = _integer(constraint.get_constant_val())
        if offset:
            row[CONSTANT] = offset
        conditions.append(Condition(row, constraint.is_equality(), modulus))
    if divisors and complete and not _says_it_all(part, columns, conditions):
        conditions = [each for each in conditions if not each.modulus]
        complete = False
    return Piece(conditions, complete)


def _says_it_all(part: Any, columns: list[int], conditions: list[Condition]) -> bool:
    """Whether the conditions are the basic set: isl's x may be a quotient with a meaning of its own."""
    place = {column: position for position, column in enumerate(columns, 1)}
    place[CONSTANT] = CONSTANT
    rows: list[tuple[bool, FrozenRow]] = []
    quotients = 0
    for each in conditions:
        row = [(place[column], value) for column, value in each.row.items()]
        if each.modulus:
            quotients += 1
            row.append((len(columns) + quotients, each.modulus))
        rows.append((each.equality, tuple(row)))
    return basic(len(columns), quotients, rows).to_set().params().is_equal(part.to_set())


def _vectors(pairs: Any, common: int) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
    hull = pairs.affine_hull().to_set()
    distance: list[int | None] = []
    direction: list[str] = []
    for position in range(common):
        fixed = hull.plain_get_val_if_fixed(SET, position)
        if fixed.is_int():
            steps = _integer(fixed)
            distance.append(steps)
            direction.append("<" if steps > 0 else ">" if steps < 0 else "=")
            continue
        distance.append(None)
        possible = [sign for sign, lower, upper in _SIGNS if _meets(pairs, position, lower, upper)]
        direction.append(possible[0] if len(possible) == 1 else "*")
    return tuple(distance), tuple(direction)


_SIGNS: tuple[tuple[str, int | None, int | None], ...] = (("<", 1, None), ("=", 0, 0), (">", None, -1))


def _meets(pairs: Any, position: int, lower: int | None, upper: int | None) -> bool:
    if lower is not None:
        pairs = pairs.lower_bound_val(SET, position, _local.value(lower))
    if upper is not None:
        pairs = pairs.upper_bound_val(SET, position, _local.value(upper))
    return not pairs.is_empty()


def _sample(pairs: Any, common: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The lexicographically smallest pair of iterations over all parameter values."""
    try:
        points = _project_out(pairs, SET, 3 * common, pairs.dim(SET) - 3 * common)
        points = _project_out(_project_out(points, SET, 0, common), PARAM, 0, pairs.dim(PARAM))
    except TooComplex:
        return None
    try:
        point = points.lexmin().sample_point()
        values = [_integer(point.get_coordinate_val(SET, position)) for position in range(2 * common)]
    except (isl.Error, TooComplex):
        # isl's lexmin fails on some unions ("affine expression involves some of the domain dimensions").
        try:
            values = _smallest(points, 2 * common)
        except (isl.Error, TooComplex):
            return None
    return tuple(values[:common]), tuple(values[common:])


def _smallest(points: Any, dimensions: int) -> list[int]:
    values: list[int] = []
    for position in range(dimensions):
        least = points.dim_min_val(position)
        points = points.fix_val(SET, position, least)
        values.append(_integer(least))
    return values


@lru_cache(maxsize=1024)
def opposite_of(questions: tuple[Question, ...], wording: Wording) -> str | None:
    """A condition on parameters under which every question is empty, None where none can be said briefly."""
    try:
        with budget():
            union = None
            for question in questions:
                few = len(question.exclusions) <= FEW_EXCLUSIONS
                part = _parameters(build(question) if few else build_without_exclusions(question))
                union = part if union is None else union.union(part)
            if union is None:
                return None
            return describe_opposite(pieces_of(union, wording), wording.names, wording.growth)
    except TooComplex:
        return None


def subset_of_union(whole: System, parts: list[System]) -> bool:
    """Whether the parameters for which `whole` has points all give some part a point; False where `whole` has none.

    All systems have the same columns. Raises `TooComplex`.
    """
    found = _subset_of_union(arrange(whole, [])[0], tuple(arrange(part, [])[0] for part in parts))
    if found is None:
        raise TooComplex("past the budget")
    return found


@lru_cache(maxsize=1024)
def _subset_of_union(whole: Question, parts: tuple[Question, ...]) -> bool | None:
    try:
        with budget():
            parameters = _parameters(build(whole))
            if parameters.is_empty():
                return False
            for part in parts:
                parameters = parameters.subtract(_parameters(build(part)))
            return parameters.is_empty()
    except TooComplex:
        return None


def subset(whole: System, parts: list[System], elements: list[int]) -> bool:
    """Whether, for all parameters, the values of the `elements` columns in `whole` are all found in some part.

    All systems have the same columns. Raises `TooComplex`.
    """
    if whole.impossible:
        return True
    questions = tuple(arrange(part, elements)[0] for part in parts)
    found = _subset(arrange(whole, elements)[0], questions, len(elements))
    if found is None:
        raise TooComplex("past the budget")
    return found


@lru_cache(maxsize=1024)
def _subset(whole: Question, parts: tuple[Question, ...], elements: int) -> bool | None:
    try:
        with budget():
            wanted = _project_out(build(whole), SET, elements, whole.variables - elements)
            for part in parts:
                wanted = wanted.subtract(_project_out(build(part), SET, elements, part.variables - elements))
            return wanted.is_empty()
    except TooComplex:
        return None


def builds() -> int:
    """How many isl sets of this thread were solved for so far (answers kept from before are none)."""
    return _local.builds


def forget() -> None:
    """Drops all kept answers."""
    for kept in (_is_empty, solve, opposite_of, _subset_of_union, _subset):
        kept.cache_clear()

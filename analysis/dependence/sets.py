"""Integer sets: the exact and slow half of the dependence tests, by isl.

Everything here is a pure function of `Question`, a plain nested tuple, so answers are kept by value: the same
loops asked about again after an edit elsewhere cost no second computation. isl counts its operations; a question that
takes more of them than `patience` allows is given up with `TooComplex`, so no input can hang an analysis.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

import islpy as isl
import msgspec

from . import patience
from .choices import settle
from .rows import CONSTANT, PARAMETER, FrozenRow, Row
from .system import System

MAX_COLUMNS = 160
MAX_ROWS = 600
FEW_EXCLUSIONS = 3  # each may double the pieces of a set
FEW_DIMENSIONS, FEW_CONSTRAINTS = 8, 40  # whose elimination is quick in any case
MAX_CONSTRAINTS = 90
_TOGETHER = 8  # constraints

Asked = TypeVar("Asked", bound=Callable[..., Any])

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


class _Local(threading.local):
    """One isl context a thread: isl contexts must not be shared."""

    def __init__(self) -> None:
        self.context = isl.Context()
        self.spaces: dict[tuple[int, int], tuple[Any, Any]] = {}
        self.values: dict[int, Any] = {}
        self.builds = 0
        self.operations = patience.OPERATIONS

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


def integer(value: Any) -> int:
    """An isl value as an int; past the budget isl answers with nothing instead of an error."""
    text = value.to_str()
    if text is None:
        raise TooComplex("past the budget")
    return int(text)


def isl_value(number: int) -> Any:
    return _local.value(number)


_kept: list[Any] = []


def kept(maxsize: int, given_up: Callable[[Any], bool] = lambda answer: answer is None) -> Callable[[Asked], Asked]:
    """A cache of answers by value, which `forget` empties. The answer is None once all patience is spent.

    `given_up` tells from an answer whether the question was past its budget.
    """

    def decorate(function: Asked) -> Asked:
        @lru_cache(maxsize=maxsize)
        def cached(operations: int, *question: Any) -> Any:
            _local.operations = operations
            return function(*question)

        @wraps(function)
        def asked(*question: Any) -> Any:
            if not patience.spend():
                return None
            answer = cached(patience.operations(), *question)
            if given_up(answer):
                patience.give_up()
            return answer

        _kept.append(cached)
        return cast(Asked, asked)

    return decorate


@contextmanager
def budget() -> Iterator[None]:
    """Turns every failure of isl inside into `TooComplex`."""
    context = _local.context
    context.reset_operations()
    context.set_max_operations(_local.operations)
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

    choices, settled, _ = settle(system)
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
    return exclude(question, build_without_exclusions(question), question.exclusions)


def exclude(question: Question, points: Any, rows: tuple[FrozenRow, ...]) -> Any:
    """The points for which none of the rows is zero."""
    for row in rows:
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
        whole = whole.intersect(one_of(question.parameters, question.variables, branches))
    return whole


def one_of(parameters: int, variables: int, branches: tuple[tuple[tuple[bool, FrozenRow], ...], ...]) -> Any:
    """The isl set of a disjunction."""
    union = None
    for branch in branches:
        piece = basic(parameters, variables, list(branch)).to_set()
        union = piece if union is None else union.union(piece)
    return union


def basic(parameters: int, variables: int, rows: list[tuple[bool, FrozenRow]]) -> Any:
    """The isl basic set of a conjunction of (is equality, row)."""
    # A basic set is copied for each constraint that it is given, so a few at a time are put together first.
    parts = [
        _few(parameters, variables, rows[start : start + _TOGETHER]) for start in range(0, len(rows), _TOGETHER)
    ] or [_few(parameters, variables, rows)]
    while len(parts) > 1:
        pairs = [one.intersect(other) for one, other in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[2 * len(pairs) :]
    return parts[0]


def _few(parameters: int, variables: int, rows: list[tuple[bool, FrozenRow]]) -> Any:
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


@kept(8192)
def _is_empty(question: Question) -> bool | None:
    try:
        with budget():
            points = build_without_exclusions(question)
            return points.is_empty() or (
                len(question.exclusions) <= FEW_EXCLUSIONS and exclude(question, points, question.exclusions).is_empty()
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


def onto_parameters(points: Any) -> Any:
    return project_out(points, SET, 0, points.dim(SET)).params()


def project_out(points: Any, kind: Any, first: int, count: int) -> Any:
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


def subset_of_union(whole: System, parts: list[System]) -> bool:
    """Whether the parameters for which `whole` has points all give some part a point; False where `whole` has none.

    All systems have the same columns. Raises `TooComplex`.
    """
    found = _subset_of_union(arrange(whole, [])[0], tuple(arrange(part, [])[0] for part in parts))
    if found is None:
        raise TooComplex("past the budget")
    return found


@kept(1024)
def _subset_of_union(whole: Question, parts: tuple[Question, ...]) -> bool | None:
    try:
        with budget():
            parameters = onto_parameters(build(whole))
            if parameters.is_empty():
                return False
            for part in parts:
                parameters = parameters.subtract(onto_parameters(build(part)))
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


@kept(1024)
def _subset(whole: Question, parts: tuple[Question, ...], elements: int) -> bool | None:
    try:
        with budget():
            wanted = project_out(build(whole), SET, elements, whole.variables - elements)
            for part in parts:
                wanted = wanted.subtract(project_out(build(part), SET, elements, part.variables - elements))
            return wanted.is_empty()
    except TooComplex:
        return None


def builds() -> int:
    """How many isl sets of this thread were solved for so far (answers kept from before are none)."""
    return _local.builds


def forget() -> None:
    """Drops all kept answers."""
    for cached in _kept:
        cached.cache_clear()

"""The set of conflicting pairs of iterations, by isl: distances, directions, a witness, and when there are any."""

from __future__ import annotations

from typing import Any

import islpy as isl
import msgspec

from .conditions import Condition, Piece, describe, describe_opposite
from .rows import CONSTANT, FrozenRow, Row
from .sets import (
    DIV,
    FEW_EXCLUSIONS,
    PARAM,
    SET,
    Question,
    TooComplex,
    basic,
    budget,
    build,
    build_without_exclusions,
    exclude,
    integer,
    isl_value,
    kept,
    one_of,
    onto_parameters,
    project_out,
)
from .wording import Wording

MAX_DIRECTIONS = 8  # loops inwards for which it is worth to look
MAX_PIECES, MAX_DIVISORS = 16, 4  # of a condition on parameters


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


@kept(4096, given_up=lambda answer: answer is None or answer.given_up)
def solve(question: Question, common: int, wording: Wording, exact: bool, sampled: bool) -> Pairs | None:
    """The set of conflicting pairs; None when past the budget.

    The first `common` variables of the question are the distances, the next `common` the source's counters, the next
    the sink's. With `exact` and `sampled` a witness is looked for.
    """
    try:
        with budget():
            points = build_without_exclusions(question)
            if points.is_empty():
                return Pairs(True)
            # What is given of parameters alone need not be told: `stated` leaves it out.
            rest = question.exclusions[wording.exclusions :]
            if len(rest) <= FEW_EXCLUSIONS and len(question.exclusions) <= 2 * FEW_EXCLUSIONS:
                stated = certain = exclude(question, points, rest)
                pairs = exclude(question, stated, question.exclusions[: wording.exclusions])
            else:
                stated, certain = points, _some(question, points, wording)
                pairs = certain
            if pairs.is_empty():
                return Pairs(True)
            distance, direction = _vectors(pairs if certain is stated else points, common)
            try:
                existence = pieces_of(onto_parameters(stated), wording)
                sufficient = existence if certain is stated else pieces_of(onto_parameters(certain), wording)
            except TooComplex:
                return Pairs(False, distance, direction, speakable=False, given_up=True)
            independent_when = describe_opposite(existence, wording.names, wording.growth)
            condition, speakable = describe(sufficient, wording.names, wording.growth, wording.products)
            sample = _sample(pairs, common) if exact and sampled else None
            return Pairs(False, distance, direction, condition, speakable, False, independent_when, sample)
    except TooComplex:
        return None


@kept(1024, given_up=lambda answer: False)
def opposite_of(questions: tuple[Question, ...], wording: Wording) -> str | None:
    """A condition on parameters under which every question is empty, None where none can be said briefly."""
    try:
        with budget():
            union = None
            for question in questions:
                few = len(question.exclusions) <= FEW_EXCLUSIONS
                part = onto_parameters(build(question) if few else build_without_exclusions(question))
                union = part if union is None else union.union(part)
            if union is None:
                return None
            return describe_opposite(pieces_of(union, wording), wording.names, wording.growth)
    except TooComplex:
        return None


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
            if describe(pieces_of(onto_parameters(half), wording), wording.names, wording.growth)[0] is None:
                fallback = half
                break
        if fallback is None:
            return exclude(question, points, question.exclusions)
        part = fallback
    return part


def _vectors(pairs: Any, common: int) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
    hull = pairs.affine_hull().to_set()
    distance: list[int | None] = []
    direction: list[str] = []
    for position in range(common):
        fixed = hull.plain_get_val_if_fixed(SET, position)
        if fixed.is_int():
            steps = integer(fixed)
            distance.append(steps)
            direction.append("<" if steps > 0 else ">" if steps < 0 else "=")
            continue
        distance.append(None)
        if not position:
            direction.append("<")  # the loop in question: the second access is in a later iteration
        else:
            direction.append(_sign(pairs, position) if position < MAX_DIRECTIONS else "*")
    return tuple(distance), tuple(direction)


def _sign(pairs: Any, position: int) -> str:
    """The sign that a distance always has, "*" where there are several."""
    possible = ""
    for sign, lower, upper in _SIGNS:
        if _meets(pairs, position, lower, upper):
            if possible:
                return "*"
            possible = sign
    return possible or "*"


_SIGNS: tuple[tuple[str, int | None, int | None], ...] = (("<", 1, None), (">", None, -1), ("=", 0, 0))


def _meets(pairs: Any, position: int, lower: int | None, upper: int | None) -> bool:
    if lower is not None:
        pairs = pairs.lower_bound_val(SET, position, isl_value(lower))
    if upper is not None:
        pairs = pairs.upper_bound_val(SET, position, isl_value(upper))
    return not pairs.is_empty()


def _sample(pairs: Any, common: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The lexicographically smallest pair of iterations over all parameter values."""
    try:
        points = project_out(pairs, SET, 3 * common, pairs.dim(SET) - 3 * common)
        points = project_out(project_out(points, SET, 0, common), PARAM, 0, pairs.dim(PARAM))
    except TooComplex:
        return None
    try:
        point = points.lexmin().sample_point()
        values = [integer(point.get_coordinate_val(SET, position)) for position in range(2 * common)]
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
        values.append(integer(least))
    return values


def pieces_of(parameter_set: Any, wording: Wording) -> list[Piece]:
    """The constraints on parameters as rows over columns 1, 2, …; hidden parameters are projected out."""
    # What is known of hidden parameters says something of the others: an outer loop that runs has iterations.
    known = wording.known
    context = basic(len(wording.names), 0, list(known)).to_set()
    for branches in wording.choices:
        context = context.intersect(one_of(len(wording.names), 0, branches))
    context = context.params()
    for position in sorted(wording.hidden, reverse=True):
        parameter_set = project_out(parameter_set, PARAM, position, 1)
        context = project_out(context, PARAM, position, 1)
    parts = parameter_set.get_basic_sets()
    if len(parts) > MAX_PIECES or any(part.dim(DIV) > MAX_DIVISORS for part in parts):
        raise TooComplex("a condition that nobody could read")
    if known or wording.choices:
        parameter_set = parameter_set.gist(context)
    shown = [position for position in range(len(wording.names)) if position not in wording.hidden]
    parts = parameter_set.coalesce().remove_redundancies().get_basic_sets()
    return [_piece(part, [position + 1 for position in shown]) for part in parts]


def _piece(part: Any, columns: list[int]) -> Piece:
    """A basic set of parameters as conditions; its i-th parameter is called `columns[i]`."""
    divisors = part.dim(DIV)
    constraints = part.get_constraints()
    involved = [
        [place for place in range(divisors) if integer(constraint.get_coefficient_val(DIV, place))]
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
            modulus = abs(integer(constraint.get_coefficient_val(DIV, places[0])))
            if modulus == 1:
                continue
        row: Row = {}
        for place, column in enumerate(columns):
            coefficient = integer(constraint.get_coefficient_val(PARAM, place))
            if coefficient:
                row[column] = coefficient
        offset = integer(constraint.get_constant_val())
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

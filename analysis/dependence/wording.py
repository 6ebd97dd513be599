"""How to speak of the parameters of a system."""

from __future__ import annotations

import msgspec

from .choices import settle
from .conditions import product_text
from .rows import CONSTANT, PARAMETER, FrozenRow
from .system import System


class Given(msgspec.Struct, frozen=True):
    """How many of a system's constraints, the first of each kind, hold wherever the accesses happen.

    The exclusions among them are on parameters only.
    """

    inequalities: int
    equalities: int
    exclusions: int


class Wording(msgspec.Struct, frozen=True):
    """How to speak of the parameters.

    `names` are their texts, `hidden` those (by position) not to speak of. `growth` holds the parameters' parts of the
    loops' upper bounds: conditions that only ask for more of it are not worth telling. `known` are (is equality, row)
    on parameters that hold anyway, and so does one branch of each of the `choices`, and the first `exclusions` of the
    system's. `products` are the columns of
    products: what is asked of them may contradict what is asked of their factors.
    """

    names: tuple[str, ...]
    hidden: tuple[int, ...]
    growth: tuple[FrozenRow, ...]
    known: tuple[tuple[bool, FrozenRow], ...]
    products: frozenset[int] = frozenset()
    choices: tuple[tuple[tuple[tuple[bool, FrozenRow], ...], ...], ...] = ()
    exclusions: int = 0


def wording_of(system: System, given: Given) -> Wording:
    """How to speak of the parameters of a system."""
    columns = system.columns
    parameters = [column for column in range(1, len(columns)) if columns[column].side == PARAMETER]
    place = {column: position for position, column in enumerate(parameters, 1)}
    place[CONSTANT] = CONSTANT
    names = tuple(product_text([term.name for term in columns[column].monomial]) for column in parameters)
    hidden = tuple(
        position
        for position, column in enumerate(parameters)
        if columns[column].part
        or any(term.kind == "counter" for term in columns[column].monomial)
        or column in system.defined
    )
    growth: dict[tuple[tuple[int, int], ...], None] = {}
    known: dict[tuple[bool, FrozenRow], None] = {}
    for row in system.equalities[: given.equalities]:
        if all(column in place for column in row):
            known[True, tuple(sorted((place[column], value) for column, value in row.items()))] = None
    known_rows = len(system.facts) + given.inequalities
    for number, row in enumerate(system.facts + system.inequalities):
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
            if number < known_rows:
                known[False, tuple(sorted((place[column], value) for column, value in row.items()))] = None
            # An outer counter's bound makes the loops inside run as well.
            outer = [(position, value) for position, value in part if position - 1 not in hidden]
            if outer and any(value < 0 for position, value in part if position - 1 in hidden):
                growth[tuple(sorted(outer))] = None
        elif part and bounds_above:
            growth[tuple(sorted(part))] = None
    products = frozenset(position for position, column in enumerate(parameters, 1) if len(columns[column].monomial) > 1)
    definitions = [definition.branches for definition in system.definitions]
    choices = tuple(
        tuple(
            tuple(
                (equality, tuple(sorted((place[column], value) for column, value in row.items())))
                for equality, row in branch
            )
            for branch in branches
        )
        for branches in settle(system)[0]
        if any(branches is each for each in definitions)
        and all(column in place for branch in branches for _, row in branch for column in row)
    )
    return Wording(names, hidden, tuple(growth), tuple(known), products, choices, given.exclusions)


def hidden_products(system: System) -> list[str]:
    """Products with an outer counter that matter: some value of theirs makes a conflict, perhaps none they take."""
    columns = system.columns
    used: set[int] = set()
    for row in system.equalities + system.inequalities + system.exclusions:
        used.update(row)
    for branches in settle(system)[0]:
        used.update(column for branch in branches for _, row in branch for column in row)
    return [
        product_text([term.name for term in columns[column].monomial])
        for column in sorted(used)
        if len(columns[column].monomial) > 1 and any(term.kind == "counter" for term in columns[column].monomial)
    ]

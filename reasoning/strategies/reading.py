"""How a model reads the dependences of a loop: which variable is freed of them by what. A step on the way to a plan."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec

from ...analysis.facts import LoopFacts, Variable
from ..condition import names_in, open_guard
from ..data_sharing import is_identifier
from ..prompts.clean import code
from ..schema import list_schema, names_to_choose, object_schema

Means = Literal["private copy", "reduction", "if clause", "nothing"]

_BY_ROLE: dict[str, Means] = {
    "private": "private copy",
    "firstprivate": "private copy",
    "lastprivate": "private copy",
    "reduction": "reduction",
    "blocking": "nothing",
}


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    variable: Annotated[str, msgspec.Meta(max_length=200)]
    by: Means


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One resolution for each variable through which iterations depend on one another."""

    resolutions: Annotated[list[Resolution], msgspec.Meta(max_length=64)]


def reading_schema(facts: LoopFacts) -> dict[str, Any]:
    names = names_to_choose(facts)
    each = object_schema({"variable": {"enum": names}, "by": {"enum": list(get_args(Means))}})
    return object_schema({"resolutions": list_schema(each, len(names))})


def contradictions(reading: Reading, facts: LoopFacts) -> tuple[str, ...]:
    """What the facts say against it, in words for a model; () where they agree or leave it open."""
    variables = {variable.name: variable for variable in facts.variables}
    found = []
    for resolution in reading.resolutions:
        variable = variables.get(resolution.variable)
        if variable is None:
            found.append(f"the loop has no variable {code(resolution.variable)}")
            continue
        wanted = _BY_ROLE.get(variable.role)
        if wanted is not None and resolution.by != wanted:
            found.append(f"{code(variable.name)} is {variable.role}, which is resolved by: {wanted}")
        elif wanted is None and not _open(variable, facts):
            found.append(f"{code(variable.name)} is {variable.role}: no iteration depends on another through it")
    listed = {resolution.variable for resolution in reading.resolutions}
    for variable in facts.variables:
        if not is_identifier(variable.name):
            continue  # no answer could name it
        if variable.name not in listed and (wanted := _BY_ROLE.get(variable.role)) is not None:
            found.append(f"{code(variable.name)} is left out; it is {variable.role}, which is resolved by: {wanted}")
    return tuple(dict.fromkeys(found))


def _open(variable: Variable, facts: LoopFacts) -> bool:
    """Whether something about the variable is left open, so that it may well be named."""
    if any(dependence.variable == variable.name for dependence in facts.dependences):
        return True
    guards = [guard for assumption in facts.assumptions if (guard := open_guard(assumption)) is not None]
    return bool(facts.unknowns) or any(variable.name in names_in(guard) for guard in guards)

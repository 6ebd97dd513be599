"""PRG508: a reduction has the operator, and the array section, with which the loop accumulates.

A wrong operator starts the copies with the wrong identity and combines them wrongly. A pointer needs a section, since
OpenMP copies elements and not addresses. "-" combines exactly as "+" does (OpenMP 5.2 §5.5.5), so they stand for
each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..data_sharing import split_item
from ..plan import REDUCTION_OPERATORS, Plan, Rejection

CODE = "PRG508"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    roles = {variable.name: variable for variable in facts.variables}
    for reduction in plan.reductions:
        name, section = split_item(reduction.variable)
        if reduction.operator not in REDUCTION_OPERATORS:
            yield Rejection(CODE, f"{reduction.operator!a} is no reduction operator (for {name})", name)
            continue
        variable = roles.get(name)
        if variable is None or variable.role != "reduction":
            continue  # clause_names and roles speak of it
        if variable.operator is not None and _combiner(reduction.operator) != _combiner(variable.operator):
            yield Rejection(
                CODE,
                f"{name} accumulates with {variable.operator}, not with {reduction.operator}: "
                f"write reduction({variable.operator}:{name}{variable.section or ''})",
                name,
            )
        wanted = _spelled(variable.section or "")
        if _spelled(section) != wanted:
            what = f"the section of {name} is {wanted}" if wanted else f"{name} is reduced whole, without a section"
            yield Rejection(CODE, f"{what}: write reduction({variable.operator}:{name}{wanted})", name)


def _combiner(operator: str) -> str:
    return "+" if operator == "-" else operator


def _spelled(section: str) -> str:
    """Without spaces, and with the lower bound 0 that OpenMP lets one leave out."""
    return "".join(section.split()).replace("[:", "[0:")

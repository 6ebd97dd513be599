"""PRG504: every name in a data-sharing clause is a variable of the loop, a plain identifier, and listed once.

A name that the loop does not know is a guess or an attempt to write something else into the program. OpenMP 5.2
§5.3 lets a variable stand in one data-sharing clause only; firstprivate together with lastprivate is the exception.
An array section belongs in a reduction or a map, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..data_sharing import clauses_by_variable, is_identifier, split_item
from ..plan import Plan, Rejection

CODE = "PRG504"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    known = {variable.name for variable in facts.variables}
    for name in (*plan.private, *plan.firstprivate, *plan.lastprivate):
        if split_item(name)[1]:
            yield Rejection(CODE, f"{name} has an array section, which this clause does not take: name the array", name)
    for name, clauses in clauses_by_variable(plan).items():
        if not is_identifier(name):
            yield Rejection(CODE, f"{name!a} is not a plain variable name, so no clause can list it", name)
        elif name not in known:
            yield Rejection(CODE, f"the loop has no variable {name}: take it out of {clauses[0]}", name)
        for clause in dict.fromkeys(clauses):
            if clauses.count(clause) > 1:
                yield Rejection(CODE, f"{name} is listed twice in {clause}: list it once", name)
        distinct = set(clauses)
        if len(distinct) > 1 and distinct != {"firstprivate", "lastprivate"}:
            yield Rejection(
                CODE, f"{name} is in {' and '.join(dict.fromkeys(clauses))}: it may be in one of them only", name
            )

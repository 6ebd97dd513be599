"""PRG505 (a clause that the role forbids) and PRG506 (a clause that the role asks for and that is missing).

The roles that a variable's accesses give it decide: a sum that is made private is lost, a temporary that stays shared
is a race, a value that is read after the loop is stale if it is merely private. `data_sharing.sharing` holds the table.

Where the facts do not tell what a variable is, a clause for it is a guess: it may be right, and is not proved.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..data_sharing import Clause, clauses_by_variable, may_have_copies, sharing
from ..plan import Plan, Rejection

WRONG = "PRG505"
MISSING = "PRG506"
_ORDER: tuple[Clause, ...] = ("private", "firstprivate", "lastprivate", "reduction")


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    listed = clauses_by_variable(plan)
    for variable in facts.variables:
        clauses = set(listed.get(variable.name, ()))
        needs = sharing(variable, facts, simd_only=plan.directive == "simd")
        if needs.trouble is not None:
            yield Rejection(WRONG, needs.trouble, variable.name)
            continue
        wrong = [clause for clause in _ORDER if clause in clauses - needs.allowed]
        missing = [clause for clause in _ORDER if clause in needs.missing(clauses)]
        if wrong:
            yield Rejection(WRONG, f"{variable.name} must not be in {' or '.join(wrong)}: {needs.why}", variable.name)
        elif missing:
            yield Rejection(
                MISSING, f"{variable.name} is missing from {' and '.join(missing)}: {needs.why}", variable.name
            )
        elif clauses and variable.role == "shared" and may_have_copies(variable):
            says = f"not proved: that {variable.name} may be {' and '.join(sorted(clauses))}: {needs.why}"
            yield Rejection(WRONG, says, variable.name, refuted=False)

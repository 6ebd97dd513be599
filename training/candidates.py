"""The plans worth trying for a loop: what its facts ask for, and what else a variable may need that they leave open."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import msgspec
from pragmatist.analysis.facts import LoopFacts, Variable
from pragmatist.reasoning.data_sharing import may_have_copies
from pragmatist.reasoning.plan import Plan, Reduction
from pragmatist.reasoning.planner import plan_statically

MOST = 40  # plans of one loop


def open_variables(facts: LoopFacts) -> list[Variable]:
    """The variables for which a clause may turn out right that the facts do not ask for."""
    return [each for each in facts.variables if each.role == "shared" and may_have_copies(each)]


def candidates(facts: LoopFacts, loops: Sequence[LoopFacts]) -> list[Plan]:
    """Plans in the order in which we prefer them where several are right: the fewest copies first."""
    base = plan_statically(facts, inner=loops)
    if base is None:
        return []
    choices = [list(_ways(variable)) for variable in open_variables(facts)]
    plans = []
    for ways in itertools.islice(sorted(itertools.product(*choices), key=_cost), MOST):
        plan = base
        for way in ways:
            plan = way.applied(plan)
        plans.append(plan)
    return plans


class Way(msgspec.Struct, frozen=True):
    """How a plan treats one variable."""

    name: str
    clause: str  # a clause, or an operator of a reduction, or "shared"
    cost: int

    def applied(self, plan: Plan) -> Plan:
        if self.clause == "shared":
            return plan
        if self.clause == "both":
            first, last = (*plan.firstprivate, self.name), (*plan.lastprivate, self.name)
            return msgspec.structs.replace(plan, firstprivate=first, lastprivate=last)
        if self.clause.endswith("private"):
            return msgspec.structs.replace(plan, **{self.clause: (*getattr(plan, self.clause), self.name)})
        return msgspec.structs.replace(plan, reductions=(*plan.reductions, Reduction(self.clause, self.name)))


def _ways(variable: Variable) -> Iterator[Way]:
    for cost, clause in enumerate(("shared", "private", "lastprivate", "firstprivate", "both")):
        yield Way(variable.name, clause, cost)
    if not variable.is_array:
        yield Way(variable.name, "+", 5)
        yield Way(variable.name, "max", 6)


def _cost(ways: tuple[Way, ...]) -> int:
    return sum(way.cost for way in ways)


def same_plan(plan: Plan) -> str:
    """A text that is the same for plans that say the same."""
    sorted_names = {name: tuple(sorted(getattr(plan, name))) for name in ("private", "firstprivate", "lastprivate")}
    reductions = tuple(sorted(plan.reductions, key=lambda each: (each.operator, each.variable)))
    plain = msgspec.structs.replace(plan, **sorted_names, reductions=reductions, rationale="", planned_by="", loop="")
    return msgspec.json.encode(plain).decode()

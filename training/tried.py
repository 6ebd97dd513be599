"""What the product's verification would say of a plan, in its words, told by the oracle's verdicts.

So that a model learns what to make of a refutation without a program being verified for each lesson. A wrong plan that
leaves a variable shared which a right one copies is refuted by a race on that variable; one that copies it in another
way by a result that is another. Where no plan is right it may be either.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.data_sharing import clauses_by_variable
from pragmatist.reasoning.plan import Plan, Rejection

from .candidates import open_variables, same_plan

_REFUTED = "PRG400"
_NO_ORDER = "with no order between them"


def trials(facts: LoopFacts, right: Sequence[Plan], draw: random.Random) -> Callable[[Plan], tuple[Rejection, ...]]:
    """A verifier: the checker, and behind it one that knows which plans are right."""
    known = {same_plan(plan) for plan in right}
    told: dict[str, Rejection] = {}

    def verify(plan: Plan) -> tuple[Rejection, ...]:
        rejections = check_plan(plan, facts)
        key = same_plan(plan)
        if key in known or any(each.refuted for each in rejections):
            return rejections
        if key not in told:
            told[key] = Rejection(_REFUTED, _words(plan, facts, right, draw))
        return (*rejections, told[key])

    return verify


def _words(plan: Plan, facts: LoopFacts, right: Sequence[Plan], draw: random.Random) -> str:
    copied = clauses_by_variable(plan)
    names = [each.name for each in open_variables(facts) if each.name not in copied]
    if right:
        names = [name for name in names if all(name in clauses_by_variable(one) for one in right)]
    elif not names:
        names = [each.variable for each in facts.dependences if each.removable is None][:1]
        if names and draw.random() < 0.5:
            names = []
    return _race(draw.choice(names), facts, draw) if names else _other_result(draw)


def _race(name: str, facts: LoopFacts, draw: random.Random) -> str:
    """As the race checks say it: with the accesses, those of functions out of sight without the variable's name."""
    line = facts.keyword.line + draw.randint(1, 4)
    own = [each for each in facts.accesses if each.variable == name]
    texts = [f"{each.kind} of `{each.text}`" for each in own if each.subscripts or each.text == name]
    hidden = bool(facts.calls) and (not texts or draw.random() < 0.7)
    if hidden:
        texts += ["read", "write"]
        line = 1
    first, second = sorted(draw.sample(range(8), 2))
    one, other = (draw.choice(texts or ["write"]) for _ in range(2))
    words = f"{one} in iteration {first} at line {line} and {other} in iteration {second} at line {line}"
    named = draw.random() < (0.3 if hidden else 0.9)
    words = f"data race on `{name}`: {words}, {_NO_ORDER}" if named else f"data race: {words}"
    more = draw.randint(0, 4)
    words += f"; {more} more {'pair' if more == 1 else 'pairs'}" if more else ""
    return f"the lane-race check refutes the plan: {words}"


def _other_result(draw: random.Random) -> str:
    if draw.random() < 0.15:
        return "the memory check refutes the plan: a private copy is read before it is written"
    at, found, serial = draw.randint(1, 99), draw.randint(-20, 60), draw.randint(-20, 60)
    how = "one thread, private copies filled with garbage" if draw.random() < 0.7 else "4 threads, schedule as inserted"
    where = f"number {at} of standard output is {found}, serial {serial}"
    return f"the outputs check refutes the plan: gcc -O2, {how}: {where}"

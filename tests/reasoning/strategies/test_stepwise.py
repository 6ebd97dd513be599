"""Step by step, ReAct and tree of thoughts: what is told between the steps, and when they stop."""

from __future__ import annotations

import json
import time

from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan, Rejection
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.strategies.protocol import NO_USE_ASKING, Budget
from pragmatist.reasoning.strategies.registry import find_strategy
from pragmatist.reasoning.strategies.trials import MOST_TRIALS
from right_answers import CLAUSES, PLAN, READING
from scripted_model import PLAIN, RIGHT, SUM, Script

WRONG_READING = json.dumps({"resolutions": [{"variable": "s", "by": "private copy"}]})
WRONG_CLAUSES = json.dumps({"private": ["s"]})


def propose(name, facts, runtime):
    strategy = find_strategy(name)
    return strategy.propose(facts, loop_abstract(facts), runtime, strategy.budget, lambda plan: check_plan(plan, facts))


def asked(runtime: Script, number: int) -> str:
    return runtime.requests[number].messages[-1].content


def thoughts(*each: str) -> str:
    return f'{{"thoughts":[{",".join(each)}]}}'


def action(name: str, **fields) -> str:
    return json.dumps({"thought": "", "action": name, **fields})


def test_a_wrong_step_is_corrected_before_the_next(make_facts):
    """The facts are told where the model went wrong, and nowhere else."""
    runtime = Script(WRONG_READING, WRONG_CLAUSES, PLAN)

    proposal = propose("step-by-step", make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert "- s is reduction, which is resolved by: reduction" in asked(runtime, 1)
    assert "it needs reduction(+:s)" in asked(runtime, 2)
    assert [step.title for step in proposal.trace] == ["dependences", "clauses", "plan"]

    right = Script(READING, CLAUSES, PLAN)
    propose("step-by-step", make_facts(**SUM), right)
    assert all("BEGIN REASONS" not in asked(right, number) for number in range(3))


def test_whoever_cannot_take_steps_may_jump(make_facts):
    """A model without a grammar that answers no step in its form is asked for the plan alone."""
    proposal = propose("step-by-step", make_facts(**SUM), Script("no", "no", PLAN))

    assert proposal.plan is not None
    assert [step.outcome for step in proposal.trace] == ["refused", "refused", "accepted"]


def test_actions_are_answered_with_what_is_so(make_facts):
    """Role, dependences, a plan that is refused; a plan that passes ends it."""
    runtime = Script(
        action("role", variable="s"),
        action("dependences", variable=None),
        action("check", plan=PLAIN),
        action("check", plan={**PLAIN, **RIGHT}),
    )

    proposal = propose("react", make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert "it needs reduction(+:s)" in asked(runtime, 1)
    assert "There are no dependences between iterations." in asked(runtime, 2)
    assert "The checker says:\n- s is missing from reduction" in asked(runtime, 3)
    assert [step.outcome for step in proposal.trace] == ["noted", "noted", "refused", "accepted"]


def test_an_unknown_action_is_answered(make_facts):
    """As is one without what it needs, and one about a variable that there is not."""
    runtime = Script(
        action("sudo"), action("role"), action("role", variable="zz"), action("check", plan={**PLAIN, **RIGHT})
    )

    assert propose("react", make_facts(**SUM), runtime).plan is not None
    assert "There is no action sudo. There are: dependences, role, check." in asked(runtime, 1)
    assert "role needs a variable." in asked(runtime, 2)
    assert "The loop has no variable zz." in asked(runtime, 3)


def test_who_asks_twice_must_check_a_plan(make_facts):
    """The schema then allows nothing else; who asks on all the same is not asked any more."""
    runtime = Script(more=action("role", variable="s"))

    proposal = propose("react", make_facts(**SUM), runtime)

    assert proposal.plan is None
    assert proposal.calls == 3
    assert runtime.requests[2].schema["properties"]["action"] == {"enum": ["check"]}
    assert proposal.reasons[-1].code == NO_USE_ASKING


def test_the_search_follows_what_the_facts_allow_and_stops_at_the_first_plan(make_facts):
    """The right reading goes first though it came second, without the model's opinion, and to its end."""
    runtime = Script(
        thoughts(WRONG_READING, READING),
        thoughts(WRONG_CLAUSES, CLAUSES),
        thoughts('{"directive":"parallel for"}', '{"directive":"none"}'),
    )

    proposal = propose("tree-of-thoughts", make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert (proposal.calls, proposal.reasons) == (3, ())
    assert json.loads(runtime.requests[1].messages[2].content) == json.loads(thoughts(READING))
    (root,) = proposal.trace
    assert [child.title for child in root.children] == ["clauses"]
    assert [leaf.outcome for leaf in root.children[0].children] == ["accepted"]


def test_the_model_decides_where_the_facts_leave_it_open(make_facts):
    """Two readings with nothing against them: the one that the model prefers is followed first."""
    other = json.dumps({"resolutions": [{"variable": "s", "by": "reduction"}, {"variable": "x", "by": "if clause"}]})
    runtime = Script(
        thoughts(READING, other),
        '{"scores":[1,9]}',
        thoughts(CLAUSES),
        thoughts('{"directive":"parallel for"}'),
    )
    facts = make_facts(**SUM, x="shared", unknowns="it cannot be told")

    proposal = propose("tree-of-thoughts", facts, runtime)

    assert proposal.plan is not None
    assert json.loads(runtime.requests[2].messages[2].content) == json.loads(thoughts(other))
    assert [child.title for child in proposal.trace[0].children] == ["scores of dependences", "clauses"]


def test_what_the_facts_refute_is_followed_last(make_facts):
    """Clauses of the second reading with nothing against them go before those of the first that are wrong."""
    runtime = Script(
        thoughts(READING, WRONG_READING),
        thoughts(WRONG_CLAUSES),
        thoughts(CLAUSES),
        thoughts('{"directive":"parallel for"}'),
    )

    proposal = propose("tree-of-thoughts", make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert proposal.calls == 4


def test_siblings_share_their_beginning(make_facts):
    """All questions begin with the same facts, and both branches with the same dialogue."""
    runtime = Script(thoughts(READING, WRONG_READING), more="{}")
    propose("tree-of-thoughts", make_facts(**SUM), runtime)

    starts = {request.messages[1].content.partition("END FACTS")[0] for request in runtime.requests}
    assert len(starts) == 1
    assert runtime.requests[1].messages[:2] == runtime.requests[3].messages[:2] == runtime.requests[0].messages


def test_refused_plans_come_back_with_reasons(make_facts):
    """When every branch fails, the best is taken up again."""
    runtime = Script(thoughts(READING), thoughts(WRONG_CLAUSES), thoughts('{"directive":"parallel for"}'), PLAN)

    proposal = propose("tree-of-thoughts", make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert "refused every plan" in asked(runtime, 3)
    assert "it needs reduction(+:s)" in asked(runtime, 3)


class Tried:
    """Trials that note what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Plan]] = []

    def compile(self, plan: Plan) -> str:
        self.asked.append(("compile", plan))
        return "passed: gcc"

    def race(self, plan: Plan) -> str:
        self.asked.append(("race", plan))
        return "refuted: a race on x"


def act(action: str, **plan) -> str:
    return json.dumps({"thought": "", "action": action, "plan": {**PLAIN, **plan}})


def test_react_has_plans_compiled_and_run(make_facts):
    """Where its caller may: what is seen goes to the model, and only plans that the facts allow are tried."""
    facts = make_facts(**SUM)
    script = Script(act("compile", **RIGHT), act("race", **RIGHT), act("compile"), act("check", **RIGHT))
    trials = Tried()

    proposal = ask_react(script, facts, trials)

    assert proposal.plan is not None
    assert [name for name, _ in trials.asked] == ["compile", "race"]
    assert all(plan.reductions for _, plan in trials.asked)
    observed = [request.messages[-1].content for request in script.requests]
    assert "passed: gcc" in observed[1]
    assert "a race on x" in observed[2]
    assert "It was not tried, because the checker says" in observed[3]
    assert '"action": "race"' in script.requests[0].messages[0].content


def test_react_without_trials_tries_nothing(make_facts):
    """It is not told of them, its schema has no such actions, and asking all the same is answered."""
    script = Script(act("race", **RIGHT), act("check", **RIGHT))
    proposal = ask_react(script, make_facts(**SUM), None)

    assert proposal.plan is not None
    assert "There is no action race. There are: dependences, role, check." in script.requests[1].messages[-1].content
    assert '"race"' not in script.requests[0].messages[0].content
    assert '"race"' not in json.dumps(script.requests[0].schema)


def test_react_tries_only_so_many_plans(make_facts):
    """Each of them builds and runs a program."""
    answers = [act("race", **RIGHT, condition=f"n > {100 * number}") for number in range(1, 8)]
    trials, script = Tried(), Script(*answers, more=act("check", **RIGHT))
    ask_react(script, make_facts(**SUM), trials, Budget(calls=10, tokens=100_000))

    assert len(trials.asked) <= MOST_TRIALS


def test_checks_cost_no_seconds_of_the_model(make_facts):
    """They have limits of their own."""

    def slowly(plan):
        time.sleep(0.3)
        return (Rejection("PRG400", "it races"),)

    script = Script(act("check", **RIGHT), act("check", **RIGHT, condition="n > 100"), more=act("check", **RIGHT))
    facts = make_facts(**SUM)
    proposal = find_strategy("react").propose(
        facts, loop_abstract(facts), script, Budget(calls=6, tokens=100_000, seconds=0.25), slowly
    )

    assert proposal.calls >= 3
    assert proposal.seconds < 0.25


def ask_react(script, facts, trials, budget=Budget(calls=8, tokens=60_000)):  # noqa: B008
    return find_strategy("react").propose(
        facts, loop_abstract(facts), script, budget, lambda plan: check_plan(plan, facts), trials=trials
    )

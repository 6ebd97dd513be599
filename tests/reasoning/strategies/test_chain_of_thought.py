"""Chain of thought: the reasoning stands before the decision, is bounded, and comes with the plan."""

from __future__ import annotations

import json

from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.schema import MAX_RATIONALE
from pragmatist.reasoning.strategies.chain_of_thought import ChainOfThought
from scripted_model import PLAIN, RIGHT, SUM, Script


def propose(facts, runtime):
    strategy = ChainOfThought()
    return strategy.propose(facts, loop_abstract(facts), runtime, strategy.budget, lambda plan: check_plan(plan, facts))


def test_the_model_reasons_first(make_facts):
    """The schema's first field is the rationale; the plan shows it."""
    runtime = Script(json.dumps({"rationale": "s accumulates.", **PLAIN, **RIGHT}))

    proposal = propose(make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert proposal.plan.rationale == "s accumulates."
    properties = runtime.requests[0].schema["properties"]
    assert list(properties)[:2] == ["rationale", "directive"]
    assert properties["rationale"]["maxLength"] == MAX_RATIONALE


def test_it_reasons_again_when_it_was_wrong(make_facts):
    """The reasons come back to it, and its first reasoning stays in sight."""
    wrong = json.dumps({"rationale": "s is a temporary.", **PLAIN, "private": ["s"]})
    runtime = Script(wrong, json.dumps({"rationale": "s accumulates.", **PLAIN, **RIGHT}))

    proposal = propose(make_facts(**SUM), runtime)

    assert proposal.plan is not None
    assert runtime.requests[1].messages[2].content == wrong
    assert "Say in the rationale what was wrong" in runtime.requests[1].messages[3].content
    assert [step.outcome for step in proposal.trace] == ["refused", "accepted"]

"""Few-shot: the question follows a dialogue of loops like it."""

from __future__ import annotations

from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.strategies.few_shot import EXAMPLES, FewShot
from right_answers import PLAN
from scripted_model import SUM, Script


def asked(facts, **options) -> tuple:
    runtime = Script(more=PLAN)
    strategy = FewShot()
    strategy.propose(
        facts, loop_abstract(facts), runtime, strategy.budget, lambda plan: check_plan(plan, facts), **options
    )
    return runtime.requests[0].messages


def test_examples_stand_before_the_question(make_facts):
    """Each asked as the question is, and answered; the most similar one last."""
    messages = asked(make_facts(**SUM))

    assert len(messages) == 1 + 2 * EXAMPLES + 1
    questions = [message.content for message in messages if message.role == "user"]
    assert all(text.startswith("BEGIN FACTS\n") and text.endswith("Plan this loop.") for text in questions)
    assert "s is reduction + (double, read after the loop)" in questions[-1]
    assert '"reductions":[{"operator":"+"' in messages[-2].content


def test_the_examples_are_those_of_the_loop(make_facts):
    """Another loop gets others."""
    assert asked(make_facts(**SUM))[1:-1] != asked(make_facts(t="private"))[1:-1]


def test_for_a_gpu_there_are_no_examples(make_facts):
    """They plan for the CPU, and would mislead."""
    assert len(asked(make_facts(**SUM), target="gpu")) == 2

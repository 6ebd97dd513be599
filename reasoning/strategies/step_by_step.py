"""Step by step: dependences, then clauses, then the whole plan, each asked for on its own.

Every answer is held against the facts before the next question, which carries what they say against it. So a wrong
turn is corrected where it is taken, and the plan at the end is asked for in a dialogue that has the facts right.
"""

from __future__ import annotations

import threading

import msgspec

from ...analysis.facts import LoopFacts
from ..prompts.files import Prompt, load_prompt
from ..runtimes.protocol import Message, Runtime
from ..schema import Clauses, Target, part_of_schema, plan_of_parts, plan_schema
from .inquiry import Dialogue, Inquiry, listed
from .protocol import Budget, Proposal, Verifier
from .reading import Reading, contradictions, reading_schema

_READING = msgspec.json.Decoder(Reading)
_CLAUSES = msgspec.json.Decoder(Clauses)


class StepByStep:
    """See `protocol.Strategy`."""

    name = "step-by-step"
    budget = Budget(calls=6, tokens=10_000, seconds=40.0)

    @property
    def prompts(self) -> tuple[str, ...]:
        return (load_prompt("step_by_step").identity,)

    def propose(
        self,
        facts: LoopFacts,
        abstract: str,
        runtime: Runtime,
        budget: Budget,
        verifier: Verifier,
        *,
        target: Target = "cpu",
        cancelled: threading.Event | None = None,
    ) -> Proposal:
        prompt = load_prompt("step_by_step")
        inquiry = Inquiry(self.name, facts, runtime, budget, verifier, cancelled)
        dialogue = _steps(inquiry, prompt, abstract, target)
        if dialogue is None:  # it cannot take the steps, so it may jump
            direct = prompt.fill("direct", abstract=abstract)
            dialogue = (Message("system", prompt.fill("system")), Message("user", direct))
        inquiry.insist(dialogue, plan_schema(facts, target=target, rationale=False), prompt)
        return inquiry.proposal()


def _steps(inquiry: Inquiry, prompt: Prompt, abstract: str, target: Target) -> Dialogue | None:
    """The dialogue up to the question for the plan; None where a step was not answered."""
    facts = inquiry.facts
    question = prompt.fill("dependences", abstract=abstract)
    dialogue = (Message("system", prompt.fill("system")), Message("user", question))
    step = inquiry.ask_for(dialogue, reading_schema(facts), _READING, "dependences", prompt)
    if step is None:
        return None
    reading, dialogue, _ = step
    told = "\n".join(f"- {words}" for words in contradictions(reading, facts))
    dialogue = (*dialogue, Message("user", _corrected(prompt, told) + prompt.fill("clauses")))

    schema = part_of_schema(plan_schema(facts, target=target), Clauses)
    step = inquiry.ask_for(dialogue, schema, _CLAUSES, "clauses", prompt)
    if step is None:
        return None
    clauses, dialogue, _ = step
    held = inquiry.hold(plan_of_parts(clauses, None, facts, inquiry.planned_by, target=target))
    return (*dialogue, Message("user", _corrected(prompt, listed(held.refuted)) + prompt.fill("plan")))


def _corrected(prompt: Prompt, told: str) -> str:
    return prompt.fill("corrected", reasons=told) + "\n" if told else ""

"""Step by step: dependences, then clauses, then the whole plan, each asked for on its own.

Every answer is held against the facts before the next question, which carries what they say against it. So a wrong
turn is corrected where it is taken, and the plan at the end is asked for in a dialogue that has the facts right.
"""

from __future__ import annotations

import msgspec

from ..prompts.files import Prompt
from ..runtimes.protocol import Message
from ..schema import Clauses, part_of_schema, plan_of_parts, plan_schema
from .inquiry import Dialogue, Inquiry, listed
from .prompted import PromptedStrategy, Subject
from .protocol import Budget
from .reading import Reading, contradictions, reading_schema

_READING = msgspec.json.Decoder(Reading)
_CLAUSES = msgspec.json.Decoder(Clauses)


class StepByStep(PromptedStrategy):
    name = "step-by-step"
    budget = Budget(calls=6, tokens=10_000, seconds=40.0)

    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        dialogue = _steps(inquiry, subject)
        if dialogue is None:  # it cannot take the steps, so it may jump
            dialogue = subject.opening("direct")
        schema = plan_schema(inquiry.facts, target=subject.target, rationale=False)
        inquiry.insist(dialogue, schema, subject.prompt)


def _steps(inquiry: Inquiry, subject: Subject) -> Dialogue | None:
    """The dialogue up to the question for the plan; None where a step was not answered."""
    facts, prompt, target = inquiry.facts, subject.prompt, subject.target
    dialogue = subject.opening("dependences")
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

"""Chain of thought: one answer, in which the model says why before it says what.

The schema puts the rationale first, so the clauses are written by a model that has its own reasoning before it; and
bounds it, so that it does not reason for as long as the budget lasts. The rationale is shown with the plan.
"""

from __future__ import annotations

import threading

from ...analysis.facts import LoopFacts
from ..prompts.files import load_prompt
from ..runtimes.protocol import Message, Runtime
from ..schema import Target, plan_schema
from .inquiry import Inquiry
from .protocol import Budget, Proposal, Verifier


class ChainOfThought:
    """See `protocol.Strategy`."""

    name = "chain-of-thought"
    budget = Budget(calls=3, tokens=8000, seconds=40.0, answer_tokens=448)

    @property
    def prompts(self) -> tuple[str, ...]:
        return (load_prompt("chain_of_thought").identity,)

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
        prompt = load_prompt("chain_of_thought")
        inquiry = Inquiry(self.name, facts, runtime, budget, verifier, cancelled)
        question = prompt.fill("question", abstract=abstract)
        dialogue = (Message("system", prompt.fill("system")), Message("user", question))
        inquiry.insist(dialogue, plan_schema(facts, target=target), prompt)
        return inquiry.proposal()

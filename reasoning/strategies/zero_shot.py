"""Zero-shot: the facts, one question, one structured answer; refused plans go back with the checker's reasons.

The answer carries no rationale: its tokens would cost more time than the whole plan.
"""

from __future__ import annotations

import threading

from ...analysis.facts import LoopFacts
from ..prompts.files import load_prompt
from ..runtimes.protocol import Message, Runtime
from ..schema import Target, plan_schema
from .inquiry import Inquiry
from .protocol import Budget, Proposal, Verifier


class ZeroShot:
    """See `protocol.Strategy`."""

    name = "zero-shot"
    budget = Budget()

    @property
    def prompts(self) -> tuple[str, ...]:
        return (load_prompt("zero_shot").identity,)

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
        prompt = load_prompt("zero_shot")
        inquiry = Inquiry(self.name, facts, runtime, budget, verifier, cancelled)
        question = prompt.fill("question", abstract=abstract)
        dialogue = (Message("system", prompt.fill("system")), Message("user", question))
        inquiry.insist(dialogue, plan_schema(facts, target=target, rationale=False), prompt)
        return inquiry.proposal()

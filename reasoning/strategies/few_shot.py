"""Few-shot: as zero-shot, behind a dialogue in which the loops most like this one have been planned rightly.

The examples plan for the CPU. For another target there are none, and the strategy asks as zero-shot does.
"""

from __future__ import annotations

import threading

from ...analysis.facts import LoopFacts
from ..prompts.files import load_prompt
from ..prompts.similarity import nearest
from ..runtimes.protocol import Message, Runtime
from ..schema import Target, plan_schema
from .inquiry import Inquiry
from .protocol import Budget, Proposal, Verifier

EXAMPLES = 3  # of some 250 tokens each


class FewShot:
    """See `protocol.Strategy`."""

    name = "few-shot"
    budget = Budget(calls=3, tokens=9000, seconds=30.0)

    @property
    def prompts(self) -> tuple[str, ...]:
        return (load_prompt("few_shot").identity,)

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
        prompt = load_prompt("few_shot")
        inquiry = Inquiry(self.name, facts, runtime, budget, verifier, cancelled)
        dialogue = [Message("system", prompt.fill("system"))]
        for example in nearest(abstract, prompt.examples, EXAMPLES) if target == "cpu" else ():
            dialogue.append(Message("user", prompt.fill("question", abstract=example.abstract)))
            dialogue.append(Message("assistant", example.answer))
        dialogue.append(Message("user", prompt.fill("question", abstract=abstract)))
        inquiry.insist(tuple(dialogue), plan_schema(facts, target=target, rationale=False), prompt)
        return inquiry.proposal()

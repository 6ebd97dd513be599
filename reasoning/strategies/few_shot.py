"""Few-shot: as zero-shot, behind a dialogue in which the loops most like this one have been planned rightly.

The examples plan for the CPU. For another target there are none, and the strategy asks as zero-shot does.
"""

from __future__ import annotations

from ..prompts.similarity import nearest
from ..runtimes.protocol import Message
from ..schema import plan_schema
from .inquiry import Inquiry
from .prompted import PromptedStrategy, Subject
from .protocol import Budget

EXAMPLES = 3  # of some 250 tokens each


class FewShot(PromptedStrategy):
    name = "few-shot"
    budget = Budget(calls=3, tokens=9000, seconds=30.0)

    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        prompt = subject.prompt
        system, question = subject.opening()
        dialogue = [system]
        for example in nearest(subject.abstract, prompt.examples, EXAMPLES) if subject.target == "cpu" else ():
            dialogue.append(Message("user", prompt.fill("question", abstract=example.abstract)))
            dialogue.append(Message("assistant", example.answer))
        schema = plan_schema(inquiry.facts, target=subject.target, rationale=False)
        inquiry.insist((*dialogue, question), schema, prompt)

"""Chain of thought: one answer, in which the model says why before it says what.

The schema puts the rationale first, so the clauses are written by a model that has its own reasoning before it; and
bounds it, so that it does not reason for as long as the budget lasts. The rationale is shown with the plan.
"""

from __future__ import annotations

from ..schema import plan_schema
from .inquiry import Inquiry
from .prompted import PromptedStrategy, Subject
from .protocol import Budget


class ChainOfThought(PromptedStrategy):
    name = "chain-of-thought"
    budget = Budget(calls=3, tokens=8000, seconds=40.0, answer_tokens=448)

    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        inquiry.insist(subject.opening(), plan_schema(inquiry.facts, target=subject.target), subject.prompt)

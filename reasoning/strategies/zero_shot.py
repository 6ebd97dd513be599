"""Zero-shot: the facts, one question, one structured answer; refused plans go back with the checker's reasons.

The answer carries no rationale: its tokens would cost more time than the whole plan.
"""

from __future__ import annotations

from ..schema import plan_schema
from .inquiry import Inquiry
from .prompted import PromptedStrategy, Subject


class ZeroShot(PromptedStrategy):
    name = "zero-shot"

    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        schema = plan_schema(inquiry.facts, target=subject.target, rationale=False)
        inquiry.insist(subject.opening(), schema, subject.prompt)

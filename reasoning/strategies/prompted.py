"""What every strategy of this folder is: a prompt file of its own name, and a way of asking its questions."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

import msgspec

from ...analysis.facts import LoopFacts
from ..prompts.files import Prompt, load_prompt
from ..runtimes.protocol import Message, Runtime
from ..schema import Target
from .inquiry import Dialogue, Inquiry
from .protocol import Budget, Proposal, Verifier
from .trials import Trials


class Subject(msgspec.Struct, frozen=True):
    """What the questions are about: the loop as its `abstract` tells it, and where a plan for it is to run."""

    prompt: Prompt
    abstract: str
    target: Target

    def opening(self, part: str = "question", *, more: str = "", **values: str) -> Dialogue:
        """The system's message and a first question: a part of the prompt file, with `more` behind it."""
        question = self.prompt.fill(part, abstract=self.abstract, **values) + more
        return (Message("system", self.prompt.fill("system")), Message("user", question))


class PromptedStrategy(ABC):
    """See `protocol.Strategy`."""

    name: str
    budget: Budget = Budget()

    @property
    def prompts(self) -> tuple[str, ...]:
        return (self._prompt().identity,)

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
        trials: Trials | None = None,
    ) -> Proposal:
        inquiry = Inquiry(self.name, facts, runtime, budget, verifier, cancelled, trials)
        self.pursue(inquiry, Subject(self._prompt(), abstract, target))
        return inquiry.proposal()

    @abstractmethod
    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        """Ask until there is a plan, or nothing more to be had."""

    def _prompt(self) -> Prompt:
        return load_prompt(self.name.replace("-", "_"))

"""What a strategy is given and what it answers.

A strategy turns facts into a proposal with a model's help, and always ends: with a plan that nothing refutes, or with
none and the reasons. It never decides that a plan is right; `verifier` holds each plan against the facts (and against
whatever else its caller can check), and its rejections go back to the model as long as the budget lasts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection
from ..runtimes.protocol import Runtime
from ..schema import Target
from .trials import Trials

Verifier = Callable[[Plan], tuple[Rejection, ...]]
"""The rejections of a plan, () where nothing speaks against it; `checker.check_plan` at the least."""

BUDGET_SPENT = "PRG530"  # the strategy stopped because its budget was spent
NO_USE_ASKING = "PRG531"  # the model repeated an answer that had been refused
MODEL_FAILED = "PRG532"  # the runtime refused or broke off a request


Outcome = Literal["accepted", "unproved", "refused", "declined", "broken off", "noted"]


class Budget(msgspec.Struct, frozen=True):
    """What one proposal may cost at most.

    `calls` of the model; `tokens` of all prompts and answers together; `seconds` of wall time, without loading the
    model and without what the verifier runs; `answer_tokens` of one answer.
    """

    calls: int = 3
    tokens: int = 6000
    seconds: float = 20.0
    answer_tokens: int = 256


class Step(msgspec.Struct, frozen=True):
    """One call of the model, for the trace: what was asked last, what came, and what was said of it.

    `seconds` and the token counts are this call's own. `children` are the calls that build on it. The outcome "noted"
    is that of a step on the way to a plan, whose rejections are what the facts hold against it.
    """

    title: str
    asked: str
    answer: str
    outcome: Outcome
    rejections: tuple[Rejection, ...]
    prompt_tokens: int
    cached_tokens: int
    answer_tokens: int
    seconds: float
    children: tuple[Step, ...] = ()


class Proposal(msgspec.Struct, frozen=True):
    """A strategy's answer.

    With a plan, `reasons` are what could not be proved of it (the plan is then a candidate, for verification to
    decide), () if all was. Without one, they say why there is none, the deciding one first. `calls`, `tokens` (prompts
    and answers) and `seconds` are what it cost; `cached` says that it cost that some time ago and nothing now.
    """

    plan: Plan | None
    reasons: tuple[Rejection, ...]
    planned_by: str
    calls: int
    tokens: int
    seconds: float
    trace: tuple[Step, ...] = ()
    cached: bool = False


class Strategy(Protocol):
    """One way to use a model. Strategies have no state: the same arguments make the same requests."""

    @property
    def name(self) -> str:
        """As users write it: "zero-shot"."""
        ...

    @property
    def prompts(self) -> tuple[str, ...]:
        """Identities of the prompt files it uses, part of the key under which its answers are kept."""
        ...

    @property
    def budget(self) -> Budget:
        """What it needs, unless its caller wants to spend more or less."""
        ...

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
        """Propose a plan for the loop that `abstract` describes, with `trials` of plans on the way where there are any.

        Raises `Cancelled`, and nothing else: what the runtime cannot do becomes a reason.
        """
        ...


def summary(proposal: Proposal) -> str:
    """One line for a person: the plan's directive and who planned it, or "none, because …"."""
    if proposal.plan is None:
        why = "; ".join(dict.fromkeys(reason.message for reason in proposal.reasons)) or "no reason is known"
        return f"none, because {why} ({proposal.planned_by})"
    doubts = f"; not proved: {len(proposal.reasons)} points" if proposal.reasons else ""
    return f"{proposal.plan.directive}{doubts} ({proposal.planned_by})"

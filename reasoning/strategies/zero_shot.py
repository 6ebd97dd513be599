"""Zero-shot: the facts, one question, one structured answer; refused plans go back with the checker's reasons.

The answer carries no rationale: its tokens would cost more time than the whole plan.
"""

from __future__ import annotations

import threading

from ...analysis.facts import LoopFacts
from ..condition import open_guard
from ..plan import Plan, Rejection
from ..prompts.clean import message
from ..prompts.files import load_prompt
from ..runtimes.protocol import Completion, Message, Runtime
from ..schema import DECLINED, MALFORMED, Target, parse_plan, plan_schema
from .ledger import Ledger
from .protocol import NO_USE_ASKING, Budget, Proposal, Step, Verifier


class ZeroShot:
    """See `protocol.Strategy`."""

    name = "zero-shot"

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
        planned_by = f"{self.name} {runtime.model}"
        schema = plan_schema(facts, target=target, rationale=False)
        ledger = Ledger(runtime, budget, cancelled)
        question = prompt.fill("question", abstract=abstract)
        dialogue = (Message("system", prompt.fill("system")), Message("user", question))
        candidate: Plan | None = None
        doubts: tuple[Rejection, ...] = ()
        reasons: tuple[Rejection, ...] = ()
        refused: set[str] = set()
        while True:
            completion = ledger.ask(dialogue, schema)
            if isinstance(completion, Rejection):
                reasons = (*reasons, completion)
                break
            plan, rejections = _judge(completion, facts, planned_by, verifier)
            ledger.trace.append(_step(dialogue[-1].content, completion, plan, rejections))
            refuted = tuple(rejection for rejection in rejections if rejection.refuted)
            fixable = tuple(rejection for rejection in rejections if _fixable(rejection, facts))
            if plan is not None and not refuted:
                if candidate is None or len(rejections) < len(doubts):
                    candidate, doubts = plan, rejections
                if not fixable:
                    break
            else:
                reasons = refuted or rejections
                if not refuted:  # the model declines
                    break
            if completion.text in refused:
                reasons = (*reasons, Rejection(NO_USE_ASKING, "the model repeats the refused answer", refuted=False))
                break
            refused.add(completion.text)
            told = "\n".join(f"- {message(rejection.message)}" for rejection in refuted + fixable)
            dialogue = (
                *dialogue,
                Message("assistant", completion.text),
                Message("user", prompt.fill("refused", reasons=told)),
            )
        return Proposal(
            plan=candidate,
            reasons=reasons if candidate is None else doubts,
            planned_by=planned_by,
            calls=ledger.calls,
            tokens=ledger.tokens,
            seconds=ledger.seconds,
            trace=tuple(ledger.trace),
        )


def _judge(
    completion: Completion, facts: LoopFacts, planned_by: str, verifier: Verifier
) -> tuple[Plan | None, tuple[Rejection, ...]]:
    """The plan of an answer with its rejections, or None with the one reason why the answer holds no plan."""
    if completion.finish != "stop":
        limit = "the time limit" if completion.finish == "time" else f"{completion.answer_tokens} tokens"
        return None, (Rejection(MALFORMED, f"the answer was cut off at {limit}: answer shorter"),)
    plan = parse_plan(completion.text, facts, planned_by)
    if isinstance(plan, Rejection):
        if plan.code == DECLINED:
            return None, (Rejection(DECLINED, "the model proposes to leave the loop as it is", refuted=False),)
        return None, (plan,)
    return plan, verifier(plan)


def _fixable(rejection: Rejection, facts: LoopFacts) -> bool:
    """Whether another plan could prove what this one leaves open: an assumption that an `if` clause could ask."""
    return any(one.code == rejection.code and open_guard(one) is not None for one in facts.assumptions)


def _step(asked: str, completion: Completion, plan: Plan | None, rejections: tuple[Rejection, ...]) -> Step:
    if completion.finish != "stop":
        outcome = "broken off"
    elif plan is None:
        outcome = "declined" if rejections[0].code == DECLINED else "refused"
    elif any(rejection.refuted for rejection in rejections):
        outcome = "refused"
    else:
        outcome = "unproved" if rejections else "accepted"
    return Step(
        title="plan",
        asked=asked,
        answer=completion.text,
        outcome=outcome,
        rejections=rejections,
        prompt_tokens=completion.prompt_tokens,
        cached_tokens=completion.cached_tokens,
        answer_tokens=completion.answer_tokens,
        seconds=completion.seconds,
    )

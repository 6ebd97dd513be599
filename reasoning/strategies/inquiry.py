"""One proposal in the making: what strategies have in common.

An inquiry asks the model through the ledger, notes every call in a tree, hands plans to the verifier, keeps the best
one that nothing refutes, and remembers why there is none. `insist` is the loop that all strategies end in: a refused
plan goes back with the reasons until one stands, the model declines or repeats itself, or the budget is spent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from ...analysis.facts import LoopFacts
from ..condition import open_guard
from ..plan import Plan, Rejection
from ..prompts.clean import message
from ..prompts.files import Prompt
from ..runtimes.protocol import Completion, Message, Runtime
from ..schema import DECLINED, MALFORMED, decode_answer, parse_plan
from .ledger import Ledger
from .protocol import NO_USE_ASKING, Budget, Outcome, Proposal, Step, Verifier
from .trials import Trials

Dialogue = tuple[Message, ...]
Value = TypeVar("Value")


class Node:
    """A call in the making of the trace."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.children: list[Node] = []

    def decide(self, judged: Judged) -> None:
        """Say what became of the best plan in the call's answer, once that is known."""
        self._step = msgspec.structs.replace(self._step, outcome=_outcome(judged), rejections=judged.rejections)

    def step(self) -> Step:
        return msgspec.structs.replace(self._step, children=tuple(child.step() for child in self.children))


class Judged(msgspec.Struct, frozen=True):
    """An answer that should hold a plan. `fixable` are doubts that another plan could do away with."""

    plan: Plan | None
    rejections: tuple[Rejection, ...]
    fixable: tuple[Rejection, ...]

    @property
    def refuted(self) -> tuple[Rejection, ...]:
        return tuple(rejection for rejection in self.rejections if rejection.refuted)

    @property
    def stands(self) -> bool:
        return self.plan is not None and not self.refuted

    @property
    def final(self) -> bool:
        """Nothing that the model could say would make it better."""
        return self.stands and not self.fixable

    @property
    def declined(self) -> bool:
        return self.plan is None and not self.refuted


class Inquiry:
    def __init__(
        self,
        strategy: str,
        facts: LoopFacts,
        runtime: Runtime,
        budget: Budget,
        verifier: Verifier,
        cancelled: threading.Event | None,
        trials: Trials | None = None,
    ) -> None:
        self.facts = facts
        self.trials = trials
        self.planned_by = f"{strategy} {runtime.model}"
        self.ledger = Ledger(runtime, budget, cancelled)
        self._verifier = verifier
        self._candidate: Plan | None = None
        self._doubts: tuple[Rejection, ...] = ()
        self._reasons: tuple[Rejection, ...] = ()
        self._end: tuple[Rejection, ...] = ()
        self._roots: list[Node] = []

    def ask(self, dialogue: Dialogue, schema: dict[str, Any]) -> Completion | None:
        """The model's answer, None where the budget is spent or the model fails: then there is no more asking."""
        completion = self.ledger.ask(dialogue, schema)
        if isinstance(completion, Rejection):
            self._end = (completion,)
            return None
        return completion

    def ask_for(
        self,
        dialogue: Dialogue,
        schema: dict[str, Any],
        decoder: msgspec.json.Decoder[Value],
        title: str,
        prompt: Prompt,
        parent: Node | None = None,
    ) -> tuple[Value, Dialogue, Node] | None:
        """A step on the way: its value, the dialogue with the answer, and where it stands in the trace.

        An answer that has not the form that was asked for is asked for once more. None where none came.
        """
        for _ in range(2):
            completion = self.ask(dialogue, schema)
            if completion is None:
                return None
            value = self.cut_off(completion) or decode_answer(completion.text, decoder)
            answered = (*dialogue, Message("assistant", completion.text))
            if not isinstance(value, Rejection):
                return value, answered, self.note(title, dialogue, completion, "noted", (), parent)
            outcome = "refused" if completion.finish == "stop" else "broken off"
            self.note(title, dialogue, completion, outcome, (value,), parent)
            self._reasons = (value,)
            dialogue = (*answered, Message("user", prompt.fill("refused", reasons=listed([value]))))
        return None

    def insist(
        self,
        dialogue: Dialogue,
        schema: dict[str, Any],
        prompt: Prompt,
        title: str = "plan",
        parent: Node | None = None,
    ) -> None:
        """Ask for a plan, and again with what is held against it, until there is nothing more to be had."""
        refused: set[str] = set()
        while (completion := self.ask(dialogue, schema)) is not None:
            judged = self.judge(self.plan_of(completion), title, dialogue, completion, parent)
            if judged.final or judged.declined or self.settled:
                return
            if completion.text in refused:
                self.repeats()
                return
            refused.add(completion.text)
            told = listed(judged.refuted + judged.fixable)
            dialogue = (
                *dialogue,
                Message("assistant", completion.text),
                Message("user", prompt.fill("refused", reasons=told)),
            )

    @property
    def settled(self) -> bool:
        """There is a plan that nothing more could be done for, whatever has been said since."""
        return self._candidate is not None and not any(_fixable(doubt, self.facts) for doubt in self._doubts)

    def repeats(self) -> None:
        self._end = (Rejection(NO_USE_ASKING, "the model repeats the refused answer", refuted=False),)

    def plan_of(self, completion: Completion) -> Plan | Rejection:
        return self.cut_off(completion) or parse_plan(completion.text, self.facts, self.planned_by)

    def cut_off(self, completion: Completion) -> Rejection | None:
        if completion.finish == "stop":
            return None
        limit = "the time limit" if completion.finish == "time" else f"{completion.answer_tokens} tokens"
        return Rejection(MALFORMED, f"the answer was cut off at {limit}: answer shorter")

    def judge(
        self,
        plan: Plan | Rejection,
        title: str,
        dialogue: Dialogue,
        completion: Completion,
        parent: Node | None = None,
    ) -> Judged:
        """Hold an answer's plan (or the reason why it holds none) against the facts, and note the call."""
        judged = self.hold(plan)
        outcome = _outcome(judged) if completion.finish == "stop" else "broken off"
        self.note(title, dialogue, completion, outcome, judged.rejections, parent)
        return judged

    def hold(self, plan: Plan | Rejection) -> Judged:
        """The same without a call to note: it becomes the proposal if nothing better comes."""
        if isinstance(plan, Rejection):
            if plan.code == DECLINED:  # without the model's own words: they may be anything
                plan = Rejection(DECLINED, "the model proposes to leave the loop as it is", refuted=False)
            judged = Judged(None, (plan,), ())
        else:
            with self.ledger.paused():
                rejections = self._verifier(plan)
            judged = Judged(plan, rejections, tuple(one for one in rejections if _fixable(one, self.facts)))
        if judged.stands:
            if self._candidate is None or len(judged.rejections) < len(self._doubts):
                self._candidate, self._doubts = judged.plan, judged.rejections
        else:
            self._reasons = judged.refuted or judged.rejections
        return judged

    def note(
        self,
        title: str,
        dialogue: Dialogue,
        completion: Completion,
        outcome: Outcome,
        rejections: tuple[Rejection, ...] = (),
        parent: Node | None = None,
    ) -> Node:
        node = Node(
            Step(
                title=title,
                asked=dialogue[-1].content,
                answer=completion.text,
                outcome=outcome,
                rejections=rejections,
                prompt_tokens=completion.prompt_tokens,
                cached_tokens=completion.cached_tokens,
                answer_tokens=completion.answer_tokens,
                seconds=completion.seconds,
            )
        )
        (self._roots if parent is None else parent.children).append(node)
        return node

    def proposal(self) -> Proposal:
        return Proposal(
            plan=self._candidate,
            reasons=self._doubts if self._candidate is not None else self._reasons + self._end,
            planned_by=self.planned_by,
            calls=self.ledger.calls,
            tokens=self.ledger.tokens,
            seconds=self.ledger.seconds,
            trace=tuple(node.step() for node in self._roots),
        )


def listed(rejections: Iterable[Rejection]) -> str:
    """What is held against an answer, as a model is told it: cleaned, since messages quote the program."""
    return "\n".join(f"- {message(rejection.message)}" for rejection in rejections)


def _fixable(rejection: Rejection, facts: LoopFacts) -> bool:
    """Whether another plan could prove what this one leaves open: an assumption that an `if` clause could ask."""
    return any(one.code == rejection.code and open_guard(one) is not None for one in facts.assumptions)


def _outcome(judged: Judged) -> Outcome:
    if judged.declined:
        return "declined"
    if not judged.stands:
        return "refused"
    return "unproved" if judged.rejections else "accepted"

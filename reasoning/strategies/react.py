"""ReAct: the model acts before it decides, and each action is answered with what is really so.

It may look up dependences, ask what a variable needs, and have a plan checked; a plan that the checker lets pass ends
it. Where its caller may run the program, it may also have a plan compiled, and run under the race checks. What is no
action is answered with those that there are. Whoever asks a question twice is left with one choice, to have a plan
checked, and so is whoever has one action left.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ...analysis.facts import LoopFacts
from ..checker import check_plan
from ..data_sharing import sharing
from ..plan import Plan, Rejection
from ..prompts.abstract import MOST_LINES, dependence_line, variable_line
from ..prompts.clean import code, message
from ..runtimes.protocol import Completion, Message
from ..schema import (
    PlanAnswer,
    Target,
    decode_answer,
    names_to_choose,
    object_schema,
    plan_of,
    plan_schema,
)
from .inquiry import Dialogue, Inquiry, listed
from .prompted import PromptedStrategy, Subject
from .protocol import Budget
from .trials import MOST_TRIALS

MOST_THOUGHT = 200  # characters; it comes with every action
ACTIONS = ("dependences", "role", "check")
TRIALS = ("compile", "race")  # where plans can be tried


class Action(msgspec.Struct, frozen=True):
    """What the model does. `variable` is for "role" and, if not null, for "dependences"; `plan` for all others."""

    action: str
    thought: str = ""
    variable: str | None = None
    plan: PlanAnswer | None = None


_ACTION = msgspec.json.Decoder(Action)


class ReAct(PromptedStrategy):
    name = "react"
    budget = Budget(calls=8, tokens=16_000, seconds=60.0, answer_tokens=320)

    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        prompt = subject.prompt
        check = _plan_action(inquiry.facts, subject.target, "check")
        tried = [_plan_action(inquiry.facts, subject.target, name) for name in TRIALS if inquiry.trials is not None]
        free = {"anyOf": [*_query_schemas(inquiry.facts), *tried, check]}
        hint = "\n" + prompt.fill("last")
        last = inquiry.ledger.calls_left == 1
        dialogue = subject.opening(more=hint if last else "")
        if inquiry.trials is not None:
            system, *rest = dialogue
            dialogue = (Message(system.role, f"{system.content}\n{prompt.fill('trials').strip()}"), *rest)
        trials = _Trying(inquiry)
        seen: set[str] = set()
        while (completion := inquiry.ask(dialogue, check if last else free)) is not None:
            repeated = completion.text in seen
            seen.add(completion.text)
            observation = _act(inquiry, dialogue, completion, trials)
            if observation is None:
                break
            if repeated and last:
                inquiry.repeats()
                break
            last = repeated or inquiry.ledger.calls_left == 1
            answer = prompt.fill("observation", observation=observation) + ("\n" + hint.strip() if last else "")
            dialogue = (*dialogue, Message("assistant", completion.text), Message("user", answer))


class _Trying:
    """Plans tried on the program: only those that the facts do not refute, and only so many."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._left = MOST_TRIALS

    @property
    def actions(self) -> tuple[str, ...]:
        return TRIALS if self._inquiry.trials is not None else ()

    def observe(self, action: str, plan: Plan | Rejection) -> str:
        trials = self._inquiry.trials
        if isinstance(plan, Rejection):
            return message(plan.message)
        refuted = [one for one in check_plan(plan, self._inquiry.facts) if one.refuted]
        if refuted:
            return f"It was not tried, because the checker says:\n{listed(refuted)}"
        if trials is None or self._left == 0:
            return f"No more plans are tried: there were {MOST_TRIALS}."
        self._left -= 1
        with self._inquiry.ledger.paused():
            return message((trials.compile if action == "compile" else trials.race)(plan))


def _act(inquiry: Inquiry, dialogue: Dialogue, completion: Completion, trials: _Trying) -> str | None:
    """What the model gets to see of its action; None where there is nothing more to be done."""
    action = inquiry.cut_off(completion) or decode_answer(completion.text, _ACTION)
    if isinstance(action, Rejection):
        inquiry.judge(action, "action", dialogue, completion)
        return message(action.message)
    if action.plan is not None and action.action in ("check", "finish"):
        plan = plan_of(action.plan, inquiry.facts, inquiry.planned_by)
        judged = inquiry.judge(plan, "check", dialogue, completion)
        if judged.final or judged.declined or inquiry.settled:
            return None
        return f"The checker says:\n{listed(judged.refuted + judged.fixable)}"
    actions = (*ACTIONS, *trials.actions)
    known = action.action in actions
    inquiry.note(action.action if known else "action", dialogue, completion, "noted")
    if action.action == "dependences":
        return _dependences(inquiry.facts, action.variable)
    if action.action == "role" and action.variable is not None:
        return _role(inquiry.facts, action.variable)
    if action.action in trials.actions and action.plan is not None:
        return trials.observe(action.action, plan_of(action.plan, inquiry.facts, inquiry.planned_by))
    if known:
        return f"{action.action} needs a {'variable' if action.action == 'role' else 'plan'}."
    return f"There is no action {code(action.action)}. There are: {', '.join(actions)}."


def _dependences(facts: LoopFacts, variable: str | None) -> str:
    lines = [
        dependence_line(one).removeprefix("dependence: ")
        for one in facts.dependences
        if variable is None or one.variable == variable
    ]
    lines += [f"not known: {message(reason.message)}" for reason in facts.unknowns]
    shown = list(dict.fromkeys(lines))[:MOST_LINES]
    of = "" if variable is None else f" of {code(variable)}"
    return "\n".join(shown) if shown else f"There are no dependences{of} between iterations."


def _role(facts: LoopFacts, name: str) -> str:
    variable = next((one for one in facts.variables if one.name == name), None)
    if variable is None:
        return f"The loop has no variable {code(name)}."
    needs = sharing(variable, facts)
    return f"{variable_line(variable, facts).removeprefix('variable: ')}\n{message(needs.trouble or needs.why)}"


def _query_schemas(facts: LoopFacts) -> list[dict[str, Any]]:
    names = names_to_choose(facts)
    thought = {"type": "string", "maxLength": MOST_THOUGHT}
    any_variable = {"enum": [*names, None]}
    schemas = [object_schema({"thought": thought, "action": {"enum": ["dependences"]}, "variable": any_variable})]
    if names:
        schemas.append(object_schema({"thought": thought, "action": {"enum": ["role"]}, "variable": {"enum": names}}))
    return schemas


def _plan_action(facts: LoopFacts, target: Target, action: str) -> dict[str, Any]:
    return object_schema(
        {
            "thought": {"type": "string", "maxLength": MOST_THOUGHT},
            "action": {"enum": [action]},
            "plan": plan_schema(facts, target=target, rationale=False),
        }
    )

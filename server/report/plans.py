"""The plan for the loop, and those that were rejected: what the static planner would write, and a model's answers."""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.facts import LoopFacts
from ...codegen.pragma import pragma_text
from ...reasoning.plan import Plan, Rejection
from ...reasoning.planner import refused_plan
from ...reasoning.strategies.protocol import Proposal, Step
from ..answers import loop_reasons
from ..engine.judgement import JudgedLoop
from .markup import Child, Element, node, prose
from .reasons import background_link

_LONGEST = 600  # characters of a model's answer


def plans(judged: JudgedLoop, loops: Sequence[LoopFacts], proposal: Proposal | None) -> Element:
    parts: list[Child] = [node("h2", "Plan")]
    plan = judged.verdict.plan
    if plan is not None:
        parts += _plan(judged.pragma or pragma_text(plan), plan)
        if not judged.pays:
            parts.append(node("p", "It does too little work for a team of threads to pay.", class_="note"))
    elif judged.facts.existing_directive is not None:
        parts.append(node("p", "A directive governs the loop already; nothing is proposed beside it."))
    else:
        parts.append(node("p", "None: no plan agrees with the facts."))
        refused = refused_plan(judged.facts, loops)
        if refused is not None:
            parts += [node("h3", "Rejected"), *_refused(pragma_text(refused[0]), "static", refused[1], judged)]
    if proposal is not None:
        parts += _proposal(proposal, plan)
    return node("section", parts, class_="card")


def _plan(pragma: str, plan: Plan, doubts: Sequence[Rejection] = ()) -> list[Child]:
    parts: list[Child] = [node("code", pragma, class_="pragma")]
    parts.append(node("p", *prose(plan.rationale), f" Planned by: {plan.planned_by}.", class_="note"))
    if doubts:
        parts += [node("h3", "Not proved"), _list(doubts)]
    return parts


def _refused(pragma: str, planner: str, why: Sequence[Rejection], judged: JudgedLoop) -> list[Child]:
    """What the page says of the loop itself is not said again."""
    said = {reason.code for reason in loop_reasons(judged)}
    codes = list(dict.fromkeys(each.code for each in why if each.code in said))
    others = [each for each in why if each.code not in said]
    parts: list[Child] = [node("code", pragma, class_="pragma refused")]
    above: list[Child] = []
    for number, code in enumerate(codes):
        above += [", " if number else "", background_link(code)]
    if above:
        parts.append(node("p", "Refuted by what is said above of the loop (", *above, ")", ", and:" if others else "."))
    if others:
        parts.append(_list(others))
    return [*parts, node("p", f"Planned by: {planner}.", class_="note")]


def _list(rejections: Sequence[Rejection]) -> Element:
    found = dict.fromkeys(rejections)
    return node("ul", [node("li", prose(each.message), " (", background_link(each.code), ")") for each in found])


def _proposal(proposal: Proposal, shown: Plan | None) -> list[Child]:
    """What a model was asked and answered; its plan, too, unless it is the one that the page shows."""
    parts: list[Child] = [node("h3", f"What {proposal.planned_by} proposes")]
    if proposal.plan is None:
        parts += [node("p", "No plan."), _list(proposal.reasons)]
    elif proposal.plan == shown:
        parts += [node("p", "This plan.")]
    else:
        parts += _plan(pragma_text(proposal.plan), proposal.plan, proposal.reasons)
    if proposal.calls:
        cost = f"{proposal.calls} calls of the model, {proposal.tokens} tokens, {proposal.seconds:.1f} s."
        parts.append(node("p", cost, class_="note"))
    if proposal.trace:
        parts += [node("h3", "How it got there"), node("ul", map(_step, proposal.trace), class_="trace")]
    return parts


def _step(step: Step) -> Element:
    answer = " ".join(step.answer.split())
    answer = answer if len(answer) <= _LONGEST else answer[: _LONGEST - 1] + "…"
    return node(
        "li",
        node("strong", step.title), f": {step.outcome} ",
        node("span", f"({step.answer_tokens} tokens, {step.seconds:.2f} s)", class_="note"),
        node("code", answer, class_="answer"),
        _list(step.rejections) if step.rejections else None,
        node("ul", map(_step, step.children)) if step.children else None,
    )  # fmt: skip

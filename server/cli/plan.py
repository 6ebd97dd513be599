"""`pragmatist plan FILE:LINE`: one way to run a loop, and what speaks against it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

import msgspec

from ...analysis.facts import LoopFacts
from ...codegen.pragma import pragma_text
from ...reasoning.plan import Rejection
from ...reasoning.runtimes.protocol import ModelError
from ...reasoning.strategies.protocol import Proposal, Step
from ...verification.flags import UnsafeFlag
from ...verification.sandbox import SandboxUnavailable
from ..answers import ClausesAnswer, plan_clauses
from ..engine.discovery import language_of
from ..engine.headers import surroundings_of
from ..engine.judge import judge_text
from ..engine.loop_at import NoSuchLoop, loop_at
from ..engine.model_planning import Asked, plan_further
from ..engine.project_settings import BadSettings
from ..engine.propose import facts_of_file, propose
from ..engine.reading import Unreadable, read_source
from ..engine.trying import Checks
from .exits import FAILED, WELL
from .loop_name import BadLoopName, file_and_line
from .model_choice import Unsuited, model_source
from .output import complain, write_out
from .progress import step_progress
from .trace_text import trace_lines


class PlanAnswer(msgspec.Struct):
    directive: str
    pragma: str
    clauses: ClausesAnswer
    rationale: str


class RejectionAnswer(msgspec.Struct):
    code: str
    message: str


class StepAnswer(msgspec.Struct):
    """One call of the model: see `strategies.protocol.Step`. `children` are the calls that build on it."""

    title: str
    outcome: str
    answer: str
    rejections: list[RejectionAnswer]
    prompt_tokens: int
    cached_tokens: int
    answer_tokens: int
    seconds: float
    children: list[StepAnswer]


class ProposalAnswer(msgspec.Struct):
    """What `--format json` prints; the trace with `--trace` only."""

    plan: PlanAnswer | None
    planned_by: str
    reasons: list[RejectionAnswer]
    calls: int
    tokens: int
    seconds: float
    trace: list[StepAnswer] | msgspec.UnsetType = msgspec.UNSET


def run(arguments: argparse.Namespace) -> int:
    try:
        path, line = file_and_line(arguments.loop)
    except BadLoopName as error:
        complain(str(error))
        return FAILED
    try:
        model = model_source(arguments)
        text = read_source(path)
        facts = facts_of_file(path, text, language_of(path, text))
        loop = loop_at(facts.loops, line)
        proposal = None
        if arguments.run_checks:
            if model is None:
                raise Unsuited(
                    "--run-checks goes with a strategy that asks a model; `pragmatist fix` checks other plans"
                )
            proposal = asyncio.run(_checked(path, text, loop, Asked(arguments.strategy, model), arguments.no_sandbox))
        if proposal is None:
            proposal = propose(facts, loop, arguments.strategy, model)
    except (Unreadable, NoSuchLoop) as error:
        complain(f"{path}: {error}")
        return FAILED
    except (ModelError, Unsuited, SandboxUnavailable, UnsafeFlag, BadSettings) as error:
        complain(str(error))
        return FAILED
    if arguments.format == "json":
        write_out(msgspec.json.encode(answer(proposal, trace=arguments.trace)) + b"\n")
    else:
        text = _text(path, loop, proposal)
        if arguments.trace:
            text += "".join(f"{line}\n" for line in trace_lines(proposal.trace))
        write_out(text)
    return WELL


async def _checked(path: str, text: bytes, loop: LoopFacts, asked: Asked, no_sandbox: bool) -> Proposal | None:
    """The proposal with the verification in the loop; None for a loop that no plan can be right for."""
    judgement = judge_text(text, language_of(path, text), surroundings_of(path, text))
    with step_progress() as report:
        _, proposals = await plan_further(
            path, text, judgement, asked, Checks((), no_sandbox), only=loop.id, progress=report
        )
    return proposals.get(loop.id)


def answer(proposal: Proposal, *, trace: bool = False) -> ProposalAnswer:
    plan = proposal.plan
    return ProposalAnswer(
        None if plan is None else PlanAnswer(plan.directive, pragma_text(plan), plan_clauses(plan), plan.rationale),
        proposal.planned_by,
        _rejections(proposal.reasons),
        proposal.calls,
        proposal.tokens,
        round(proposal.seconds, 3),
        [_step(step) for step in proposal.trace] if trace else msgspec.UNSET,
    )


def _rejections(rejections: Sequence[Rejection]) -> list[RejectionAnswer]:
    return [RejectionAnswer(rejection.code, rejection.message) for rejection in rejections]


def _step(step: Step) -> StepAnswer:
    return StepAnswer(
        step.title,
        step.outcome,
        step.answer,
        _rejections(step.rejections),
        step.prompt_tokens,
        step.cached_tokens,
        step.answer_tokens,
        round(step.seconds, 3),
        [_step(child) for child in step.children],
    )


def _text(path: str, loop: LoopFacts, proposal: Proposal) -> str:
    lines = [f"{path}:{loop.keyword.line}: planned by {proposal.planned_by}"]
    if proposal.plan is not None:
        lines += [
            f"  {pragma_text(proposal.plan)}",
            *([f"  {proposal.plan.rationale}"] * bool(proposal.plan.rationale)),
        ]
        lines += [f"  {reason.message} [{reason.code}]" for reason in proposal.reasons] or ["  proved from the text"]
    else:
        lines += ["  no plan:", *(f"  {reason.message} [{reason.code}]" for reason in proposal.reasons)]
    if proposal.calls:
        lines.append(f"  {proposal.calls} calls of the model, {proposal.tokens} tokens, {proposal.seconds:.1f} s")
    return "\n".join(lines) + "\n"

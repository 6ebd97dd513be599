"""What a worker can do. What a task needs is imported when it runs: an analysis worker never loads the verifier."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ...analysis.facts import Language
from ...codegen.edit import Edit
from ...reasoning.plan import Plan
from ...verification.evidence import Evidence
from ..engine.discovery import language_of
from ..engine.judgement import JudgedLoop, Judgement
from .telling import Teller

if TYPE_CHECKING:
    from ..engine.verify import VerifiedFile


class TaskFailed(Exception):
    """The task cannot be done, for a reason that is the user's to know; `str()` says it."""


class FilePath(msgspec.Struct):
    path: str


class Text(msgspec.Struct):
    """A text to judge. Where `language` is None the name tells; `path` is where it is or will be, for its flags; `held`
    is the telling of it (`telling.py`) that the server holds."""

    text: bytes
    language: Language | None = None
    path: str | None = None
    held: str | None = None


class AskModel(msgspec.Struct):
    """How a model is asked, where there is one: see `engine.models.choose_model`."""

    strategy: str
    model: str | None = None
    endpoint: str | None = None


class ProposeLoop(msgspec.Struct):
    """A loop of a text for which a model is to be asked for a plan; nothing is compiled or run."""

    path: str | None
    text: bytes
    loop: str
    ask: AskModel
    language: Language | None = None


class ProposedLoop(msgspec.Struct):
    """The loop with the model's plan, a candidate; None where it has none to add."""

    loop: JudgedLoop | None = None


class VerifyText(msgspec.Struct):
    """A loop of a text whose plan is to be verified; `path` is where the text is, or would be. `plan` is a model's, in
    place of the static planner's, which is tried after it.

    Where the checks do not confirm the plan, others are tried: copies of what is undecided, then a model's.
    """

    path: str
    text: bytes
    loop: str
    language: Language | None = None
    no_sandbox: bool = False
    ask: AskModel | None = None
    plan: Plan | None = None


class VerifyWhole(msgspec.Struct):
    """Several loops of a text, by id, whose plans are to be verified, each alone and all together. `plans` are a
    model's, by loop id, in place of the static planner's."""

    path: str
    text: bytes
    loops: tuple[str, ...]
    language: Language | None = None
    no_sandbox: bool = False
    plans: dict[str, Plan] = {}


class VerifiedLoop(msgspec.Struct):
    """The evidence, the edit that inserts the plan where it passed, and the loop as the evidence leaves it."""

    evidence: Evidence
    loop: JudgedLoop
    edit: Edit | None = None


class VerifiedWhole(msgspec.Struct):
    """What came of the loops of one text: evidence, and why no pragma can be placed, by loop id; the loops as the
    evidence leaves them; the loops that the edit inserts pragmas at, of which each passed alone and all together."""

    evidence: dict[str, Evidence] = {}
    refused: dict[str, str] = {}
    loops: tuple[JudgedLoop, ...] = ()
    inserted: tuple[str, ...] = ()
    edit: Edit | None = None


class LoopReport(msgspec.Struct):
    """A loop of a text that is to be reported on; `name` is what the page calls the file, `evidence` is by loop id."""

    path: str
    name: str
    text: bytes
    loop: str
    language: Language | None = None
    evidence: dict[str, Evidence] = {}


class Report(msgspec.Struct):
    html: str


class VerificationStep(msgspec.Struct):
    """Progress of a verification: what is being done, and what share of the whole is done (0 to 1)."""

    words: str
    share: float | None = None


Progress = Callable[[object], None]


class Task(NamedTuple):
    """`run` may return an awaitable of its result; `load` imports what it would import."""

    params: type
    run: Callable[[Any, Progress], Any]
    load: Callable[[], None] = lambda: None


def _judge_file(params: FilePath, _: Progress) -> object:
    from ..engine.files import judge_file

    return judge_file(params.path)


def _load_judging() -> None:
    from ..engine import files, headers, versions  # noqa: F401


_teller = Teller()


def _tell_text(params: Text, _: Progress) -> object:
    from ..engine.files import in_its_project
    from ..engine.headers import surroundings_of
    from ..engine.versions import judge_version

    language = params.language or language_of(params.path or "", params.text)
    judgement = judge_version(params.path, params.text, language, surroundings_of(params.path, params.text))
    if params.path is not None:
        judgement = in_its_project(judgement, params.path)
    return _teller.tell(params.path, judgement, params.held)


async def _propose(params: ProposeLoop, _: Progress) -> ProposedLoop:
    from ...reasoning.runtimes.protocol import ModelError
    from ..engine.headers import surroundings_of
    from ..engine.judgement import told
    from ..engine.model_planning import Asked
    from ..engine.models import choose_model
    from ..engine.quick_planning import plan_quickly
    from ..engine.versions import judge_version

    language = params.language or language_of(params.path or "", params.text)
    judgement = judge_version(params.path, params.text, language, surroundings_of(params.path, params.text))
    loop = next((each for each in judgement.loops if each.facts.id == params.loop), None)
    if loop is None:
        return ProposedLoop()
    try:
        source = choose_model(params.ask.model, params.ask.endpoint)
        if source is None:
            raise TaskFailed(f"{params.ask.strategy} asks a model, and there is none: see `pragmatist models`")
        planned = await plan_quickly(judgement, loop, Asked(params.ask.strategy, source))
    except ModelError as error:
        raise TaskFailed(str(error)) from None
    if planned is None:
        return ProposedLoop()
    return ProposedLoop(told(msgspec.structs.replace(judgement, loops=(planned,))).loops[0])


def _load_proposing() -> None:
    from ..engine import models, quick_planning, versions  # noqa: F401


async def _verify(params: VerifyText, progress: Progress) -> VerifiedLoop:
    from ..engine.verify import with_evidence

    static = _judgement(params)
    tried: list[tuple[Judgement, VerifiedFile]] = []
    for judgement in (static,) if params.plan is None else (_replanned(static, {params.loop: params.plan}), static):
        loops = [loop for loop in judgement.loops if loop.facts.id == params.loop and loop.verdict.plan is not None]
        if loops:
            tried.append((judgement, await _verified(params, judgement, loops, progress, asked=True)))
            if _passed(tried[-1][1], params.loop):
                break
    if not tried:
        raise TaskFailed("the analysis no longer has a plan for this loop")
    best = tried[0]  # the one that the person saw, unless another passes
    if _passed(tried[-1][1], params.loop):
        best = tried[-1]
    elif (planned := await _planned_further(params, tried[-1][0], progress)) is not None:
        again = [loop for loop in planned.loops if loop.facts.id == params.loop]
        other = await _verified(params, planned, again, progress, asked=True)
        best = (planned, other) if _passed(other, params.loop) else best
    judgement, verified = best
    if params.loop in verified.refused:
        raise TaskFailed(verified.refused[params.loop])
    settled = with_evidence(judgement, verified)
    (loop,) = (loop for loop in settled.loops if loop.facts.id == params.loop)
    return VerifiedLoop(verified.evidence[params.loop], loop, verified.edit)


def _passed(verified: VerifiedFile, loop: str) -> bool:
    evidence = verified.evidence.get(loop)
    return evidence is not None and evidence.verdict == "passed"


def _replanned(judgement: Judgement, plans: Mapping[str, Plan]) -> Judgement:
    """The judgement with these plans, by loop id, as far as the facts allow them."""
    from ..engine.judge import with_plan

    made = {loop: with_plan(each, plans[loop]) for each in judgement.loops if (loop := each.facts.id) in plans}
    loops = (made.get(each.facts.id, each) for each in judgement.loops)
    kept = (new if new.verdict.plan is not None else old for new, old in zip(loops, judgement.loops, strict=True))
    return msgspec.structs.replace(judgement, loops=tuple(kept))


async def _planned_further(params: VerifyText, judgement: Judgement, progress: Progress) -> Judgement | None:
    """The judgement with another plan for the loop, of the rule or the model; None where neither has one."""
    from ...reasoning.runtimes.protocol import ModelError
    from ..engine.model_planning import Asked, plan_further
    from ..engine.models import choose_model
    from ..engine.trying import Checks

    def tell(words: str, share: float | None) -> None:
        progress(VerificationStep(words, share))

    def fail(error: ModelError) -> None:
        tell(str(error), None)
        print(error, file=sys.stderr)

    asked = None
    try:
        if params.ask is not None and (source := choose_model(params.ask.model, params.ask.endpoint)) is not None:
            asked = Asked(params.ask.strategy, source)
    except ModelError as error:
        fail(error)  # the rule needs no model
    try:
        planned, proposals = await plan_further(
            params.path,
            params.text,
            judgement,
            asked,
            Checks((), params.no_sandbox),
            only=params.loop,
            progress=tell,
        )
    except ModelError as error:
        fail(error)
        return None
    proposal = proposals.get(params.loop)
    return planned if proposal is not None and proposal.plan is not None else None


async def _verify_whole(params: VerifyWhole, progress: Progress) -> VerifiedWhole:
    from ..engine.verify import with_evidence

    judgement = _replanned(_judgement(params), params.plans)
    loops = [loop for loop in judgement.loops if loop.facts.id in params.loops and loop.verdict.plan is not None]
    if not loops:
        return VerifiedWhole()
    verified = await _verified(params, judgement, loops, progress, asked=False)
    settled = with_evidence(judgement, verified)
    return VerifiedWhole(
        verified.evidence,
        verified.refused,
        tuple(loop for loop in settled.loops if loop.facts.id in verified.evidence),
        verified.inserted,
        verified.edit,
    )


def _report(params: LoopReport, _: Progress) -> Report:
    from ..engine.verify import VerifiedFile, with_evidence
    from ..report.page import report_html

    judgement = with_evidence(_judgement(params), VerifiedFile(evidence=params.evidence))
    try:
        return Report(report_html(params.name, params.text, judgement, params.loop, evidence=params.evidence))
    except KeyError:
        raise TaskFailed("the text no longer has this loop") from None


def _judgement(params: VerifyText | VerifyWhole | LoopReport) -> Judgement:
    from ..engine.headers import surroundings_of
    from ..engine.judge import judge_text

    language = params.language or language_of(params.path, params.text)
    return judge_text(params.text, language, surroundings_of(params.path, params.text))


async def _verified(
    params: VerifyText | VerifyWhole,
    judgement: Judgement,
    loops: list[JudgedLoop],
    progress: Progress,
    *,
    asked: bool,
) -> VerifiedFile:
    """`asked`: a person asked for this very loop, and is told if it is no faster or right under conditions only."""
    from ...verification.flags import UnsafeFlag
    from ...verification.sandbox import SandboxUnavailable
    from ..engine.project_settings import BadSettings
    from ..engine.verify import verify_loops

    try:
        return await verify_loops(
            params.path,
            params.text,
            judgement,
            loops,
            no_sandbox=params.no_sandbox,
            keep_slower=asked,
            assume_no_overlap=asked,
            progress=lambda words, share: progress(VerificationStep(words, share)),
        )
    except (SandboxUnavailable, UnsafeFlag, BadSettings) as error:
        raise TaskFailed(str(error)) from None


TASKS = {
    "propose": Task(ProposeLoop, _propose, _load_proposing),
    "verify": Task(VerifyText, _verify),
    "verify_whole": Task(VerifyWhole, _verify_whole),
    "report": Task(LoopReport, _report),
    "judge_file": Task(FilePath, _judge_file),
    "tell_text": Task(Text, _tell_text, _load_judging),
}

"""What a worker can do. What a task needs is imported when it runs: an analysis worker never loads the verifier."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ...analysis.facts import Language
from ...codegen.edit import Edit
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


class VerifyText(msgspec.Struct):
    """A loop of a text whose plan is to be verified; `path` is where the text is, or would be.

    Where the checks do not confirm the plan, others are tried: copies of what is undecided, then a model's.
    """

    path: str
    text: bytes
    loop: str
    language: Language | None = None
    no_sandbox: bool = False
    ask: AskModel | None = None


class VerifyWhole(msgspec.Struct):
    """Several loops of a text, by id, whose plans are to be verified, each alone and all together."""

    path: str
    text: bytes
    loops: tuple[str, ...]
    language: Language | None = None
    no_sandbox: bool = False


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
    """A loop of a text that is to be reported on; `path` is what the page calls the file, `evidence` is by loop id."""

    path: str
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


async def _verify(params: VerifyText, progress: Progress) -> VerifiedLoop:
    from ..engine.verify import with_evidence

    judgement = _judgement(params)
    loops = [loop for loop in judgement.loops if loop.facts.id == params.loop and loop.verdict.plan is not None]
    if not loops:
        raise TaskFailed("the analysis no longer has a plan for this loop")
    verified = await _verified(params, judgement, loops, progress, asked=True)
    evidence = verified.evidence.get(params.loop)
    if evidence is None or evidence.verdict != "passed":
        planned = await _planned_further(params, judgement, progress)
        if planned is not None:
            again = [loop for loop in planned.loops if loop.facts.id == params.loop]
            other = await _verified(params, planned, again, progress, asked=True)
            if params.loop in other.evidence and other.evidence[params.loop].verdict == "passed":
                judgement, verified = planned, other
    if params.loop in verified.refused:
        raise TaskFailed(verified.refused[params.loop])
    settled = with_evidence(judgement, verified)
    (loop,) = (loop for loop in settled.loops if loop.facts.id == params.loop)
    return VerifiedLoop(verified.evidence[params.loop], loop, verified.edit)


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

    judgement = _judgement(params)
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
        return Report(report_html(params.path, params.text, judgement, params.loop, evidence=params.evidence))
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
    "verify": Task(VerifyText, _verify),
    "verify_whole": Task(VerifyWhole, _verify_whole),
    "report": Task(LoopReport, _report),
    "judge_file": Task(FilePath, _judge_file),
    "tell_text": Task(Text, _tell_text, _load_judging),
}

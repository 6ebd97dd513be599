"""What a worker can do. What a task needs is imported when it runs: an analysis worker never loads the verifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from ...analysis.facts import Language
from ...codegen.edit import Edit
from ...verification.evidence import Evidence
from ..engine.discovery import language_of


class TaskFailed(Exception):
    """The task cannot be done, for a reason that is the user's to know; `str()` says it."""


class FilePath(msgspec.Struct):
    path: str


class Text(msgspec.Struct):
    """A text to judge. Where `language` is None the name tells; `path` is where it is or will be, for its flags."""

    text: bytes
    language: Language | None = None
    path: str | None = None


class VerifyText(msgspec.Struct):
    """A loop of a text whose plan is to be verified; `path` is where the text is, or would be."""

    path: str
    text: bytes
    loop: str
    language: Language | None = None
    no_sandbox: bool = False


class VerifiedLoop(msgspec.Struct):
    """The evidence, and the edit that inserts the plan where it passed."""

    evidence: Evidence
    edit: Edit | None = None


class VerificationStep(msgspec.Struct):
    """Progress of a verification: what is being done, and what share of the whole is done (0 to 1)."""

    words: str
    share: float | None = None


Progress = Callable[[object], None]


class Task(NamedTuple):
    """`run` may return an awaitable of its result."""

    params: type
    run: Callable[[Any, Progress], Any]


def _judge_file(params: FilePath, _: Progress) -> object:
    from ..engine.files import judge_file

    return judge_file(params.path)


def _judge_text(params: Text, _: Progress) -> object:
    from ..engine.files import in_its_project
    from ..engine.headers import surroundings_of
    from ..engine.versions import judge_version

    language = params.language or language_of(params.path or "", params.text)
    judgement = judge_version(params.path, params.text, language, surroundings_of(params.path, params.text))
    return in_its_project(judgement, params.path) if params.path is not None else judgement


async def _verify(params: VerifyText, progress: Progress) -> VerifiedLoop:
    from ...verification.sandbox import SandboxUnavailable
    from ..engine.headers import surroundings_of
    from ..engine.judge import judge_text
    from ..engine.project_settings import BadSettings
    from ..engine.verify import verify_loops

    language = params.language or language_of(params.path, params.text)
    judgement = judge_text(params.text, language, surroundings_of(params.path, params.text))
    loops = [loop for loop in judgement.loops if loop.facts.id == params.loop and loop.verdict.plan is not None]
    if not loops:
        raise TaskFailed("the analysis no longer has a plan for this loop")
    try:
        verified = await verify_loops(
            params.path,
            params.text,
            judgement,
            loops,
            no_sandbox=params.no_sandbox,
            keep_slower=True,  # the person asked for this loop
            assume_no_overlap=True,  # and is told
            progress=lambda words, share: progress(VerificationStep(words, share)),
        )
    except (SandboxUnavailable, BadSettings) as error:
        raise TaskFailed(str(error)) from None
    if params.loop in verified.refused:
        raise TaskFailed(verified.refused[params.loop])
    return VerifiedLoop(verified.evidence[params.loop], verified.edit)


TASKS = {
    "verify": Task(VerifyText, _verify),
    "judge_file": Task(FilePath, _judge_file),
    "judge_text": Task(Text, _judge_text),
}

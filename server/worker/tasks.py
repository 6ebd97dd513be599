"""What a worker can do. What a task needs is imported when it runs: an analysis worker never loads the verifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from ...analysis.facts import Language


class TaskFailed(Exception):
    """The task cannot be done, for a reason that is the user's to know; `str()` says it."""


class FilePath(msgspec.Struct):
    path: str


class Text(msgspec.Struct):
    """A text to judge. Where `language` is None the name tells; `path` is where it is or will be, for its flags."""

    text: bytes
    language: Language | None = None
    path: str | None = None


Progress = Callable[[object], None]


class Task(NamedTuple):
    """`run` may return an awaitable of its result."""

    params: type
    run: Callable[[Any, Progress], Any]


def _judge_file(params: FilePath, _: Progress) -> object:
    from ..engine.sweep import judge_file

    return judge_file(params.path)


def _judge_text(params: Text, _: Progress) -> object:
    from ..engine.compile_commands import flags_for
    from ..engine.discovery import language_of
    from ..engine.judge import judge_text

    language = params.language or language_of(params.path or "", params.text)
    defines = flags_for(params.path).defines if params.path else {}
    return judge_text(params.text, language, defines)


TASKS = {
    "judge_file": Task(FilePath, _judge_file),
    "judge_text": Task(Text, _judge_text),
}

"""One file from its path to its judgement."""

from __future__ import annotations

import msgspec

from ...analysis.facts import Language
from .discovery import language_of
from .headers import surroundings_of
from .judge import judge_text
from .judgement import Judgement
from .reading import Unreadable, read_source


class FileJudgement(msgspec.Struct):
    """A judgement of a file, or the problem that kept it from being read."""

    language: Language
    judgement: Judgement | None = None
    problem: str | None = None


class JudgedFile(msgspec.Struct):
    """What came out for one of the files asked about: `path` opens it, `shown` is what it is called."""

    path: str
    shown: str
    language: Language
    judgement: Judgement | None = None
    problem: str | None = None


def judge_file(path: str) -> FileJudgement:
    """Read and judge one file. Never raises for what the file is."""
    try:
        text = read_source(path)
    except Unreadable as error:
        return FileJudgement(language_of(path), problem=str(error))
    language = language_of(path, text)
    return FileJudgement(language, judge_text(text, language, surroundings_of(path, text)))

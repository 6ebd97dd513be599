"""One file from its path to its judgement."""

from __future__ import annotations

import msgspec

from ...analysis.facts import Language
from .discovery import SourcePath, language_of
from .headers import surroundings_of
from .judge import judge_text
from .judgement import Judgement
from .project_settings import BadSettings, while_editing
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

    @classmethod
    def of(cls, source: SourcePath, answer: FileJudgement) -> JudgedFile:
        return cls(source.path, source.shown, answer.language, answer.judgement, answer.problem)


def judge_file(path: str) -> FileJudgement:
    """Read and judge one file. Never raises for what the file is."""
    try:
        text = read_source(path)
    except Unreadable as error:
        return FileJudgement(language_of(path), problem=str(error))
    language = language_of(path, text)
    return FileJudgement(language, in_its_project(judge_text(text, language, surroundings_of(path, text)), path))


def in_its_project(judgement: Judgement, path: str) -> Judgement:
    """The judgement with what the project of the file says of it, or what is wrong with the project's settings."""
    try:
        said = while_editing(path)
    except BadSettings as error:
        return msgspec.structs.replace(judgement, settings_problem=str(error))
    if not said.disabled and said.quick_pass is None:
        return judgement
    return msgspec.structs.replace(judgement, disabled=said.disabled, quick_pass=said.quick_pass)

"""`pragmatist check`: judge every loop of the files given."""

from __future__ import annotations

import argparse

from ..answers import ANSWER_VERSION, Answer, file_answer, unreadable_answer
from ..engine.discovery import find_sources
from ..engine.sweep import JudgedFile, judge_files
from . import USAGE_ERROR
from .output import complain, write_out
from .progress import file_progress


def run(arguments: argparse.Namespace) -> int:
    sources, problems = find_sources(arguments.paths)
    for path, problem in problems:
        complain(f"{path}: {problem}")
    if not sources and not problems:
        complain(f"no C or C++ files in {', '.join(arguments.paths)}")
    with file_progress(len(sources), "judging") as done:
        files = judge_files(sources, done)
    for file in files:
        if file.problem is not None:
            complain(f"{file.path}: {file.problem}")
    if arguments.format == "json":
        import msgspec

        write_out(msgspec.json.encode(answer(files)) + b"\n")
    else:
        from .check_text import render

        for text in render(files):
            write_out(text)
    return exit_code(files, bool(problems), arguments.fail_on)


def answer(files: list[JudgedFile]) -> Answer:
    return Answer(
        ANSWER_VERSION,
        [
            file_answer(file.shown, file.judgement)
            if file.judgement is not None
            else unreadable_answer(file.shown, file.language, file.problem or "")
            for file in files
        ],
    )


def exit_code(files: list[JudgedFile], problems: bool, fail_on: str) -> int:
    """2 where something could not be looked at, else 1 where something needs attention, else 0."""
    judgements = [file.judgement for file in files if file.judgement is not None]
    if problems or len(judgements) < len(files) or any(judgement.failed for judgement in judgements):
        return USAGE_ERROR
    racy = any(directive.verdict == "race" for judgement in judgements for directive in judgement.directives)
    insertable = any(
        loop.verdict.verdict == "parallel" and loop.pragma for judgement in judgements for loop in judgement.loops
    )
    return int(racy or (fail_on == "parallel" and insertable))

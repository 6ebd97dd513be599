"""`pragmatist check`: judge every loop of the files given."""

from __future__ import annotations

import argparse

from ..answers import ANSWER_VERSION, Answer, file_answer, unreadable_answer
from ..engine.files import JudgedFile
from ..engine.switches import reported
from .exits import ATTENTION, FAILED, WELL
from .judging import judge_paths
from .output import write_out


def run(arguments: argparse.Namespace) -> int:
    files, complete = judge_paths(arguments.paths)
    for file in files:
        if file.judgement is not None:
            file.judgement = reported(file.judgement)
    if arguments.format == "json":
        import msgspec

        write_out(msgspec.json.encode(answer(files)) + b"\n")
    else:
        from .check_text import render

        for text in render(files):
            write_out(text)
    return FAILED if not complete else ATTENTION if _needs_attention(files, arguments.fail_on) else WELL


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


def _needs_attention(files: list[JudgedFile], fail_on: str) -> bool:
    judgements = [file.judgement for file in files if file.judgement is not None]
    racy = any(directive.verdict == "race" for judgement in judgements for directive in judgement.directives)
    insertable = any(
        loop.verdict.verdict == "parallel" and loop.pragma for judgement in judgements for loop in judgement.loops
    )
    return racy or (fail_on == "parallel" and insertable)

"""`pragmatist fix`: plan, verify, and show or write the edit whose evidence holds."""

from __future__ import annotations

import argparse
import asyncio

import msgspec

from ...codegen.diff import unified_diff
from ...codegen.errors import CodegenError
from ...codegen.write import write_edit
from ...reasoning.runtimes.protocol import ModelError
from ..answers import ANSWER_VERSION, Answer, FileAnswer, file_answer, unreadable_answer
from ..engine.files import JudgedFile
from ..engine.fix import FixedFile, fix_file
from ..engine.model_planning import Asked
from .exits import FAILED, WELL
from .judging import judge_paths
from .model_choice import Unsuited, model_source
from .output import complain, write_out
from .progress import Report, step_progress


def run(arguments: argparse.Namespace) -> int:
    try:
        asked = _asked(arguments)
        files, complete = judge_paths(arguments.paths)
        with step_progress() as report:
            fixed = asyncio.run(_fix(files, arguments, asked, report))
    except (ModelError, Unsuited) as error:
        complain(str(error))
        return FAILED
    for each in fixed:
        if each is not None and each.problem is not None:
            complain(f"{each.file.path}: {each.problem}")
            complete = False
    if arguments.write:
        for each in fixed:
            complete = (each is None or _write(each)) and complete
    _show(files, fixed, arguments)
    return WELL if complete else FAILED


def _asked(arguments: argparse.Namespace) -> Asked | None:
    source = model_source(arguments)
    return None if source is None else Asked(arguments.strategy, source)


async def _fix(
    files: list[JudgedFile], arguments: argparse.Namespace, asked: Asked | None, report: Report
) -> list[FixedFile | None]:
    fixed = []
    for file in files:
        fixed.append(
            await fix_file(
                file,
                arguments=arguments.program_arguments,
                no_sandbox=arguments.no_sandbox,
                keep_slower=arguments.keep_slower,
                assume_no_overlap=arguments.assume_no_overlap,
                asked=asked,
                progress=lambda words, share, shown=file.shown: report(f"{shown}: {words}", share),
            )
        )
    return fixed


def _write(fixed: FixedFile) -> bool:
    edit = fixed.verified.edit
    if edit is None:
        return True
    try:
        write_edit(edit)
    except CodegenError as error:
        complain(str(error))
        return False
    return True


def _show(files: list[JudgedFile], fixed: list[FixedFile | None], arguments: argparse.Namespace) -> None:
    if arguments.format == "json":
        answers = [_answer(file, each) for file, each in zip(files, fixed, strict=True)]
        write_out(msgspec.json.encode(Answer(ANSWER_VERSION, answers)) + b"\n")
    elif arguments.diff:
        for each in fixed:
            if each is not None and each.verified.edit is not None:
                write_out(unified_diff(each.text, each.verified.edit))
    else:
        from .fix_text import render

        for text in render([each for each in fixed if each is not None], written=arguments.write):
            write_out(text)


def _answer(file: JudgedFile, fixed: FixedFile | None) -> FileAnswer:
    if fixed is None:
        return unreadable_answer(file.shown, file.language, file.problem or "")
    return file_answer(file.shown, fixed.reported(), fixed.verified.evidence)

"""`pragmatist report FILE:LINE -o OUT.html`: the page about one loop."""

from __future__ import annotations

import argparse
import asyncio

import msgspec

from ...analysis.facts import FileFacts
from ...reasoning.runtimes.protocol import ModelError
from ...reasoning.strategies.protocol import Proposal
from ...verification.evidence import Evidence
from ..engine.discovery import language_of
from ..engine.headers import surroundings_of
from ..engine.judge import judge_text, with_plan
from ..engine.judgement import JudgedLoop, Judgement
from ..engine.loop_at import NoSuchLoop, loop_at
from ..engine.project_settings import BadSettings
from ..engine.propose import propose
from ..engine.reading import Unreadable, read_source
from ..engine.verify import VerifiedFile, stored_evidence, with_evidence
from ..report.file import CannotWriteReport, write_report
from ..report.page import report_html
from ..words import headline
from .exits import FAILED, WELL
from .loop_name import BadLoopName, file_and_line
from .model_choice import Unsuited, model_source
from .output import complain, write_out
from .terminal import printable


def run(arguments: argparse.Namespace) -> int:
    try:
        path, line = file_and_line(arguments.loop)
        model = model_source(arguments)
    except (BadLoopName, ModelError, Unsuited) as error:
        complain(str(error))
        return FAILED
    try:
        text = read_source(path)
        judgement = judge_text(text, language_of(path, text), surroundings_of(path, text))
        loop = loop_at([each.facts for each in judgement.loops], line)
        proposal = None
        if model is not None:
            facts = FileFacts(judgement.language, tuple(each.facts for each in judgement.loops))
            proposal = propose(facts, loop, arguments.strategy, model)
            judgement = _with_proposal(judgement, loop.id, proposal)
    except (Unreadable, NoSuchLoop) as error:
        complain(f"{path}: {error}")
        return FAILED
    except ModelError as error:
        complain(str(error))
        return FAILED
    evidence = _evidence(path, text, judgement, loop.id, arguments.program_arguments)
    judgement = with_evidence(judgement, VerifiedFile(evidence=evidence))
    page = report_html(path, text, judgement, loop.id, evidence=evidence, proposal=proposal)
    return _write(arguments.output, page, f"{path}:{loop.keyword.line}: {headline(_named(judgement, loop.id))}")


def _with_proposal(judgement: Judgement, loop: str, proposal: Proposal) -> Judgement:
    """Where a model has a plan, the page is about that one, and so is the evidence."""
    plan = proposal.plan
    if plan is None:
        return judgement
    loops = tuple(with_plan(each, plan) if each.facts.id == loop else each for each in judgement.loops)
    return msgspec.structs.replace(judgement, loops=loops)


def _named(judgement: Judgement, loop: str) -> JudgedLoop:
    return next(each for each in judgement.loops if each.facts.id == loop)


def _evidence(path: str, text: bytes, judgement: Judgement, loop: str, arguments: list[str]) -> dict[str, Evidence]:
    """What is stored, by loop id. A page without it is better than none."""
    try:
        found = asyncio.run(stored_evidence(path, text, judgement, _named(judgement, loop), arguments=arguments))
    except BadSettings as error:
        complain(f"no evidence was looked for: {error}")
        return {}
    return {} if found is None else {loop: found}


def _write(output: str, page: str, words: str) -> int:
    if output == "-":
        write_out(page)
        return WELL
    try:
        write_report(output, page)
    except CannotWriteReport as error:
        complain(str(error))
        return FAILED
    write_out(f"{printable(words)}\n{printable(output)}: written\n")
    return WELL

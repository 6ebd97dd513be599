"""One loop, one strategy: a proposal. The static planner answers as a strategy does, without a model."""

from __future__ import annotations

import time

from ...analysis.analyze import analyze
from ...analysis.facts import FileFacts, Language, LoopFacts
from ...reasoning.checker import check_plan
from ...reasoning.planner import plan_statically, why_no_plan
from ...reasoning.runtimes.opening import ModelSource
from ...reasoning.strategies.protocol import Proposal
from ...verification.certificates import CertificateStore
from .headers import surroundings_of


class NoSuchLoop(Exception):
    """There is no loop at the line; `str()` says where loops are."""


def facts_of_file(path: str, text: bytes, language: Language) -> FileFacts:
    around = surroundings_of(path, text)
    return analyze(text, language, defines=around.defines, headers=around.headers)


def loop_at(facts: FileFacts, line: int) -> LoopFacts:
    """The loop whose keyword stands on the line (1-based), else the innermost loop around it. Raises `NoSuchLoop`."""
    around: LoopFacts | None = None
    for loop in facts.loops:  # source order: inner loops come after the loops around them
        if loop.keyword.line == line:
            return loop
        if loop.place.line <= line <= loop.place.end_line:
            around = loop
    if around is not None:
        return around
    lines = ", ".join(str(loop.keyword.line) for loop in facts.loops)
    raise NoSuchLoop(
        f"there is no loop at line {line}; " + (f"loops begin at {lines}" if lines else "nor anywhere else")
    )


def propose(facts: FileFacts, loop: LoopFacts, strategy: str, model: ModelSource | None) -> Proposal:
    """A plan for the loop and what speaks against it. Raises the model runtimes' `ModelError` with words."""
    if strategy == "static":
        return _propose_statically(facts, loop)
    from ...reasoning.propose import propose_plan

    assert model is not None
    return propose_plan(loop, strategy=strategy, model=model, nest=facts.loops, store=KeptAnswers())


def _propose_statically(facts: FileFacts, loop: LoopFacts) -> Proposal:
    started = time.monotonic()
    plan = plan_statically(loop, inner=facts.loops)
    reasons = check_plan(plan, loop) if plan is not None else why_no_plan(loop)
    return Proposal(plan, reasons, "static", calls=0, tokens=0, seconds=time.monotonic() - started)


class KeptAnswers:
    """Models' answers in the certificate store."""

    def __init__(self) -> None:
        self._store = CertificateStore()

    def get(self, key: str) -> bytes | None:
        return self._store.get("answer", key, bytes)

    def put(self, key: str, value: bytes) -> None:
        self._store.put("answer", key, value)

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


def facts_of_file(path: str, text: bytes, language: Language) -> FileFacts:
    around = surroundings_of(path, text)
    return analyze(text, language, defines=around.defines, headers=around.headers)


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

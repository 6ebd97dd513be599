"""Keeping answers: the key under which a proposal is kept, and what a store of them must offer.

A key is a pure function of everything that can change the answer. Where the loop stands in its file is not part of
it, so that an edit above the loop does not make the model be asked again.
"""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import msgspec

from ..analysis.facts import LoopFacts
from .prompts.abstract import VERSION
from .runtimes.protocol import Runtime
from .schema import Target, plan_schema
from .strategies.protocol import Budget, Proposal, Strategy, Verifier

_PLACES = frozenset({"id", "parent", "place", "keyword", "body", "source", "sink", "line", "column"})


class AnswerStore(Protocol):
    """Keeps bytes by key; whatever it loses is asked again."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...


def answer_key(
    facts: LoopFacts,
    abstract: str,
    strategy: Strategy,
    runtime: Runtime,
    budget: Budget,
    *,
    target: Target = "cpu",
    verifier: str = "plan",
) -> str:
    """Hexadecimal SHA-256 of facts (without places), prompts, model, runtime, budget, and the verifier's name."""
    parts: list[Any] = [
        _without_places(msgspec.to_builtins(facts)),
        abstract,
        VERSION,
        plan_schema(facts, target=target),
        strategy.name,
        list(strategy.prompts),
        runtime.runtime,
        runtime.model,
        runtime.digest,
        msgspec.to_builtins(budget),
        target,
        verifier,
    ]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def keep_answer(store: AnswerStore, key: str, proposal: Proposal) -> None:
    store.put(key, msgspec.json.encode(proposal))


def kept_answer(store: AnswerStore, key: str, facts: LoopFacts, verifier: Verifier) -> Proposal | None:
    """The kept proposal, its plan verified anew; None where there is none or its plan does not stand any more."""
    data = store.get(key)
    if data is None:
        return None
    try:
        proposal = msgspec.json.decode(data, type=Proposal)
    except msgspec.DecodeError:
        return None  # written by another version
    if proposal.plan is None:
        return msgspec.structs.replace(proposal, cached=True)
    plan = msgspec.structs.replace(proposal.plan, loop=facts.id)
    rejections = verifier(plan)
    if any(rejection.refuted for rejection in rejections):
        return None
    return msgspec.structs.replace(proposal, plan=plan, reasons=rejections, cached=True)


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_places(one) for key, one in value.items() if key not in _PLACES}
    if isinstance(value, list | tuple):
        return [_without_places(one) for one in value]
    return value

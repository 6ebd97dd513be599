"""What a model proposes for the loops of the open texts: candidates, each about one version of one text."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...reasoning.plan import Plan
from ..engine.judgement import JudgedLoop, Judgement
from .documents import Document


class Proposed:
    """The loops of the newest text that was asked about, with the model's plans, by URI."""

    def __init__(self) -> None:
        self._loops: dict[str, tuple[str, dict[str, JudgedLoop]]] = {}

    def put(self, document: Document, judgement: Judgement, loops: Mapping[str, JudgedLoop]) -> None:
        self._loops[document.uri] = (judgement.digest, dict(loops))

    def forget(self, uri: str) -> None:
        self._loops.pop(uri, None)

    def in_place(self, document: Document, judgement: Judgement) -> Judgement:
        """The judgement with the model's plans in place of the static planner's."""
        digest, proposed = self._loops.get(document.uri, ("", {}))
        if digest != judgement.digest or not proposed:
            return judgement
        loops = tuple(proposed.get(loop.facts.id, loop) for loop in judgement.loops)
        return msgspec.structs.replace(judgement, loops=loops)

    def plans(self, document: Document, judgement: Judgement) -> dict[str, Plan]:
        """The model's plans for this text, by loop id."""
        digest, proposed = self._loops.get(document.uri, ("", {}))
        if digest != judgement.digest:
            return {}
        return {loop: each.verdict.plan for loop, each in proposed.items() if each.verdict.plan is not None}

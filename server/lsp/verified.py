"""What is known of the open texts beside their analysis: what a model proposes, and what was verified.

Evidence is about one text in one place, and is shown of that alone. The text that an accepted edit gives was verified
as well, since the checks ran on it: its loops keep their evidence.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...codegen.edit import Edit, apply_changes, text_digest
from ...reasoning.plan import Verdict
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop, Judgement
from .documents import Document
from .proposed import Proposed

MOST = 512  # loops

_Key = tuple[str, str, str]


class Verified:
    """Evidence and settled loops by URI, text digest and loop id; the oldest are forgotten first.

    `proposed` are the candidates that a model has, which evidence settles as it does the static planner's.
    """

    def __init__(self) -> None:
        self.proposed = Proposed()
        self._evidence: dict[_Key, Evidence] = {}
        self._loops: dict[_Key, JudgedLoop] = {}

    def add(self, document: Document, evidence: Evidence, loop: JudgedLoop) -> None:
        """`loop` is of this text, as the evidence leaves it."""
        self._put((document.uri, text_digest(document.text), loop.facts.id), evidence, loop)

    def inserted(self, document: Document, edit: Edit, loops: Iterable[str]) -> None:
        """The edit, which was given away, inserts the plans of these loops: what is known holds for the new text."""
        before, after = text_digest(document.text), text_digest(apply_changes(document.text, edit.changes))
        for loop in loops:
            if (evidence := self._evidence.get((document.uri, before, loop))) is not None:
                self._put((document.uri, after, loop), evidence, None)

    def of(self, document: Document, judgement: Judgement) -> dict[str, Evidence]:
        """What is known of this text, by loop id."""
        if not self._evidence:
            return {}
        keys = ((document.uri, judgement.digest, loop.facts.id) for loop in judgement.loops)
        return {key[2]: self._evidence[key] for key in keys if key in self._evidence}

    def settled(self, document: Document, judgement: Judgement) -> Judgement:
        """The judgement with what is proposed, as the evidence leaves it."""
        known = self.of(document, judgement)
        judgement = self.proposed.in_place(document, judgement)
        if not known:
            return judgement
        place = (document.uri, judgement.digest)
        loops = tuple(
            self._settled(loop, (*place, loop.facts.id), known[loop.facts.id]) if loop.facts.id in known else loop
            for loop in judgement.loops
        )
        return msgspec.structs.replace(judgement, loops=loops)

    def _settled(self, loop: JudgedLoop, key: _Key, evidence: Evidence) -> JudgedLoop:
        if (settled := self._loops.get(key)) is not None:
            return settled
        if evidence.verdict == "passed" and loop.verdict.verdict == "candidate":  # the directive above it is the plan
            return msgspec.structs.replace(loop, verdict=Verdict("parallel", "verified", loop.verdict.plan))
        return loop

    def _put(self, key: _Key, evidence: Evidence, loop: JudgedLoop | None) -> None:
        self._evidence.pop(key, None)
        while len(self._evidence) >= MOST:
            oldest = next(iter(self._evidence))
            del self._evidence[oldest]
            self._loops.pop(oldest, None)
        self._evidence[key] = evidence
        if loop is not None:
            self._loops[key] = loop

"""Judging one version of a text after another, as it is typed: what an edit cannot have changed is kept.

The judgements are those that `judge_text` gives. A worker process keeps the last few texts.
"""

from __future__ import annotations

import gc
from collections import OrderedDict

import msgspec

from ...analysis.facts import Language, LoopFacts, TextError
from ...analysis.incremental import FileAnalysis
from .headers import Surroundings
from .judge import analysis_failed, judge_loops, judgement_of
from .judgement import JudgedLoop, Judgement

VERSIONS_BETWEEN_COLLECTIONS = 500
MOST_TEXTS = 4  # a text of 10,000 lines is kept in some 60 MB


class _Kept(msgspec.Struct, eq=False):
    """The loops of one function judged. `fixed`: the words about them name lines, and are no good when those move."""

    token: object
    facts: tuple[LoopFacts, ...]
    loops: list[JudgedLoop]
    failures: list[TextError]
    fixed: bool


class TextInVersions:
    """One text, of one language and with fixed surroundings."""

    def __init__(self, language: Language, surroundings: Surroundings) -> None:
        self.language: Language = language
        self.surroundings = surroundings
        self._analysis = FileAnalysis(language, defines=surroundings.defines, headers=surroundings.headers)
        self._kept: dict[int, _Kept] = {}
        self._versions = 0

    def judge(self, text: bytes) -> Judgement:
        """The judgement of the next version."""
        made = self._analysis.made
        try:
            facts = self._analysis.update(text)
            functions = self._analysis.by_function()
        except Exception as error:
            return analysis_failed(text, self.language, error)
        self._versions += 1
        if self._analysis.made != made or self._versions % VERSIONS_BETWEEN_COLLECTIONS == 0:
            gc.unfreeze()
            gc.collect()
        gc.freeze()  # a collection that looks at all that is kept takes longer than the judging of an edit
        self._kept = {id(token): self._judged(token, loops) for token, loops in functions}
        loops = [loop for kept in self._kept.values() for loop in kept.loops]
        loops.sort(key=lambda loop: loop.facts.place.start)
        failures = [failure for kept in self._kept.values() for failure in kept.failures]
        return judgement_of(text, facts, loops, failures)

    def _judged(self, token: object, facts: tuple[LoopFacts, ...]) -> _Kept:
        kept = self._kept.get(id(token))
        if kept is not None and kept.token is token:
            if kept.facts is facts:
                return kept
            if not kept.fixed:
                loops = [
                    JudgedLoop(new, old.verdict, old.pragma, old.pays, old.objections)
                    for new, old in zip(facts, kept.loops, strict=True)
                ]
                return _Kept(token, facts, loops, [], False)
        loops, failures = judge_loops(facts, facts)
        fixed = bool(failures) or any(_names_a_line(loop) for loop in loops)
        return _Kept(token, facts, loops, failures, fixed)


def _names_a_line(loop: JudgedLoop) -> bool:
    return b"line " in msgspec.json.encode((loop.verdict, loop.objections))


_texts: OrderedDict[str | None, TextInVersions] = OrderedDict()


def judge_version(path: str | None, text: bytes, language: Language, surroundings: Surroundings) -> Judgement:
    """Judges a version of the text at `path`, by what is known of the one before."""
    known = _texts.pop(path, None)
    if known is None or known.language != language or known.surroundings != surroundings:
        known = TextInVersions(language, surroundings)
    _texts[path] = known
    while len(_texts) > MOST_TEXTS:
        _texts.popitem(last=False)
    return known.judge(text)

"""Inlay hints: what is known of a loop, at the end of its header: `parallel · 1.9x verified`.

A hint is a fact. It stands at the loops that are to run in parallel and at those that were verified; why a loop is
serial takes more words than a hint has, and hover has them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lsprotocol import types

from ...verification.evidence import Evidence
from ..engine.choose import choose_loops
from ..engine.judgement import JudgedLoop, Judgement
from ..words import headline
from .documents import Document

_BLANK = b" \t\r\n\f\v\\"


def inlay_hints(
    document: Document,
    judgement: Judgement,
    evidence: Mapping[str, Evidence],
    hidden: Collection[str],
    span: types.Range,
    *,
    unasked: bool = True,
) -> list[types.InlayHint]:
    """The hints in a range. `judgement` is as the evidence leaves it; `evidence`, and the `hidden` loops that are
    switched off, are by loop id. Without `unasked` only what was verified is told."""
    start, end = document.offsets(span)
    return [
        _hint(document, loop, label)
        for loop, label in _labelled(judgement, evidence, hidden, unasked)
        if start <= _end_of_header(document.text, loop) <= end
    ]


def _labelled(
    judgement: Judgement, evidence: Mapping[str, Evidence], hidden: Collection[str], unasked: bool
) -> Iterator[tuple[JudgedLoop, str]]:
    chosen = {loop.facts.id for loop in choose_loops(judgement.loops, hidden)} if unasked else ()
    for loop in judgement.loops:
        known = evidence.get(loop.facts.id)
        if loop.facts.id not in hidden and (known is not None or loop.facts.id in chosen):
            yield loop, label(loop, known)


def label(loop: JudgedLoop, evidence: Evidence | None) -> str:
    """The loop in a few words."""
    if evidence is None:
        return "parallel · proved" if loop.verdict.verdict == "parallel" else "candidate"
    match evidence.verdict:
        case "refuted":
            check = next((check.name for check in evidence.checks if check.outcome == "refuted"), "a check")
            return f"plan refuted by {check}"
        case "inconclusive":
            return f"{loop.verdict.verdict} · verification inconclusive"
        case _:
            return f"parallel · {_speed(evidence)}verified"


def _speed(evidence: Evidence) -> str:
    """A figure only where measuring shows a difference: noise is none."""
    if evidence.gain == "none":
        return "not faster here, "
    if evidence.gain == "unknown" or evidence.speedup is None:
        return ""
    return f"{evidence.speedup.ratio:.1f}x "


def _hint(document: Document, loop: JudgedLoop, text: str) -> types.InlayHint:
    line, character = document.index.position(_end_of_header(document.text, loop))
    return types.InlayHint(
        position=types.Position(line=line, character=character),
        label=text,
        tooltip=headline(loop).replace("`", ""),
        padding_left=True,
    )


def _end_of_header(text: bytes, loop: JudgedLoop) -> int:
    """Behind the `)`: where the body begins, without the blanks before it."""
    facts = loop.facts
    offset = max(facts.body.start, facts.keyword.end)
    while offset > facts.keyword.end and text[offset - 1] in _BLANK:
        offset -= 1
    return offset

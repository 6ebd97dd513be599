"""Code lenses: what can be done with a loop, above it. A lens is a command; facts are inlay hints.

They are listed without their commands, which `codeLens/resolve` fills in for those that the editor shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from lsprotocol import types

from ...verification.evidence import Evidence
from ..engine.choose import choose_loops
from ..engine.judgement import JudgedLoop, Judgement
from .actions import ActionData
from .announced import PARALLELISE, SHOW_REPORT, VERIFY
from .documents import Document


class LensData(msgspec.Struct):
    """What a lens carries to its resolution: the text and the loop that it is about, and what it does."""

    uri: str
    digest: str
    loop: str
    title: str
    command: str
    what: str


def code_lenses(
    document: Document,
    judgement: Judgement,
    evidence: Mapping[str, Evidence],
    hidden: Collection[str],
    *,
    trusted: bool,
    applies: bool,
) -> list[types.CodeLens]:
    """The lenses of a text: the report for outermost loops that are not to run in parallel as well.

    `judgement` is as the evidence leaves it; `hidden` are loops, by id, that are switched off;
    `applies`: the client applies edits.
    """
    found: list[types.CodeLens] = []
    chosen = choose_loops(judgement.loops, hidden)
    for loop in chosen:
        known = evidence.get(loop.facts.id)
        if trusted and (known is None or known.verdict == "inconclusive"):
            found.append(_lens(document, judgement, loop, "Verify", VERIFY, "verified"))
        if applies and (trusted or loop.verdict.verdict == "parallel"):
            what = "verified" if trusted else "proved"
            title = "Parallelise" if trusted else "Parallelise (proved, not run)"
            found.append(_lens(document, judgement, loop, title, PARALLELISE, what))
    ids = {loop.facts.id for loop in chosen}
    for loop in judgement.loops:
        if loop.facts.id in ids or (loop.facts.depth == 0 and loop.facts.id not in hidden):
            found.append(_lens(document, judgement, loop, "Show report", SHOW_REPORT, "report"))
    return found


def resolved(lens: types.CodeLens, data: LensData) -> types.CodeLens:
    """The lens with its command."""
    if data.command == SHOW_REPORT:
        start = lens.range.start
        at = {"uri": data.uri, "position": {"line": start.line, "character": start.character}}
        lens.command = types.Command(title=data.title, command=data.command, arguments=[at])
        return lens
    arguments = [msgspec.to_builtins(ActionData(data.uri, data.digest, data.what, loop=data.loop))]
    lens.command = types.Command(title=data.title, command=data.command, arguments=arguments)
    return lens


def _lens(
    document: Document, judgement: Judgement, loop: JudgedLoop, title: str, command: str, what: str
) -> types.CodeLens:
    data = LensData(document.uri, judgement.digest, loop.facts.id, title, command, what)
    keyword = loop.facts.keyword
    return types.CodeLens(range=document.range(keyword.start, keyword.end), data=msgspec.to_builtins(data))

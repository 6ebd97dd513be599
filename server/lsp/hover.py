"""Hover: on a loop's header the verdict and why, on a directive what it does and whether it is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from ...analysis.facts import Place
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop, Judgement
from ..engine.switches import hidden_loops
from .hover_directive import about_directive
from .hover_loop import SwitchedOff, about_loop, about_switches
from .markup import Markup


def hover_at(
    judgement: Judgement,
    text: bytes,
    offset: int,
    evidence: Mapping[str, Evidence],
    *,
    markdown: bool,
    disabled: Collection[str] = (),
) -> tuple[Place, str] | None:
    """(what the hover is about, its text) at a byte offset: a directive, or the header of the innermost loop there.

    `text` is what was judged; `evidence` is by loop id; `disabled` is what the user switches off.
    """
    write = Markup(markdown)
    loops = {loop.facts.id: loop for loop in judgement.loops}
    for directive in judgement.directives:
        if directive.place.start <= offset < directive.place.end:
            governed = loops.get(directive.loop) if directive.loop is not None else None
            return directive.place, about_directive(directive, text, governed, evidence, write)
    found = loop_at(judgement, offset)
    if found is None:
        return None
    return found.facts.keyword, hover_of(found, judgement, evidence, write, disabled)


def hover_of(
    loop: JudgedLoop, judgement: Judgement, evidence: Mapping[str, Evidence], write: Markup, disabled: Collection[str]
) -> str:
    """All that is said of a loop; `disabled` is what the user switches off."""
    switches = about_switches(loop, _switched_off_by(loop, judgement, disabled), write)
    return f"{about_loop(loop, evidence.get(loop.facts.id), write)}\n\n{switches}"


def _switched_off_by(loop: JudgedLoop, judgement: Judgement, disabled: Collection[str]) -> SwitchedOff | None:
    if loop.facts.id not in hidden_loops(judgement, disabled):
        return None
    if loop.facts.id in hidden_loops(msgspec.structs.replace(judgement, ignored=()), disabled):
        return "settings"
    return "comment"


def loop_at(judgement: Judgement, offset: int) -> JudgedLoop | None:
    """The innermost loop whose header is at the offset."""
    found: JudgedLoop | None = None
    for loop in judgement.loops:  # source order: an inner loop comes later
        if loop.facts.keyword.start <= offset < max(loop.facts.body.start, loop.facts.keyword.end):
            found = loop
    return found

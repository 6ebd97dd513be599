"""Why: everything that speaks against the loop, what the analysis could not tell, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...analysis.facts import DirectiveFacts, Reason
from ..answers import loop_reasons
from ..engine.judgement import JudgedLoop
from ..words import needed_assumptions
from .markup import Child, Element, node, prose
from .source_view import line_link

_HEADINGS = {
    "serial": "Why it is serial",
    "unknown": "What the analysis could not tell",
    "candidate": "What is not proved",
    "parallel": "What else there is to say",
}


def reasons(judged: JudgedLoop) -> Element | None:
    assumed = {each.code for each in needed_assumptions(judged)}
    found = [reason for reason in loop_reasons(judged) if reason.code not in assumed]  # those have a card of their own
    if not found:
        return None
    heading = _HEADINGS[judged.verdict.verdict]
    return node("section", node("h2", heading), node("ul", [_item(reason, judged) for reason in found]), class_="card")


def directive(found: DirectiveFacts | None) -> Element | None:
    """What stands before the loop already, and whether it is right."""
    if found is None:
        return None
    words = {"race": "It races.", "no_race": "No race was found.", "unknown": "Whether it races cannot be told."}
    parts: list[Child] = [node("h2", "The directive that is there"), node("code", found.directive, class_="pragma")]
    parts.append(node("p", words[found.verdict]))
    if found.reasons:
        parts.append(node("ul", [_item(reason) for reason in found.reasons]))
    if found.fix is not None:
        parts += [node("p", "Corrected:"), node("code", found.fix, class_="pragma")]
    return node("section", parts, class_="card")


def background_link(code: str) -> Element:
    return node("a", code, href=f"#{code}")


def _item(reason: Reason, judged: JudgedLoop | None = None) -> Element:
    words: list[Child] = [*prose(reason.message), " "]
    about_all = judged is not None and reason.place == judged.facts.keyword
    lines = [] if about_all else [reason.place.line]
    lines += [related.place.line for related in reason.related]
    words += ["(", *_links(lines), background_link(reason.code), ")"]
    if reason.help is not None:
        words.append(node("div", "What would help: ", prose(reason.help), class_="note"))
    return node("li", words)


def _links(lines: Sequence[int]) -> Iterator[Child]:
    for line in dict.fromkeys(lines):
        yield line_link(line)
        yield ", "

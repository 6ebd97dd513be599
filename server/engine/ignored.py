"""What the comments of a text switch off, as loops and directives rather than lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...analysis.facts import DirectiveFacts, FileFacts, LoopFacts, Reason
from ...analysis.ignore_comments import IgnoreComment, ignore_comments
from .codes import unknown_codes
from .judgement import Ignored

UNKNOWN_CODE = "PRG601"
AT_NOTHING = "PRG602"
_MAY_BE_A_LOOP = re.compile(rb"#|\b(?:for|while|do)\b|\b[A-Z_][A-Z0-9_]+\s*\(")  # also in a branch that is not compiled


def ignored_by_comments(text: bytes, facts: FileFacts) -> tuple[tuple[Ignored, ...], tuple[Reason, ...]]:
    """What the comments switch off, and what is to be said of comments that do not say what they mean."""
    ignored: list[Ignored] = []
    remarks: list[Reason] = []
    for comment in ignore_comments(text, facts.language):
        wrong = list(_misunderstood(comment))
        remarks += wrong
        if not comment.understood:
            continue
        directives = [each for each in facts.directives if each.place.line <= comment.line <= each.place.end_line]
        governed = {each.loop for each in directives}
        loops = [each for each in facts.loops if each.id in governed or _header_holds(text, each, comment.line)]
        named = {each.id for each in loops}
        directives += [each for each in facts.directives if each.loop in named and each not in directives]
        codes = tuple(code.text for code in comment.codes)
        ignored.append(_ignored(loops, directives, codes))
        if not loops and not directives and not wrong and not _MAY_BE_A_LOOP.search(_line(text, comment.line)):
            message = "this comment switches nothing off: no loop and no directive begins on the line that it is about"
            remarks.append(Reason(AT_NOTHING, message, comment.place))
    return tuple(ignored), tuple(remarks)


def _ignored(loops: list[LoopFacts], directives: list[DirectiveFacts], codes: tuple[str, ...]) -> Ignored:
    return Ignored(
        tuple(loop.id for loop in loops),
        tuple(directive.place.start for directive in directives),
        codes,
        everything=not codes,
    )


def _misunderstood(comment: IgnoreComment) -> Iterator[Reason]:
    if not comment.understood:
        words = "this comment is not understood: write `pragmatist: ignore`, or `pragmatist: ignore PRG101`"
        yield Reason(UNKNOWN_CODE, words, comment.place)
    places = {code.text: code.place for code in comment.codes}
    for text, hint in unknown_codes(places):
        help_ = "codes are parted by commas; a reason may follow behind ` -- `"
        words = f"`{text}` is no code: nothing is switched off by it{hint}"
        yield Reason(UNKNOWN_CODE, words, places[text], culprit=text, help=help_)


def _header_holds(text: bytes, loop: LoopFacts, line: int) -> bool:
    """Whether the line is one of the loop's header: from its keyword to its `)`, or to the `{` behind that."""
    if not loop.keyword.line <= line <= loop.body.line:
        return False
    if text[loop.body.start : loop.body.start + 1] == b"{":
        return True
    close = text.rfind(b")", loop.keyword.end, loop.body.start)
    return line <= loop.keyword.line + len(re.findall(rb"\r\n|\n|\r", text[loop.keyword.start : close + 1]))


def _line(text: bytes, number: int) -> bytes:
    lines = re.split(rb"\r\n|\n|\r", text)
    return lines[number - 1] if number <= len(lines) else b""

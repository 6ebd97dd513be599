"""The loop's source, with what it reads and writes marked, and the two places of each dependence numbered."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence

import msgspec

from ...analysis.facts import LoopFacts, Place
from ..engine.judgement import JudgedLoop
from ..words import decisive_reasons
from .groups import Group
from .markup import Child, Element, node

_BEFORE, _AFTER = 2, 1  # lines around the loop
_ALL = 90  # lines of a loop that is shown whole
_WORDS = {"read": "read", "write": "written", "both": "read and written"}
_NEAR = 3  # of a longer one, lines around each that has a mark


class Mark(msgspec.Struct, frozen=True, order=True):
    """A stretch of the text, in bytes, and the CSS class of what it is."""

    start: int
    end: int
    style: str


def marks_of(judged: JudgedLoop, groups: Sequence[Group]) -> list[Mark]:
    """Reads, writes, and what the reasons point at."""
    kinds: dict[tuple[int, int], set[str]] = {}

    def add(place: Place, kind: str) -> None:
        kinds.setdefault((place.start, place.end), set()).add(kind)

    elements = {access.place for access in judged.facts.accesses if access.subscripts}
    for access in judged.facts.accesses:
        if access.subscripts or access.place not in elements:  # `v[i] = 0` reads where the elements of `v` are, too
            add(access.place, access.kind)
    for group in groups:
        for each in group.dependences:
            add(each.source, "read" if each.kind == "anti" else "write")
            add(each.sink, "read" if each.kind == "flow" else "write")
    marks = [Mark(*span, "both" if len(found) > 1 else found.pop()) for span, found in kinds.items()]
    spans = kinds.keys()
    for reason in decisive_reasons(judged):
        span = (reason.place.start, reason.place.end)
        if span not in spans and reason.place != judged.facts.keyword:
            marks.append(Mark(*span, "culprit"))
    return marks


def source_view(text: bytes, judged: JudgedLoop, groups: Sequence[Group]) -> Element:
    """A table with a row for each line. Lines have the ids that `line_link` leads to."""
    facts = judged.facts
    lines = _Lines(text)
    marks = marks_of(judged, groups)
    ends = _ends(groups)
    shown = _shown(facts, lines.count, [lines.line_at(mark.start) for mark in marks])
    rows: list[Element] = []
    previous = None
    for line in shown:
        if previous is not None and line > previous + 1:
            rows.append(node("tr", node("td", "⋮", class_="line"), node("td", ""), class_="skipped"))
        previous = line
        if line == facts.keyword.line and judged.pragma is not None:
            rows.append(_added(judged.pragma, lines.text(line)))
        outside = not facts.place.line <= line <= facts.place.end_line
        cell = node("td", lines.marked(line, marks, ends))
        rows.append(
            node("tr", node("td", str(line), class_="line"), cell, id=f"L{line}", class_="outside" if outside else None)
        )
    return node(
        "div", node("table", node("tbody", rows)), class_="source code", tabindex="0", role="region",
        aria_label="The loop's source",
    )  # fmt: skip


def line_link(line: int) -> Element:
    return node("a", f"line {line}", href=f"#L{line}")


def key(groups: Sequence[Group]) -> Element:
    """What the marks mean."""
    words = [node("span", node("mark", word, class_=style)) for style, word in _WORDS.items()]
    if groups:
        style = f"end {groups[0].style}"
        words.append(node("span", node("span", "1→", class_=style), " where dependence 1 begins"))
        words.append(node("span", node("span", "→1", class_=style), " where it ends, in a later iteration"))
    return node("p", words, class_="key")


def _added(pragma: str, below: str) -> Element:
    indent = below[: len(below) - len(below.lstrip())]
    return node("tr", node("td", "+", class_="line"), node("td", indent + pragma), class_="added")


def _shown(facts: LoopFacts, count: int, marked: Sequence[int]) -> list[int]:
    first = max(1, facts.keyword.line - _BEFORE)
    last = min(count, facts.place.end_line + _AFTER)
    if last - first < _ALL:
        return list(range(first, last + 1))
    near = {first + line for line in range(2 * _BEFORE)} | {last - line for line in range(_AFTER + 2)}
    for line in marked:
        near |= set(range(line - _NEAR, line + _NEAR + 1))
    return sorted(line for line in near if first <= line <= last)[: 4 * _ALL]


def _ends(groups: Sequence[Group]) -> dict[int, list[Element]]:
    """By the byte behind which it stands: the number of a dependence that begins or ends there."""
    ends: dict[int, list[Element]] = {}
    for group in groups:
        for place, begins in group.places:
            words = f"{group.number}→" if begins else f"→{group.number}"
            told = f"dependence {group.number} {'begins' if begins else 'ends'} here"
            link = node(
                "a", words, href=f"#dependence-{group.number}", class_=f"end {group.style}", title=told, aria_label=told
            )
            ends.setdefault(place.end, []).append(link)
    return ends


class _Lines:
    """The lines of a text, counted as the analysis counts them: one ends at a line feed."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._starts = [0, *(at + 1 for at, byte in enumerate(text) if byte == 0x0A)]
        self.count = len(self._starts)

    def line_at(self, offset: int) -> int:
        return bisect.bisect_right(self._starts, offset)

    def _span(self, line: int) -> tuple[int, int]:
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < self.count else len(self._text)
        return start, end - self._text[start:end].endswith(b"\r")

    def text(self, line: int) -> str:
        start, end = self._span(line)
        return self._text[start:end].decode("utf-8", "replace")

    def marked(self, line: int, marks: Sequence[Mark], ends: dict[int, list[Element]]) -> list[Child]:
        """The line's text in pieces, each in the innermost mark over it."""
        start, end = self._span(line)
        here = [mark for mark in marks if mark.start < end and mark.end > start]
        cuts = {start, end} | {cut for mark in here for cut in (mark.start, mark.end) if start < cut < end}
        cuts |= {cut for cut in ends if start < cut <= end}
        return list(self._pieces(sorted(cuts), here, ends)) or [" "]

    def _pieces(self, cuts: Sequence[int], marks: Sequence[Mark], ends: dict[int, list[Element]]) -> Iterator[Child]:
        for start, end in itertools.pairwise(cuts):
            words = self._text[start:end].decode("utf-8", "replace")
            over = [mark for mark in marks if mark.start <= start and end <= mark.end]
            innermost = min(over, key=lambda mark: mark.end - mark.start, default=None)
            yield words if innermost is None else node("mark", words, class_=innermost.style)
            yield from ends.get(end, ())

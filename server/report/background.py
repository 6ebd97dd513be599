"""What the codes on the page mean: the documentation of each, so that the page needs no other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...analysis.findings import FINDINGS
from .markup import Child, Element, node, prose

_BULLET = re.compile(r"^- ", re.MULTILINE)
_EMPHASIS = re.compile(r"\*([^*\n]+)\*")


def codes_on(page: Element) -> list[str]:
    """The codes that something on the page links to, in order."""
    links = (each.get("href", "") for each in page.iter("a"))
    return list(dict.fromkeys(link[1:] for link in links if link[1:] in FINDINGS))


def background(codes: Iterable[str]) -> Element | None:
    entries: list[Child] = []
    for code in codes:
        finding = FINDINGS[code]
        entries.append(node("dt", f"{code}: {finding.name.replace('-', ' ')}", id=code))
        entries.append(node("dd", node("p", prose(finding.summary)), *_paragraphs(finding.meaning)))
        entries.append(node("dd", node("p", "What to do"), *_paragraphs(finding.resolution)))
    if not entries:
        return None
    return node("section", node("h2", "What the codes mean"), node("dl", entries), class_="card")


def _paragraphs(text: str) -> Iterator[Element]:
    """The little of Markdown that the findings' words use: paragraphs, lists, code, emphasis."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        before, *items = _BULLET.split(paragraph)
        if before.strip():
            yield node("p", _words(before))
        if items:
            yield node("ul", [node("li", _words(item)) for item in items])


def _words(text: str) -> list[Child]:
    line = " ".join(text.split())
    return prose(_EMPHASIS.sub(r"\1", line))

"""The head of the page: which loop it is about, the verdict, and why, in one sentence."""

from __future__ import annotations

from ...analysis.facts import LoopFacts
from ..engine.judgement import JudgedLoop
from ..words import headline
from .markup import Child, Element, node, prose

_SIGNS = {  # told apart by their form alone
    "parallel": "M6 12H34M28 6L34 12L28 18M6 32H34M28 26L34 32L28 38",
    "candidate": "M6 12H34M28 6L34 12L28 18M6 32H12M18 32H24M30 32H34M28 26L34 32L28 38",
    "serial": "M4 22H14M9 17L14 22L9 27M18 22H28M23 17L28 22L23 27M32 22H41M36 17L41 22L36 27",
    "unknown": "M14 15A8 8 0 1 1 24 22Q22 23.5 22 28M22 34V34.5",
}
_LONGEST = 160  # characters of the loop's head


def heading(path: str, text: bytes, judged: JudgedLoop) -> Element:
    facts = judged.facts
    where: list[Child] = [f"{path}, line {facts.keyword.line}"]
    if facts.function is not None:
        where += [", in ", node("code", facts.function)]
    return node(
        "header",
        node("p", where, class_="where"),
        node("h1", node("code", head_of(text, facts))),
        _verdict(judged),
    )


def head_of(text: bytes, facts: LoopFacts) -> str:
    """The loop's first words, up to its body, on one line."""
    end = facts.body.start if facts.body.start > facts.keyword.end else facts.place.end
    words = " ".join(text[facts.keyword.start : end].decode("utf-8", "replace").split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _verdict(judged: JudgedLoop) -> Element:
    verdict = judged.verdict
    word, _, rest = headline(judged).partition(": ")
    word, _, basis = word.partition(" ")
    sign = node("svg", node("path", d=_SIGNS[verdict.verdict]), viewBox="0 0 44 44", class_="sign", aria_hidden="true")
    title = node("p", word.capitalize(), node("small", basis.strip("()")) if basis else None, class_="word")
    return node(
        "div", sign, title, node("p", prose(rest[:1].upper() + rest[1:]), class_="why"),
        class_=f"verdict tone-{verdict.verdict}",
    )  # fmt: skip

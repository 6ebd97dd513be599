"""The checks that a verification made, laid end to end: how long each took, and what came out."""

from __future__ import annotations

from collections.abc import Iterator

from ...verification.evidence import Check, Evidence
from .markup import Child, Element, node, prose

_SIGNS = {"passed": "✓", "refuted": "✗", "inconclusive": "?", "skipped": "–"}
_WIDTH, _HEIGHT, _THINNEST = 300.0, 14.0, 2.0
_VERDICTS = {
    "passed": "All that a safe change needs has been checked on this machine, and passed.",
    "refuted": "A check shows that the plan is wrong.",
    "inconclusive": "The checks that ran could not tell.",
}
_MODES = {
    "program": "The program itself was run.",
    "test command": "The project's own test command was run.",
    "function": "The function that holds the loop was called on inputs made for it.",
}


def timeline(evidence: Evidence) -> Element:
    total = sum(check.seconds for check in evidence.checks)
    columns = {"Check": None, "Outcome": None, "Seconds": "number", "When": "when", "What it found": None}
    head = node("tr", [node("th", name, scope="col", class_=style) for name, style in columns.items()])
    table = node("table", _caption(total), node("thead", head), node("tbody", _rows(evidence, total)), class_="facts")
    words = [_VERDICTS[evidence.verdict], _MODES[evidence.mode], evidence.inputs]
    about = f"Certificate {evidence.id[:12]}" + (f", {evidence.created}" if evidence.created else "")
    toolchain = f"; {', '.join(evidence.toolchain)}" if evidence.toolchain else ""
    return node(
        "section",
        node("h2", "Evidence"),
        node("p", " ".join(filter(None, words))),
        node("div", table, class_="scroll"),
        node("p", about + toolchain, class_="note"),
        class_="card",
    )


def _caption(total: float) -> Element:
    return node("caption", f"{total:.1f} s of checks, in the order in which they are made; some of them overlap.")


def _rows(evidence: Evidence, total: float) -> Iterator[Element]:
    begun = 0.0
    for check in evidence.checks:
        yield node(
            "tr",
            node("th", node("code", check.name), scope="row"),
            node("td", f"{_SIGNS[check.outcome]} {check.outcome}", class_=f"outcome {check.outcome}"),
            node("td", f"{check.seconds:.2f}", class_="number"),
            node("td", _bar(check, begun, total), class_="bar"),
            node("td", _detail(check), class_="found"),
        )
        begun += check.seconds


def _bar(check: Check, begun: float, total: float) -> Element:
    scale = _WIDTH / total if total > 0 else 0.0
    width = max(_THINNEST, check.seconds * scale)
    start = min(begun * scale, _WIDTH - width)
    return node(
        "svg",
        node("rect", x="0", y="5", width=_WIDTH, height="4", class_="track"),
        node("rect", x=start, y="0", width=width, height=_HEIGHT, rx=2, class_=check.outcome),
        viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}", preserveAspectRatio="none", height=_HEIGHT, aria_hidden="true",
    )  # fmt: skip


def _detail(check: Check) -> list[Child]:
    parts: list[Child] = [*prose(check.detail)]
    if check.traces:
        where = [node("li", f"{each.file}, line {each.line}: ", *prose(each.message)) for each in check.traces]
        parts.append(node("ul", where))
    return parts

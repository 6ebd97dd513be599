"""The page: its sections in order, one document that needs nothing else.

Its content-security policy allows its own style, by hash, and nothing besides: no script, no network, no frame. So
it can be shown where others' policies are strict, and what a hostile source smuggled in could not act.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from ...reasoning.strategies.protocol import Proposal
from ...verification.evidence import Evidence
from ..answers import printable_path
from ..engine.judgement import JudgedLoop, Judgement
from ..version import VERSION
from . import background
from .assumptions import assumptions
from .figure import iteration_spaces
from .groups import groups_of
from .heading import heading
from .markup import Child, Element, html, node
from .palette import style_of_themes
from .plans import plans
from .reasons import directive, reasons
from .roles import roles
from .source_view import key, source_view
from .speedup import speedup
from .timeline import timeline

STYLE = Path(__file__).with_name("style.css")


def report_html(
    path: str,
    text: bytes,
    judgement: Judgement,
    loop: str,
    *,
    evidence: Mapping[str, Evidence] | None = None,
    proposal: Proposal | None = None,
) -> str:
    """The report on one loop of a judged text, as an HTML document.

    `path` is what the file is called on the page. `evidence` is by loop id, of which `judgement` tells already
    (`engine.verify.with_evidence`); `proposal` is a model's, if one was asked. Raises `KeyError` where the judgement
    has no such loop. The same arguments give the same page; no file is read but the style that is installed with us.
    """
    judged = next((each for each in judgement.loops if each.facts.id == loop), None)
    if judged is None:
        raise KeyError(loop)
    found = (evidence or {}).get(loop)
    shown = printable_path(path)
    main = node("main", heading(shown, text, judged), _sections(text, judgement, judged, found, proposal))
    main.extend(_last(background.codes_on(main)))
    _unlink_what_is_not_shown(main)
    title = f"{shown.rpartition('/')[2]}:{judged.facts.keyword.line}: {judged.verdict.verdict}"
    return html(node("html", _head(title), node("body", main), lang="en"))


def _sections(
    text: bytes, judgement: Judgement, judged: JudgedLoop, evidence: Evidence | None, proposal: Proposal | None
) -> Iterable[Child]:
    loops = [each.facts for each in judgement.loops]
    groups = groups_of(judged.facts)
    source = node("section", node("h2", "Source"), source_view(text, judged, groups), key(groups), class_="card")
    yield iteration_spaces(judged, loops, groups)
    yield source
    yield reasons(judged)
    yield directive(next((each for each in judgement.directives if each.loop == judged.facts.id), None))
    yield plans(judged, loops, proposal)
    yield assumptions(judged, evidence)
    if evidence is not None:
        yield timeline(evidence)
        if evidence.speedup is not None:
            yield speedup(evidence.speedup)
    elif judged.verdict.plan is not None:
        words = "No verification of this plan on this text is stored. `pragmatist fix` makes one."
        before, code, after = words.split("`")
        yield node("section", node("h2", "Evidence"), node("p", before, node("code", code), after), class_="card")
    yield roles(judged)


def _last(codes: list[str]) -> Iterable[Element]:
    found = background.background(codes)
    if found is not None:
        yield found
    yield node("footer", node("p", f"Made by Pragmatist {VERSION}. The page holds all that it shows."))


def _unlink_what_is_not_shown(main: Element) -> None:
    """A line that is named may lie outside of the lines that the page shows."""
    ids = {each.get("id") for each in main.iter()}
    for link in list(main.iter("a")):
        if link.get("href", "")[1:] not in ids:
            link.tag = "span"
            del link.attrib["href"]


def _head(title: str) -> Element:
    return node(
        "head",
        node("meta", charset="utf-8"),
        node("meta", http_equiv="Content-Security-Policy", content=content_security_policy()),
        node("meta", name="viewport", content="width=device-width, initial-scale=1"),
        node("meta", name="color-scheme", content="light dark"),
        node("meta", name="referrer", content="no-referrer"),
        node("title", title),
        node("style", _style()),
    )


@cache
def content_security_policy() -> str:
    """What a report may do; a viewer with a policy of its own has to allow this style, too."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    return f"{style_of_themes()}\n{STYLE.read_text(encoding='utf-8')}"

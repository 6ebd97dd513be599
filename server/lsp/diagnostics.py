"""Diagnostics: what stands in the editor's list of problems, and how loudly.

A racy directive is a Warning, a loop that can run in parallel an Information, a candidate a Hint. A plain serial loop
is no problem of anybody's, and hover tells why; who wants to see it in the list has a setting, and gets Hints. What is
switched off is not here. How to switch a finding off stands on its page, which the code links to.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from lsprotocol import types

from ...analysis.facts import DirectiveFacts, Place, Reason, Related
from ...verification.evidence import Evidence, Trace
from ..engine.choose import choose_loops
from ..engine.ignored import AT_NOTHING
from ..engine.judgement import JudgedLoop, Judgement
from ..engine.switches import CANDIDATE, PARALLEL, hidden_loops, reported
from ..links import finding_page
from ..words import decisive_reasons, headline
from .capabilities import Client
from .documents import Document

SOURCE = "pragmatist"
TRACES_SHOWN = 5
SLICE = 100  # diagnostics that are made in one go, in some milliseconds
_Severity = types.DiagnosticSeverity


async def diagnostics(
    document: Document,
    judgement: Judgement,
    client: Client,
    *,
    evidence: Mapping[str, Evidence] = {},
    disabled: Collection[str] = (),
    serial_loops: bool = False,
    plans: bool = True,
) -> list[types.Diagnostic]:
    """Everything to be shown of one judgement, in the order of the text; made in slices, between which others run.

    `evidence`, by loop id, is what the judgement was settled by; `disabled` is what the user switches off.
    Without `plans` nothing is said of loops that could run in parallel.
    """
    found: list[types.Diagnostic] = []
    for diagnostic in _made(document, judgement, client, evidence, disabled, serial_loops, plans):
        found.append(diagnostic)
        if len(found) % SLICE == 0:
            await asyncio.sleep(0)
    return sorted(found, key=lambda d: (d.range.start.line, d.range.start.character))


def _made(
    document: Document,
    judgement: Judgement,
    client: Client,
    evidence: Mapping[str, Evidence],
    disabled: Collection[str],
    serial_loops: bool,
    plans: bool,
) -> Iterator[types.Diagnostic]:
    hidden = hidden_loops(judgement, disabled)
    shown = reported(judgement, disabled, hidden=hidden)
    maker = _Maker(document, client, judgement.digest)
    if plans:
        yield from (maker.loop(loop) for loop in choose_loops(judgement.loops, hidden))
    yield from (maker.directive(directive) for directive in shown.directives if directive.verdict == "race")
    yield from (maker.remark(remark) for remark in shown.remarks)
    refuted = {loop for loop, each in evidence.items() if each.verdict == "refuted"}
    for loop in shown.loops:
        if loop.facts.id in refuted:
            if loop.objections:
                yield maker.refuted(loop, evidence[loop.facts.id])
        elif serial_loops and loop.verdict.verdict in ("serial", "unknown"):
            yield maker.serial(loop)


class _Maker:
    def __init__(self, document: Document, client: Client, digest: str) -> None:
        self._document, self._client, self._digest = document, client, digest

    def loop(self, loop: JudgedLoop) -> types.Diagnostic:
        parallel = loop.verdict.verdict == "parallel"
        return self._diagnostic(
            loop.facts.keyword,
            _Severity.Information if parallel else _Severity.Hint,
            PARALLEL if parallel else CANDIDATE,
            headline(loop),
            data={"loop": loop.facts.id, "fix": loop.pragma},
        )

    def serial(self, loop: JudgedLoop) -> types.Diagnostic:
        reasons = decisive_reasons(loop)
        related = list(_places(reasons[0])) if reasons and reasons[0].place != loop.facts.keyword else []
        return self._diagnostic(
            loop.facts.keyword,
            _Severity.Hint,
            reasons[0].code if reasons else None,
            headline(loop),
            related,
            {"loop": loop.facts.id},
        )

    def refuted(self, loop: JudgedLoop, evidence: Evidence) -> types.Diagnostic:
        """Why the plan that somebody asked for is not inserted, with the places at which a check saw it fail."""
        traces = [trace for check in evidence.checks if check.outcome == "refuted" for trace in check.traces]
        objection = loop.objections[0]
        return self._diagnostic(
            loop.facts.keyword,
            _Severity.Information,
            objection.code,
            objection.message,
            [
                Related(place, trace.message)
                for trace in traces[:TRACES_SHOWN]
                if (place := self._at(trace)) is not None
            ],
            {"loop": loop.facts.id},
        )

    def _at(self, trace: Trace) -> Place | None:
        """Where a trace shows in this document, up to the end of its line; None where it is of another file."""
        if trace.place is not None:
            return trace.place
        if os.path.basename(trace.file) != os.path.basename(self._document.path or ""):
            return None
        index, line = self._document.index, trace.line - 1
        end = index.offset(line, 1 << 30)
        start = min(index.offset(line, 0) + (trace.column or 1) - 1, end)
        return Place(start, end, trace.line, trace.column or 1, trace.line, (trace.column or 1) + end - start)

    def directive(self, directive: DirectiveFacts) -> types.Diagnostic:
        reason = directive.reasons[0] if directive.reasons else None
        return self._diagnostic(
            directive.place,
            _Severity.Warning,
            reason.code if reason is not None else None,
            f"race: {reason.message}" if reason is not None else "what this directive governs races",
            list(_places(reason)) if reason is not None else [],
            {"directive": directive.place.start, "fix": directive.fix},
        )

    def remark(self, remark: Reason) -> types.Diagnostic:
        """What is wrong with a comment to us: one that does nothing is shown as text that could go."""
        idle = remark.code == AT_NOTHING
        diagnostic = self._diagnostic(
            remark.place, _Severity.Hint if idle else _Severity.Warning, remark.code, remark.message
        )
        if idle and self._client.diagnostic_tag(types.DiagnosticTag.Unnecessary):
            diagnostic.tags = [types.DiagnosticTag.Unnecessary]
        return diagnostic

    def _diagnostic(
        self,
        place: Place,
        severity: types.DiagnosticSeverity,
        code: str | None,
        message: str,
        related: Iterable[Related] = (),
        data: Mapping[str, object] = {},
    ) -> types.Diagnostic:
        page = finding_page(code) if code is not None and self._client.code_descriptions() else None
        information = None
        if related and self._client.related_information():
            information = [
                types.DiagnosticRelatedInformation(
                    location=types.Location(
                        uri=self._document.uri, range=self._document.range(item.place.start, item.place.end)
                    ),
                    message=item.message,
                )
                for item in related
            ]
        else:
            message = "\n".join([message, *(f"line {item.place.line}: {item.message}" for item in related)])
        return types.Diagnostic(
            range=self._document.range(place.start, place.end),
            severity=severity,
            code=code,
            code_description=types.CodeDescription(href=page) if page is not None else None,
            source=SOURCE,
            message=message,
            related_information=information,
            data={**data, "digest": self._digest} if self._client.diagnostic_data() else None,
        )


def _places(reason: Reason) -> Iterator[Related]:
    """All places of a reason, its own among them."""
    yield Related(reason.place, f"`{reason.culprit}` here" if reason.culprit is not None else "here")
    yield from reason.related

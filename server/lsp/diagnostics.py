"""Diagnostics: what stands in the editor's list of problems, and how loudly.

A racy directive is a Warning, a loop that can run in parallel an Information, a candidate a Hint; a plain serial
loop is no problem of anybody's and hover tells why.
"""

from __future__ import annotations

from lsprotocol import types

from ...analysis.facts import DirectiveFacts, Place, Reason, Related
from ..engine.choose import choose_loops
from ..engine.judgement import JudgedLoop, Judgement
from ..links import finding_page
from ..words import headline
from .capabilities import Client
from .documents import Document

SOURCE = "pragmatist"
PARALLEL = "PRG001"
CANDIDATE = "PRG002"


def diagnostics(document: Document, judgement: Judgement, client: Client) -> list[types.Diagnostic]:
    """Everything to be shown of one judgement, in the order of the text."""
    maker = _Maker(document, client, judgement.digest)
    found = [maker.loop(loop) for loop in choose_loops(judgement.loops)]
    found += [maker.directive(directive) for directive in judgement.directives if directive.verdict == "race"]
    return sorted(found, key=lambda d: (d.range.start.line, d.range.start.character))


class _Maker:
    def __init__(self, document: Document, client: Client, digest: str) -> None:
        self._document, self._client, self._digest = document, client, digest

    def loop(self, loop: JudgedLoop) -> types.Diagnostic:
        proved = loop.verdict.verdict == "parallel"
        return self._diagnostic(
            loop.facts.keyword,
            types.DiagnosticSeverity.Information if proved else types.DiagnosticSeverity.Hint,
            PARALLEL if proved else CANDIDATE,
            headline(loop),
            (),
            {"loop": loop.facts.id},
        )

    def directive(self, directive: DirectiveFacts) -> types.Diagnostic:
        reason = directive.reasons[0] if directive.reasons else None
        related = [Related(reason.place, _at(reason)), *reason.related] if reason is not None else []
        return self._diagnostic(
            directive.place,
            types.DiagnosticSeverity.Warning,
            reason.code if reason is not None else None,
            f"race: {reason.message}" if reason is not None else "what this directive governs races",
            related,
            {"directive": directive.place.start},
        )

    def _diagnostic(
        self,
        place: Place,
        severity: types.DiagnosticSeverity,
        code: str | None,
        message: str,
        related: list[Related] | tuple[()],
        data: dict[str, object],
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


def _at(reason: Reason) -> str:
    return f"`{reason.culprit}` here" if reason.culprit is not None else "here"

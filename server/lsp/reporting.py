"""How diagnostics get to the client: those who ask for them are answered, and to the others they are sent.

No client gets them both ways, or it would show each twice.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..engine.judgement import Judgement
from .capabilities import Client
from .diagnostics import diagnostics
from .documents import Document
from .judging import Closed, Judging
from .settings import Settings
from .verified import Verified

Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport


class Reporting:
    """`settings` gives those that hold for a document, by its URI."""

    def __init__(
        self, server: LanguageServer, client: Client, verified: Verified, settings: Callable[[str], Settings]
    ) -> None:
        self._server, self._client, self._verified, self._settings = server, client, verified, settings

    def judged(self, document: Document, judgement: Judgement) -> None:
        """A judgement is new and current."""
        if not self._client.pulls_diagnostics():
            version = document.version if self._client.versioned_diagnostics() else None
            self._send(document.uri, self._diagnostics(document, judgement), version)

    def closed(self, uri: str) -> None:
        """Nothing more is said of the document: what was, would stay in the list for good."""
        if not self._client.pulls_diagnostics():
            self._send(uri, [], None)

    def outdated(self, judging: Judging) -> None:
        """What was said of open documents may be otherwise by now, though their texts are the same."""
        if self._client.pulls_diagnostics():
            if self._client.refreshes_diagnostics():
                self._server.protocol.send_request(types.WORKSPACE_DIAGNOSTIC_REFRESH)
            return
        for known in judging.all_known():
            self.judged(*known)

    async def pull(self, params: types.DocumentDiagnosticParams, judging: Judging) -> Report:
        """The answer to `textDocument/diagnostic`, once the text has been left alone for a moment."""
        try:
            document, judgement = await judging.settled(params.text_document.uri)
        except Closed:
            return types.RelatedFullDocumentDiagnosticReport(items=[])
        items = self._diagnostics(document, judgement)
        # What would be sent is what counts: settings, evidence and other files have a part in it, beside the text.
        result = blake2b(repr(items).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        if params.previous_result_id == result:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
        return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)

    def _diagnostics(self, document: Document, judgement: Judgement) -> list[types.Diagnostic]:
        settings = self._settings(document.uri)
        settled = self._verified.settled(document, judgement)
        return diagnostics(
            document,
            settled,
            self._client,
            evidence=self._verified.of(document, judgement),
            disabled=settings.disabled,
            serial_loops=settings.serial_loops,
        )

    def _send(self, uri: str, items: list[types.Diagnostic], version: int | None) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=items, version=version)
        )

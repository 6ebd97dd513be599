"""How diagnostics get to the client: those who ask for them are answered, and to the others they are sent.

No client gets them both ways, or it would show each twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from hashlib import blake2b

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..engine.judgement import Judgement
from .capabilities import Client
from .diagnostics import diagnostics
from .documents import Document
from .judging import Closed, Judging
from .settings import Settings, quick_pass
from .verified import Verified

Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport


class Reporting:
    """`settings` gives those that hold for a document, by its URI."""

    def __init__(
        self, server: LanguageServer, client: Client, verified: Verified, settings: Callable[[str], Settings]
    ) -> None:
        self._server, self._client, self._verified, self._settings = server, client, verified, settings
        self._sending: dict[str, asyncio.Task[None]] = {}

    def judged(self, document: Document, judgement: Judgement) -> None:
        """A judgement is new and current. What was on its way to the client of the same document is no more."""
        if not self._client.pulls_diagnostics():
            self._stop(document.uri)
            self._sending[document.uri] = asyncio.create_task(self._tell(document, judgement))

    async def _tell(self, document: Document, judgement: Judgement) -> None:
        items = await self._diagnostics(document, judgement)
        self._sending.pop(document.uri, None)
        self._send(document.uri, items, document.version if self._client.versioned_diagnostics() else None)

    def _stop(self, uri: str) -> None:
        if (sending := self._sending.pop(uri, None)) is not None:
            sending.cancel()

    def closed(self, uri: str) -> None:
        """Nothing more is said of the document: what was, would stay in the list for good."""
        self._stop(uri)
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
        items = await self._diagnostics(document, judgement)
        # What would be sent is what counts: settings, evidence and other files have a part in it, beside the text.
        told = json.dumps(self._server.protocol._converter.unstructure(items))
        result = blake2b(told.encode(), digest_size=16).hexdigest()
        if params.previous_result_id == result:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
        return types.RelatedFullDocumentDiagnosticReport(items=items, result_id=result)

    async def _diagnostics(self, document: Document, judgement: Judgement) -> list[types.Diagnostic]:
        settings = self._settings(document.uri)
        settled = self._verified.settled(document, judgement)
        return await diagnostics(
            document,
            settled,
            self._client,
            evidence=self._verified.of(document, judgement),
            disabled=settings.disabled,
            serial_loops=settings.serial_loops,
            plans=quick_pass(settings, judgement.quick_pass) != "off",
        )

    def _send(self, uri: str, items: list[types.Diagnostic], version: int | None) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=items, version=version)
        )

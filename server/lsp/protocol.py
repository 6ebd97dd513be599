"""pygls' protocol with text synchronisation of our own (see `positions.py` for why)."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.protocol import LanguageServerProtocol, lsp_method

from .documents import Document, Documents


class Protocol(LanguageServerProtocol):
    """`on_text` is called with every document that was opened or changed, `on_close` with a URI that was closed."""

    def __init__(self, server, converter) -> None:
        self.documents = Documents()
        self.on_text: Callable[[Document], None] = lambda _: None
        self.on_close: Callable[[str], None] = lambda _: None
        super().__init__(server, converter)

    def choose_encoding(self, capabilities: types.ClientCapabilities) -> None:
        """Count characters as pygls tells the client that we do."""
        chosen = ServerCapabilitiesBuilder.choose_position_encoding(capabilities)
        name = str(getattr(chosen, "value", chosen))
        self.documents.encoding = "utf-8" if name == "utf-8" else "utf-32" if name == "utf-32" else "utf-16"

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, params: types.DidOpenTextDocumentParams
    ) -> None:
        self.on_text(self.documents.open(params.text_document))

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, params: types.DidChangeTextDocumentParams
    ) -> None:
        document = self.documents.change(params)
        if document is not None:
            self.on_text(document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, params: types.DidCloseTextDocumentParams
    ) -> None:
        self.documents.close(params.text_document.uri)
        self.on_close(params.text_document.uri)

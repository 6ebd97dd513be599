"""pygls' protocol with text synchronisation of our own (see `positions.py` for why)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from typing import Any, TypeVar

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import RPCRequest

from .documents import Document, Documents

logger = logging.getLogger(__name__)
T = TypeVar("T")
_COMMAND_TOKEN: ContextVar[types.ProgressToken | None] = ContextVar("command_token", default=None)


class _Dropped:
    """What a message that cannot be read becomes."""


class Protocol(LanguageServerProtocol):
    """`on_text` is called with every document that was opened or changed, `on_close` with a URI that was closed."""

    def __init__(self, server, converter) -> None:
        self.documents = Documents()
        self.on_text: Callable[[Document], None] = lambda _: None
        self.on_close: Callable[[str], None] = lambda _: None
        self._commands: dict[int | str, asyncio.Task[Any]] = {}
        super().__init__(server, converter)

    def choose_encoding(self, capabilities: types.ClientCapabilities) -> None:
        """Count characters as pygls tells the client that we do."""
        chosen = ServerCapabilitiesBuilder.choose_position_encoding(capabilities)
        name = str(getattr(chosen, "value", chosen))
        self.documents.encoding = "utf-8" if name == "utf-8" else "utf-32" if name == "utf-32" else "utf-16"

    def structure_message(self, data: dict[str, Any]) -> Any:
        """As pygls does, but a request that is not well formed is answered, not just logged."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            logger.warning("a malformed message was dropped: %.200s", data)
            return _Dropped()

    def handle_message(self, message: Any) -> None:
        """As pygls does, but a request after `shutdown` is answered, as LSP asks."""
        if isinstance(message, _Dropped):
            return
        if self._shutdown and isinstance(message, RPCRequest):
            error = JsonRpcInvalidRequest("the server is shutting down")
            self._send_response(message.id, error=error.to_response_error())
            return
        super().handle_message(message)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """As pygls does, and the command can know the client's progress token."""
        running = super().lsp_workspace__execute_command(params)
        _COMMAND_TOKEN.set(params.work_done_token)  # each message is handled in a context of its own
        return (yield from running)

    def command_token(self) -> types.ProgressToken | None:
        """What the client that asked for the command at hand wants its progress reported under."""
        return _COMMAND_TOKEN.get()

    async def cancellable(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a command so that `$/cancelRequest` ends it: pygls would answer the request and let the work go on."""
        request, task = self.msg_id, asyncio.current_task()
        if request is None or task is None:
            return await work
        if request not in self._request_futures:  # cancelled, and answered, before it began
            work.close()
            raise asyncio.CancelledError
        self._commands[request] = task
        try:
            return await work
        finally:
            self._commands.pop(request, None)

    def _handle_cancel_notification(self, msg_id: int | str) -> None:
        super()._handle_cancel_notification(msg_id)
        if (task := self._commands.pop(msg_id, None)) is not None:
            task.cancel()

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

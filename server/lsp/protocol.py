"""pygls' protocol with text synchronisation of our own (see `positions.py` for why)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import RPCRequest

from .documents import Document, Documents
from .tracing import Tracer

logger = logging.getLogger(__name__)
T = TypeVar("T")
_NO_FAULTS = frozenset(
    [
        types.LSPErrorCodes.RequestFailed.value,
        types.LSPErrorCodes.ContentModified.value,
        types.LSPErrorCodes.RequestCancelled.value,
    ]
)
EXIT_SECONDS = 5.0  # that `exit` waits for a `shutdown` under way
_COMMAND_TOKEN: ContextVar[types.ProgressToken | None] = ContextVar("command_token", default=None)


class Protocol(LanguageServerProtocol):
    """`on_text` is called with every document that was opened or changed, `on_close` with a URI that was closed.

    Whoever reads messages is to wait for `attentive` before the next one is handled.
    """

    def __init__(self, server, converter) -> None:
        self.documents = Documents()
        self.on_text: Callable[[Document], None] = lambda _: None
        self.on_close: Callable[[str], None] = lambda _: None
        self._begun = self._ending = False
        self.attentive = asyncio.Event()
        self.attentive.set()
        self._exit: Any = None
        self._commands: dict[int | str, asyncio.Task[Any]] = {}
        super().__init__(server, converter)
        self._tracer = Tracer(lambda params: self.notify(types.LOG_TRACE, params), lambda: self.trace)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """No further message is handled meanwhile."""
        self.attentive.clear()
        try:
            yield
        finally:
            self.attentive.set()

    def choose_encoding(self, capabilities: types.ClientCapabilities) -> None:
        """Count characters as pygls tells the client that we do."""
        chosen = ServerCapabilitiesBuilder.choose_position_encoding(capabilities)
        name = str(getattr(chosen, "value", chosen))
        self.documents.encoding = "utf-8" if name == "utf-8" else "utf-32" if name == "utf-32" else "utf-16"

    def message_of(self, data: Any) -> Any:
        """The message that some JSON is; None for what is none, which is answered if it asks for an answer."""
        known = isinstance(data, dict) and data.get("jsonrpc") == self.VERSION
        number = data.get("id") if isinstance(data, dict) else None
        asked = isinstance(number, (int, str)) and not isinstance(number, bool) and "method" in data
        try:
            if not known or (asked and not isinstance(data["method"], str)):
                raise JsonRpcInvalidRequest("this is no JSON-RPC 2.0 message")
            if isinstance(data, dict) and "id" in data and "method" in data and not asked:
                raise JsonRpcInvalidRequest("an id is a string or a whole number")
            return self.structure_message(data)
        except JsonRpcException as error:
            method = data.get("method") if isinstance(data, dict) else None
            logger.warning("a malformed message was dropped: %.80s", method if isinstance(method, str) else "no method")
            if asked or isinstance(error, JsonRpcInvalidRequest):
                self.answer_error(number if asked else None, error.code, error.message)
            return None

    def answer_error(self, number: int | str | None, code: int, message: str) -> None:
        """An error; `number` is None where nobody can tell which message is answered."""
        self._send_data({"jsonrpc": self.VERSION, "id": number, "error": {"code": int(code), "message": message}})

    def handle_message(self, message: Any) -> None:
        """As pygls does, but a request before `initialize`, after `shutdown` or for the second time is answered."""
        method = getattr(message, "method", None)
        if method == types.INITIALIZE:
            if self._begun:
                error = JsonRpcInvalidRequest("the server is initialized already")
                self._send_response(message.id, error=error.to_response_error())
                return
            self._begun = True
        elif not self._begun and method != types.EXIT:
            if isinstance(message, RPCRequest):
                self.answer_error(message.id, types.ErrorCodes.ServerNotInitialized, "initialize the server first")
            return
        if method == types.EXIT and self._ending and not self._shutdown:
            self._exit = message  # the client did not wait for the answer to `shutdown`, or there is none
            asyncio.get_running_loop().call_later(EXIT_SECONDS, super().handle_message, message)
            return
        if self._ending and isinstance(message, RPCRequest):
            error = JsonRpcInvalidRequest("the server is shutting down")
            self._send_response(message.id, error=error.to_response_error())
            return
        if method is not None:
            self._tracer.received(method, getattr(message, "id", None), getattr(message, "params", None))
        self._ending = self._ending or method == types.SHUTDOWN
        super().handle_message(message)

    def _handle_response(self, msg_id: Any, result: Any | None = None, error: Any | None = None) -> None:
        """As pygls does, but an answer that nobody waits for any longer, since we shut down, is no fault."""
        asked = self._request_futures.get(msg_id)
        if asked is not None and asked.done():
            del self._request_futures[msg_id]
            return
        super()._handle_response(msg_id, result, error)

    def _send_handler_result(self, future: Any, *, msg_id: int | str) -> None:
        """As pygls does, but what is refused in words is no fault of anybody's, and logs no traceback."""
        error = None if future.cancelled() else future.exception()
        if isinstance(error, JsonRpcException) and error.code in _NO_FAULTS:
            self._request_futures.pop(msg_id, None)
            self._send_response(msg_id, error=error.to_response_error())
            return
        super()._send_handler_result(future, msg_id=msg_id)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *arguments: Any) -> Generator[Any, Any, None]:
        """Answers what is under way as cancelled and ends the workers; then an `exit` that came meanwhile has its turn.

        Not as pygls does, which walks through the requests while the answered ones are taken away.
        """
        own = self.msg_id
        for number, future in list(self._request_futures.items()):
            if number != own and not future.done():
                future.cancel()
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield handler, arguments, None
        self._shutdown = True
        if self._exit is not None:
            asyncio.get_running_loop().call_soon(super().handle_message, self._exit)

    def _send_response(self, msg_id: Any, result: Any | None = None, error: Any | None = None) -> None:
        super()._send_response(msg_id, result, error)
        self._tracer.answered(msg_id, error)

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

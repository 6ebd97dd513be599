"""The language server put together: what it registers, and what each request leads to.

Import nothing here that `initialize` does not need: its reply is what an editor waits for first, and lsprotocol alone
takes most of the time there is. Everything else of ours is imported when the client says `initialized`.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..version import VERSION
from .announced import CODE_ACTION_KINDS, COMMANDS
from .logs import OURS, ToEditor, level_of
from .protocol import Protocol
from .settings import Settings, read_settings

if TYPE_CHECKING:
    from .session import Session


logger = logging.getLogger(__name__)


class Server(LanguageServer):
    """`session` is made when it is first needed: the client's capabilities are known by then."""

    def __init__(self, analyst: asyncio.subprocess.Process | None = None) -> None:
        """`analyst` is a worker process that the session is to have for its analyses, where one was spawned already."""
        super().__init__(name="pragmatist", version=VERSION, protocol_cls=Protocol)
        self.settings = Settings()
        self._messages: list[str] = []
        self._session: Session | None = None
        self._ended = False
        self.analyst = analyst
        self.log = ToEditor(self.window_log_message)
        self.texts = cast(Protocol, self.protocol)
        self.texts.on_text = lambda document: self.session.changed(document)
        self.texts.on_close = lambda uri: self.session.closed(uri)

    @property
    def session(self) -> Session:
        if self._session is None:
            from .session import Session

            self._session = Session(self)
        return self._session

    def initialize(self, params: types.InitializeParams) -> None:
        self.settings, self._messages = read_settings(params.initialization_options)
        self.texts.choose_encoding(params.capabilities)
        self.texts.trace = params.trace or types.TraceValue.Off

    async def initialized(self, _: types.InitializedParams) -> None:
        self.log.setLevel(level_of(self.settings.log_level))
        logging.getLogger(OURS).addHandler(self.log)
        with self.texts.waiting():  # with the client's next messages: all of them need the session
            await asyncio.to_thread(importlib.import_module, ".session", __package__)
        if self._ended:  # the client has gone meanwhile
            return
        for message in self._messages:
            self.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=message))
        await self.session.start()

    async def close(self) -> None:
        self._ended = True
        logging.getLogger(OURS).removeHandler(self.log)
        if self._session is not None:
            await self._session.close()


def create_server(analyst: asyncio.subprocess.Process | None = None) -> Server:
    """A server with every feature registered; for `analyst` see `Server`."""
    server = Server(analyst)
    feature = server.feature

    @feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.initialize(params)

    @feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        await server.initialized(params)

    @feature(types.SHUTDOWN)
    async def shutdown(_: None) -> None:
        try:
            await server.close()
        except Exception:  # the client is to be answered all the same, and workers end with this process
            logger.exception("the workers could not be ended in order")

    @feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(_: types.DidSaveTextDocumentParams) -> None:
        """Nothing: the text was judged when it changed."""

    @feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        await server.session.configuration.told(params.settings)

    @feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders_changed(_: types.DidChangeWorkspaceFoldersParams) -> None:
        await server.session.configuration.ask()

    @feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.session.files_changed(params.changes)

    @feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        # A header or the project's settings can change what is to be said. Of files that are not open `check` tells.
        types.DiagnosticOptions(identifier="pragmatist", inter_file_dependencies=True, workspace_diagnostics=False),
    )
    async def diagnostic(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        return await server.session.diagnostic(params)

    @feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await server.session.hover(params)

    @feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[*CODE_ACTION_KINDS],
            resolve_provider=True,
        ),
    )
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return await server.session.code_actions(params)

    @feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        return await server.session.resolve(action)

    @feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))
    async def code_lens(params: types.CodeLensParams) -> list[types.CodeLens]:
        return await server.session.code_lenses(params)

    @feature(types.CODE_LENS_RESOLVE)
    async def resolve_lens(lens: types.CodeLens) -> types.CodeLens:
        return await server.session.resolve_lens(lens)

    @feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
        return await server.session.inlay_hints(params)

    for name in COMMANDS:
        server.command(name)(_command(server, name))
    return server


def _command(server: Server, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def run(*arguments: Any) -> Any:
        from .commands import RUN

        token = server.texts.command_token()
        return await server.texts.cancellable(RUN[name](server.session, arguments, token))

    return run

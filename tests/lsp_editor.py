"""Real servers under test, driven by pytest-lsp's client with the capabilities of real editors."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

SERVE = (sys.executable, "-m", "pragmatist.server.cli", "serve")
PATIENCE = 60.0  # seconds; events are waited for, so only a hang takes this long


class Editor:
    """A client with a server of its own, and what a person does in it."""

    def __init__(self, client: LanguageClient, workspace: Path) -> None:
        self.client = client
        self.workspace = workspace
        self._diagnosed: dict[str, asyncio.Event] = {}
        self._versions: dict[str, int] = {}
        self.messages: asyncio.Queue[str] = asyncio.Queue()
        self.begun: asyncio.Queue[types.ProgressToken] = asyncio.Queue()
        self.progress: list[Any] = []
        self.progressed = asyncio.Event()
        self.registered: list[types.Registration] = []
        self.status: asyncio.Queue[Any] = asyncio.Queue()
        self.logged: asyncio.Queue[types.LogMessageParams] = asyncio.Queue()
        self.refreshed: list[str] = []  # what the server had this client ask for again
        self.analyst: int | None = None  # the analysis worker's process id, where a test asks for it

    @property
    def pid(self) -> int:
        server = self.client._server
        assert server is not None
        return server.pid

    def open(self, name: str, text: str, language: str = "c") -> str:
        """Open a text, which is also written to the workspace, under a name not used yet; its URI."""
        path = self.workspace / name
        if path.exists():
            path = path.with_stem(f"{path.stem}-{len(self._versions)}")
        path.write_text(text)
        uri = path.as_uri()
        self._versions[uri] = 1
        self._diagnosed[uri] = asyncio.Event()
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                text_document=types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
            )
        )
        return uri

    def change(self, uri: str, *edits: tuple[types.Range | None, str]) -> None:
        """Type: each edit replaces a range, or the whole text where the range is None."""
        self._versions[uri] += 1
        self._diagnosed[uri] = asyncio.Event()
        changes = [
            types.TextDocumentContentChangeWholeDocument(text=text)
            if span is None
            else types.TextDocumentContentChangePartial(range=span, text=text)
            for span, text in edits
        ]
        identifier = types.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri])
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=identifier, content_changes=changes)
        )

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of the newest version, once they are there."""
        await asyncio.wait_for(self._diagnosed[uri].wait(), PATIENCE)
        return list(self.client.diagnostics[uri])

    def published(self, params: types.PublishDiagnosticsParams) -> None:
        self.client.diagnostics[params.uri] = params.diagnostics
        if params.version in (None, self._versions.get(params.uri)):
            self._diagnosed.setdefault(params.uri, asyncio.Event()).set()

    def expect(self, uri: str) -> None:
        """From now on `diagnostics` waits for those that come next, though nothing is typed."""
        self._diagnosed[uri] = asyncio.Event()

    async def pull(self, uri: str, previous: str | None = None) -> Any:
        """What the server answers to who asks for diagnostics."""
        document = types.TextDocumentIdentifier(uri=uri)
        params = types.DocumentDiagnosticParams(text_document=document, previous_result_id=previous)
        return await asyncio.wait_for(self.client.text_document_diagnostic_async(params), PATIENCE)

    async def hover(self, uri: str, line: int, character: int) -> str | None:
        """The hover's text at a 0-based position."""
        answer = await self.client.text_document_hover_async(
            types.HoverParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                position=types.Position(line=line, character=character),
            )
        )
        if answer is None:
            return None
        assert isinstance(answer.contents, types.MarkupContent)
        return answer.contents.value

    async def actions(self, uri: str, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        """The actions without a command that a click at the beginning of a 0-based line lists."""
        return [action for action in await self.listed(uri, line, only) if isinstance(action, types.CodeAction)]

    async def fixes(self, uri: str, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        """The actions that change what runs: all but those that ask for silence."""
        return [action for action in await self.actions(uri, line, only) if not action.title.startswith("Ignore")]

    async def listed(self, uri: str, line: int, only: list[str] | None = None) -> list[Any]:
        """All actions; lsprotocol makes a `Command` of an action that has a command."""
        diagnostics = [
            d for d in self.client.diagnostics.get(uri, ()) if d.range.start.line <= line <= d.range.end.line
        ]
        at = types.Position(line=line, character=0)
        answer = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                range=types.Range(start=at, end=at),
                context=types.CodeActionContext(diagnostics=diagnostics, only=only),  # pyright: ignore
            )
        )
        return list(answer or [])

    async def command(self, name: str, *arguments: Any, token: str | None = None) -> Any:
        """What a command answers."""
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command=name, arguments=list(arguments), work_done_token=token)
        )

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        answer = await self.client.text_document_code_lens_async(
            types.CodeLensParams(text_document=types.TextDocumentIdentifier(uri=uri))
        )
        return list(answer or [])

    async def hints(self, uri: str, first: int = 0, last: int = 10_000) -> dict[int, str]:
        """The inlay hints of some lines, by 0-based line."""
        span = types.Range(start=types.Position(line=first, character=0), end=types.Position(line=last, character=0))
        answer = await self.client.text_document_inlay_hint_async(
            types.InlayHintParams(text_document=types.TextDocumentIdentifier(uri=uri), range=span)
        )
        return {hint.position.line: str(hint.label) for hint in answer or ()}

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        return await self.client.code_action_resolve_async(action)

    def forget(self) -> None:
        """What progress was reported so far."""
        self.progress.clear()
        while not self.begun.empty():
            self.begun.get_nowait()

    async def message(self) -> str:
        """The next message that is shown to the person."""
        return await asyncio.wait_for(self.messages.get(), PATIENCE)


def apply(text: str, edit: types.WorkspaceEdit | None, uri: str) -> str:
    """The text after the edit, applied as a client with UTF-16 positions does."""
    assert edit is not None
    if edit.document_changes:
        (change,) = edit.document_changes
        assert isinstance(change, types.TextDocumentEdit)
        assert change.text_document.uri == uri
        edits = list(change.edits)
    else:
        assert edit.changes is not None
        edits = list(edit.changes[uri])
    lines = text.splitlines(keepends=True) if "\f" not in text else text.split("\n")

    def offset(position: types.Position) -> int:
        before = sum(len(line) for line in lines[: position.line])
        line = lines[position.line] if position.line < len(lines) else ""
        return before + len(line.encode("utf-16-le")[: 2 * position.character].decode("utf-16-le"))

    for change in sorted(edits, key=lambda e: offset(e.range.start), reverse=True):
        assert isinstance(change, types.TextEdit)
        text = text[: offset(change.range.start)] + change.new_text + text[offset(change.range.end) :]
    return text


@asynccontextmanager
async def editor_with(
    workspace: Path,
    options: Any = None,
    capabilities: str | types.ClientCapabilities = "visual-studio-code",
    *,
    folders: Sequence[Path] = (),
    configuration: Any = None,
    serve: Sequence[str] = SERVE,
    **env: str,
) -> AsyncIterator[Editor]:
    """An editor whose server, the command `serve`, was initialised; both end with the context.

    `folders` are those of its workspace, where it is not one alone; `configuration` is its user's.
    """
    client = make_test_lsp_client()
    if configuration is not None:
        client.set_configuration(configuration)
    editor = Editor(client, workspace)
    client.protocol.fm.features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    client.protocol.fm.features.pop(types.WINDOW_SHOW_MESSAGE)

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        editor.published(params)

    @client.feature(types.WINDOW_SHOW_MESSAGE)
    def shown(params: types.ShowMessageParams) -> None:
        client.messages.append(params)
        editor.messages.put_nowait(params.message)

    for method in (types.WORKSPACE_CODE_LENS_REFRESH, types.WORKSPACE_INLAY_HINT_REFRESH):
        client.feature(method)(lambda _, method=method: editor.refreshed.append(method))

    client.protocol.fm.features.pop(types.WINDOW_LOG_MESSAGE)
    client.feature(types.WINDOW_LOG_MESSAGE)(lambda params: editor.logged.put_nowait(params))
    client.feature("pragmatist/status")(lambda params: editor.status.put_nowait(params))

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def registered(params: types.RegistrationParams) -> None:
        editor.registered += params.registrations

    progressed = client.protocol.fm.features.pop(types.PROGRESS)

    @client.feature(types.PROGRESS)
    def progress(params: types.ProgressParams) -> None:
        progressed(params)
        editor.progress.append(params.value)
        editor.progressed.set()
        if params.value.get("kind") == "begin":
            editor.begun.put_nowait(params.token)

    await client.start_io(*serve, env={**os.environ, **env})
    if isinstance(capabilities, str):
        capabilities = client_capabilities(capabilities)
    try:
        await asyncio.wait_for(
            client.initialize_session(
                types.InitializeParams(
                    capabilities=capabilities,
                    root_uri=workspace.as_uri(),
                    workspace_folders=[types.WorkspaceFolder(uri=f.as_uri(), name=f.name) for f in folders] or None,
                    initialization_options=options,
                )
            ),
            PATIENCE,
        )
        yield editor
        await asyncio.wait_for(client.shutdown_session(), PATIENCE)
    finally:
        server = client._server
        if server is not None and server.returncode is None:  # a test failed: it must not wait for a living server
            server.kill()
            await server.wait()
        await client.stop()

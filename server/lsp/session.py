"""One client's session: what its requests lead to. Everything heavy is behind it, in workers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ...codegen.edit import text_digest
from ...codegen.errors import CodegenError
from ...verification.evidence import Evidence
from ..engine.judgement import Judgement
from ..worker.client import Worker, WorkerError
from .actions import ActionData, Lister, edit_for, find_loop
from .capabilities import Client
from .debounce import Debounce
from .diagnostics import diagnostics
from .documents import Document
from .edits import workspace_edit
from .hover import hover_at
from .judging import Closed, Judging
from .verifying import Verifying, no_gain, refusal

if TYPE_CHECKING:
    from .server import Server


class Refused(JsonRpcException):
    """The request was understood and is not done; the message says why (LSP 3.17's RequestFailed)."""

    CODE = types.LSPErrorCodes.RequestFailed.value

    def __init__(self, message: str) -> None:
        super().__init__(message, self.CODE)


class Session:
    """Owns the workers of one client."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._documents = server.texts.documents
        self._client = Client(server.client_capabilities)
        self._analyst = Worker("analysis")
        self._verifying = Verifying(server.protocol, self._client, no_sandbox=server.settings.no_sandbox)
        self._evidence: dict[tuple[str, str], Evidence] = {}  # by text digest and loop id
        self.judging = Judging(self._documents, self._analyst, self._publish, Debounce(server.settings))

    async def start(self) -> None:
        """Have the analysis worker ready before the first text needs it."""
        await self._analyst.start()

    async def close(self) -> None:
        """End every worker, and whatever it runs, before the client is answered."""
        await asyncio.gather(self._analyst.close(), self._verifying.close())

    def closed(self, uri: str) -> None:
        self.judging.closed(uri)
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    def _publish(self, document: Document, judgement: Judgement) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=document.uri,
                diagnostics=self._diagnostics(document, judgement),
                version=document.version if self._client.versioned_diagnostics() else None,
            )
        )

    def _diagnostics(self, document: Document, judgement: Judgement) -> list[types.Diagnostic]:
        settings = self._server.settings
        return diagnostics(
            document, judgement, self._client, disabled=settings.disabled, serial_loops=settings.serial_loops
        )

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        try:
            document, judgement = await self.judging.current(params.text_document.uri)
        except Closed:
            return None
        offset = document.index.offset(params.position.line, params.position.character)
        markdown = self._client.markdown_hover()
        found = hover_at(judgement, offset, self._known(judgement), markdown=markdown)
        if found is None:
            return None
        place, text = found
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        return types.Hover(
            contents=types.MarkupContent(kind=kind, value=text), range=document.range(place.start, place.end)
        )

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        try:
            document, judgement = await self.judging.current(params.text_document.uri)
        except Closed:
            return []
        trusted = self._server.settings.trusted
        return Lister(document, judgement, self._client, self._known(judgement), trusted=trusted).actions(params)

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edit; refused with words where there is none to be had."""
        data = self._action_data(action.data)
        action.edit = await self._edit(data, action.title)
        return action

    async def parallelise(self, arguments: tuple[Any, ...]) -> None:
        """The command that stands in for a verified action where the client cannot resolve actions."""
        data = self._action_data(arguments[0] if arguments else None)
        edit = await self._edit(data, "Parallelise (verified)")
        if not self._client.applies_edits():
            raise self._refuse("this editor cannot apply edits that a server sends; use `pragmatist fix` instead")
        request = self._server.workspace_apply_edit_async(
            types.ApplyWorkspaceEditParams(edit=edit, label="Parallelise (verified)")
        )
        result = await asyncio.shield(request)
        if not result.applied:
            raise self._refuse(f"the editor did not apply the edit: {result.failure_reason or 'it gave no reason'}")

    def _action_data(self, data: Any) -> ActionData:
        try:
            return msgspec.convert(data, ActionData)
        except msgspec.ValidationError as error:
            raise Refused(f"this action is not one of ours: {error}") from None

    async def _edit(self, data: ActionData, title: str) -> types.WorkspaceEdit:
        document, judgement = await self._fresh(data, title)
        try:
            if data.what != "verified":
                return workspace_edit(document, edit_for(document, judgement, data), self._client)
            loop = find_loop(judgement, data.loop)
        except KeyError:
            raise self._stale(title) from None
        except CodegenError as error:
            raise self._refuse(f"{title}: {error}") from None
        if not self._server.settings.trusted:
            raise self._refuse("this workspace is not trusted, so nothing is compiled or run in it")
        try:
            evidence, edit = await self._verifying.verify(document, loop)
        except WorkerError as error:
            raise self._refuse(f"{title}: {error}") from None
        self._remember(data.digest, loop.facts.id, evidence)
        if edit is None:
            raise self._refuse(refusal(loop, evidence))
        if not evidence.pays:
            self._server.window_show_message(
                types.ShowMessageParams(type=types.MessageType.Warning, message=no_gain(loop, evidence))
            )
        if evidence.provided:
            words = (
                f"The loop at line {loop.facts.keyword.line} is right only if {evidence.provided}: nothing asks for it"
            )
            self._server.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=words))
        document, _ = await self._fresh(data, title)  # verification takes long, and people go on typing
        return workspace_edit(document, edit, self._client)

    async def _fresh(self, data: ActionData, title: str) -> tuple[Document, Judgement]:
        document = self._documents.get(data.uri)
        if document is None or text_digest(document.text) != data.digest:
            raise self._stale(title)
        try:
            document, judgement = await self.judging.current(data.uri)
        except Closed:
            raise self._stale(title) from None
        if judgement.digest != data.digest:  # it was edited while the analysis ran
            raise self._stale(title)
        return document, judgement

    def _stale(self, title: str) -> Refused:
        return self._refuse(f"{title}: the text changed since this was offered; ask again")

    def _refuse(self, message: str) -> Refused:
        """Say it to the person too: few clients show a failed resolve."""
        self._server.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=message))
        return Refused(message)

    def _known(self, judgement: Judgement) -> dict[str, Evidence]:
        """What was verified of this text, by loop."""
        return {loop: evidence for (digest, loop), evidence in self._evidence.items() if digest == judgement.digest}

    def _remember(self, digest: str, loop: str, evidence: Evidence) -> None:
        while len(self._evidence) >= 256:
            self._evidence.pop(next(iter(self._evidence)))
        self._evidence[digest, loop] = evidence

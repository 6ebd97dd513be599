"""One client's session: what its requests lead to. Everything heavy is behind it, in workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from lsprotocol import types

from ...verification.evidence import Evidence
from ..engine.judgement import Judgement
from ..engine.switches import hidden_loops, reported
from ..worker.client import Worker
from ..worker.tasks import AskModel
from .actions import ActionData, Lister
from .applying import Applying
from .capabilities import Client
from .configuration import Configuration
from .debounce import Debounce
from .documents import Document
from .hints import inlay_hints
from .hover import hover_at
from .judging import Closed, Judging
from .lenses import LensData, code_lenses, resolved
from .logs import level_of
from .quick import QuickPass
from .refused import Outdated, Refused
from .reporting import Report, Reporting
from .reports import Reports
from .settings import asks_model, quick_pass
from .status import METHOD as STATUS
from .status import Status
from .verified import Verified
from .verifying import Verifying
from .watching import matter, register

if TYPE_CHECKING:
    from .server import Server

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Session:
    """Owns the workers of one client."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._documents = server.texts.documents
        self.client = Client(server.client_capabilities)
        self._analyst = Worker("analysis", "tell_text", process=server.analyst)
        self._verified = Verified()
        self.configuration = Configuration(server, self.client, server.settings, self._configured, self._warn)
        self._reporting = Reporting(server, self.client, self._verified, self.configuration.of)
        self._status = Status(self._send_status, trusted=server.settings.trusted)
        working = self._status.working
        self._verifying = Verifying(
            server.protocol, self.client, no_sandbox=server.settings.no_sandbox, working=working
        )
        self._quick = QuickPass(self._verified.proposed, self._quick_model, self._learned, self._warn_once, working)
        self._debounce = Debounce(server.settings)
        self.judging = Judging(self._documents, self._analyst, self._judged, self._debounce, working)
        self._problems: set[str] = set()
        self.reports = Reports(server, self.client)
        self.applying = Applying(server, self.client, self.judging, self._verifying, self._verified, self._learned)

    async def start(self) -> None:
        """Have the analysis worker ready before the first text needs it, and learn what the client has to say."""
        self._status.soon()
        await asyncio.gather(self._analyst.start(), self.configuration.ask(), register(self._server, self.client))

    async def close(self) -> None:
        """End every worker, and whatever it runs, before the client is answered."""
        self.reports.close()
        self._status.close()
        await asyncio.gather(self._analyst.close(), self._verifying.close(), self._quick.close())

    def restart_workers(self) -> None:
        """End every worker, and whatever it runs; open texts are judged anew."""
        self._verifying.restart()
        self._quick.restart()
        self.judging.restart()

    def changed(self, document: Document) -> None:
        """A text was opened or edited."""
        self._quick.stop(document.uri)
        self.judging.changed(document)

    def closed(self, uri: str) -> None:
        self._quick.stop(uri)
        self.judging.closed(uri)
        self._reporting.closed(uri)
        self._status.closed(uri)

    def say(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show the person a message."""
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def files_changed(self, changes: Sequence[types.FileEvent]) -> None:
        """Files changed outside the editor."""
        if matter(changes):
            logger.info("%d watched files changed: open texts are judged anew", len(changes))
            self._problems.clear()
            self.judging.again()
            if self.client.pulls_diagnostics():
                self._reporting.outdated(self.judging)

    async def diagnostic(self, params: types.DocumentDiagnosticParams) -> Report:
        return await self._reporting.pull(params, self.judging)

    def _judged(self, document: Document, judgement: Judgement) -> None:
        logger.debug("%s, version %d: %d loops", document.uri, document.version, len(judgement.loops))
        if judgement.settings_problem is not None:
            self._warn_once(judgement.settings_problem)
        self._quick.stop(document.uri)  # a judgement anew: what was proposed by the last one may be otherwise
        self._reporting.judged(document, judgement)
        self._count(document, judgement)
        self._plan_quickly(document, judgement)

    def _plan_quickly(self, document: Document, judgement: Judgement) -> None:
        """Have the model that is to be asked, if any, asked about the loops of which nothing is known."""
        hidden = hidden_loops(judgement, self.configuration.of(document.uri).disabled)
        self._quick.judged(document, judgement, {*hidden, *self._verified.of(document, judgement)})

    def _quick_model(self, document: Document, judgement: Judgement) -> AskModel | None:
        settings = self.configuration.of(document.uri)
        strategy = quick_pass(settings, judgement.quick_pass)
        return AskModel(strategy, settings.model, settings.endpoint) if asks_model(strategy) else None

    def _count(self, document: Document, judgement: Judgement) -> None:
        settled = self._verified.settled(document, judgement)
        self._status.judged(document.uri, reported(settled, self.configuration.of(document.uri).disabled))

    def _configured(self) -> None:
        """Settings changed: what depends on them is shown anew."""
        window = self.configuration.window
        self._debounce.settings = window
        self._server.log.setLevel(level_of(window.log_level))
        for known in self.judging.all_known():
            self._plan_quickly(*known)
        self._outdated()

    def _learned(self, _: Document) -> None:
        """A verification told something new of this text: what is shown of it is shown anew."""
        self._outdated()

    def _outdated(self) -> None:
        for known in self.judging.all_known():
            self._count(*known)
        self._reporting.outdated(self.judging)
        self.refresh()

    def _warn_once(self, message: str) -> None:
        if message not in self._problems:
            self._problems.add(message)
            self._warn(message)

    def _warn(self, message: str) -> None:
        logger.warning("%s", message)
        self.say(message, types.MessageType.Warning)

    def _send_status(self, status: dict[str, Any]) -> None:
        if self._server.settings.status:
            self._server.protocol.notify(STATUS, status)

    def refresh(self) -> None:
        """Have the client ask again for what it asks for by itself only after an edit; also for what is now off."""
        if self.client.refreshes_lenses():
            self._server.protocol.send_request(types.WORKSPACE_CODE_LENS_REFRESH)
        if self.client.refreshes_hints():
            self._server.protocol.send_request(types.WORKSPACE_INLAY_HINT_REFRESH)

    async def judged(self, uri: str, *, at_position: bool = False) -> tuple[Document, Judgement, dict[str, Evidence]]:
        """The current text, its judgement as the evidence leaves it, and the evidence. Raises `Closed`.

        With `at_position` it raises `Outdated` where the text was edited meanwhile: a position in the text as it was
        when the request came is not one in the text as it is.
        """
        asked = self._documents.get(uri)
        document, judgement = await self.judging.current(uri)
        if at_position and document is not asked:
            raise Outdated
        return document, self._verified.settled(document, judgement), self._verified.of(document, judgement)

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        try:
            document, judgement, evidence = await self.judged(params.text_document.uri, at_position=True)
        except Closed:
            return None
        offset = document.index.offset(params.position.line, params.position.character)
        markdown = self.client.markdown_hover()
        disabled = self.configuration.of(document.uri).disabled
        found = hover_at(judgement, document.text, offset, evidence, markdown=markdown, disabled=disabled)
        if found is None:
            return None
        place, text = found
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        return types.Hover(
            contents=types.MarkupContent(kind=kind, value=text), range=document.range(place.start, place.end)
        )

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        try:
            document, judgement, evidence = await self.judged(params.text_document.uri, at_position=True)
        except Closed:
            return []
        settings = self.configuration.of(document.uri)
        hidden = hidden_loops(judgement, settings.disabled)
        return Lister(document, judgement, self.client, evidence, hidden, trusted=settings.trusted).actions(params)

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edit; refused with words where there is none to be had."""
        data = _own(action.data, ActionData, "action")
        action.edit = await self.applying.edit(data, action.title)
        return action

    async def code_lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        if not self.configuration.window.code_lens:
            return []
        try:
            document, judgement, evidence = await self.judged(params.text_document.uri)
        except Closed:
            return []
        trusted = self._server.settings.trusted and document.path is not None
        hidden = hidden_loops(judgement, self.configuration.of(document.uri).disabled)
        return code_lenses(document, judgement, evidence, hidden, trusted=trusted, applies=self.client.applies_edits())

    async def resolve_lens(self, lens: types.CodeLens) -> types.CodeLens:
        """The lens with its command. Raises `Outdated` where the text is another by now."""
        data = _own(lens.data, LensData, "lens")
        known = self.judging.known(data.uri)
        if known is None or known[1].digest != data.digest:
            raise Outdated
        return resolved(lens, data)

    async def inlay_hints(self, params: types.InlayHintParams) -> list[types.InlayHint]:
        if not self.configuration.window.inlay_hints:
            return []
        try:
            document, judgement, evidence = await self.judged(params.text_document.uri)
        except Closed:
            return []
        settings = self.configuration.of(document.uri)
        hidden = hidden_loops(judgement, settings.disabled)
        unasked = quick_pass(settings, judgement.quick_pass) != "off"
        return inlay_hints(document, judgement, evidence, hidden, params.range, unasked=unasked)


def _own(data: Any, kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Refused(f"this {what} is not one of ours: {error}") from None

"""From an action, a lens or a command to what it is about: a verification, an edit, or words that say why not.

Nothing is given that was made for another text: the digest is compared before the work and once more after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from ...codegen.edit import Edit, text_digest
from ...codegen.errors import CodegenError
from ...reasoning.plan import Plan
from ..engine.choose import choose_loops
from ..engine.judgement import JudgedLoop, Judgement
from ..engine.switches import hidden_loops
from ..worker.client import WorkerError
from ..worker.tasks import AskModel, VerifiedLoop, VerifiedWhole
from .actions import ActionData, edit_for, find_loop
from .capabilities import Client
from .documents import Document
from .edits import workspace_edit
from .judging import Closed, Judging
from .refused import Refused
from .verified import Verified
from .verifying import Verifying, no_gain, refusal, tally

if TYPE_CHECKING:
    from .server import Server


class Applying:
    """`learned` is called with a document of which a verification has told something new."""

    def __init__(
        self,
        server: Server,
        client: Client,
        judging: Judging,
        verifying: Verifying,
        verified: Verified,
        learned: Callable[[Document], None],
    ) -> None:
        self._server, self._client = server, client
        self._documents = server.texts.documents
        self._judging, self._verifying, self._verified = judging, verifying, verified
        self._learned = learned

    async def edit(self, data: ActionData, title: str, token: types.ProgressToken | None = None) -> types.WorkspaceEdit:
        """The edit of an action, verified if it is one of those. Raises `Refused`, which the person was told."""
        document, judgement = await self._fresh(data, title)
        try:
            if data.what == "verified":
                edit = (await self._verify_loop(document, judgement, data, title, token)).edit
            elif data.what == "all":
                edit = await self._all(document, judgement, token)
            else:
                edit = edit_for(document, self._verified.settled(document, judgement), data)
        except KeyError:
            raise self._gone(document, judgement, data, title) from None
        except CodegenError as error:
            raise self.refuse(f"{title}: {error}") from None
        assert edit is not None
        if data.what not in ("verified", "all"):
            return workspace_edit(document, edit, self._client)
        document, _ = await self._fresh(data, title)  # verification takes long, and people go on typing
        return workspace_edit(document, edit, self._client)

    async def apply(self, data: ActionData, title: str, token: types.ProgressToken | None = None) -> None:
        """Have the client apply the edit: for commands, which lenses are and which clients that cannot resolve get."""
        if not self._client.applies_edits():
            raise self.refuse("this editor cannot apply edits that a server sends; use `pragmatist fix` instead")
        edit = await self.edit(data, title, token)
        request = self._server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit=edit, label=title))
        result = await asyncio.shield(request)
        if not result.applied:
            raise self.refuse(f"the editor did not apply the edit: {result.failure_reason or 'it gave no reason'}")

    async def verify(self, data: ActionData, token: types.ProgressToken | None = None) -> str:
        """Verify one loop and change nothing; what came out, in words. Raises `Refused`."""
        document, judgement = await self._fresh(data, "Verify")
        try:
            result = await self._verify_loop(document, judgement, data, "Verify", token)
        except KeyError:
            raise self._gone(document, judgement, data, "Verify") from None
        speedup = result.evidence.speedup
        speed = f", {speedup.ratio:.1f} times as fast with {speedup.threads} threads" if speedup is not None else ""
        words = f"The loop at line {result.loop.facts.keyword.line} is verified{speed}"
        self._say(words, types.MessageType.Info)
        return words

    async def verify_file(self, uri: str, token: types.ProgressToken | None = None) -> VerifiedWhole:
        """Verify every loop that pays to run in parallel, and change nothing. Raises `Refused`."""
        try:
            document, judgement = await self._judging.current(uri)
        except Closed:
            raise self.refuse("open the file first: what is verified is what the editor shows") from None
        proposed = self._verified.proposed
        loops = self._chosen(document, proposed.in_place(document, judgement))
        result = await self._whole(document, loops, token, proposed.plans(document, judgement))
        self._say(f"{tally(result)} ({len(result.evidence)} loops verified)", types.MessageType.Info)
        return result

    async def _verify_loop(
        self,
        document: Document,
        judgement: Judgement,
        data: ActionData,
        title: str,
        token: types.ProgressToken | None,
    ) -> VerifiedLoop:
        """Raises `Refused` where the evidence does not hold, `KeyError` where there is no such loop."""
        plans = self._verified.proposed.plans(document, judgement)
        loop = find_loop(self._verified.proposed.in_place(document, judgement), data.loop)
        self._check_trust()
        try:
            result = await self._verifying.loop(document, loop, token, self._model_to_ask(), plans.get(loop.facts.id))
        except WorkerError as error:
            raise self.refuse(f"{title}: {error}") from None
        self._verified.add(document, result.evidence, result.loop)
        if result.edit is not None:
            self._verified.inserted(document, result.edit, [loop.facts.id])
        self._learned(document)
        if result.edit is None:
            raise self.refuse(refusal(loop, result.evidence))
        plan = result.loop.verdict.plan
        if plan is not None and plan.planned_by != "static":
            words = f"The pragma of the loop at line {loop.facts.keyword.line} was planned by {plan.planned_by}"
            self._say(words, types.MessageType.Info)
        if not result.evidence.pays:
            self._say(no_gain(loop, result.evidence))
        if result.evidence.provided:
            line = loop.facts.keyword.line
            self._say(f"The loop at line {line} is right only if {result.evidence.provided}: nothing asks for it")
        return result

    async def _all(self, document: Document, judgement: Judgement, token: types.ProgressToken | None) -> Edit:
        proved = [loop for loop in self._chosen(document, judgement) if loop.verdict.basis == "proved"]
        result = await self._whole(document, proved, token)
        if result.edit is None:
            raise self.refuse(f"No loop was changed: {tally(result)}")
        return result.edit

    def _chosen(self, document: Document, judgement: Judgement) -> list[JudgedLoop]:
        """The loops that pay to run in parallel, but for those that are switched off."""
        settings = self._server.session.configuration.of(document.uri)
        return choose_loops(judgement.loops, hidden_loops(judgement, settings.disabled))

    async def _whole(
        self,
        document: Document,
        loops: list[JudgedLoop],
        token: types.ProgressToken | None,
        plans: Mapping[str, Plan] = {},
    ) -> VerifiedWhole:
        self._check_trust()
        try:
            result = await self._verifying.whole(document, loops, token, plans)
        except WorkerError as error:
            raise self.refuse(str(error)) from None
        for loop in result.loops:
            self._verified.add(document, result.evidence[loop.facts.id], loop)
        if result.edit is not None:
            self._verified.inserted(document, result.edit, result.inserted)
        self._learned(document)
        return result

    def _model_to_ask(self) -> AskModel | None:
        settings = self._server.session.configuration.window
        if settings.deep_pass == "static":
            return None
        return AskModel(settings.deep_pass, settings.model, settings.endpoint)

    def _check_trust(self) -> None:
        if not self._server.settings.trusted:
            raise self.refuse("this workspace is not trusted, so nothing is compiled or run in it")

    async def _fresh(self, data: ActionData, title: str) -> tuple[Document, Judgement]:
        document = self._documents.get(data.uri)
        if document is None or text_digest(document.text) != data.digest:
            raise self._stale(title)
        try:
            document, judgement = await self._judging.current(data.uri)
        except Closed:
            raise self._stale(title) from None
        if judgement.digest != data.digest:  # it was edited while the analysis ran
            raise self._stale(title)
        return document, judgement

    def _gone(self, document: Document, judgement: Judgement, data: ActionData, title: str) -> Refused:
        """What the action was about is not there: refuted since, or never there."""
        evidence = self._verified.of(document, judgement).get(data.loop or "")
        loop = next((loop for loop in judgement.loops if loop.facts.id == data.loop), None)
        if loop is not None and evidence is not None and evidence.verdict == "refuted":
            return self.refuse(refusal(loop, evidence))
        return self._stale(title)

    def _stale(self, title: str) -> Refused:
        return self.refuse(f"{title}: the text changed since this was offered; ask again")

    def refuse(self, message: str) -> Refused:
        """Say it to the person too: few clients show a failed request."""
        self._say(message)
        return Refused(message)

    def _say(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))

"""Verifications for an editor: in a worker, with work-done progress, and cancelled by its button or by the request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from ...codegen.edit import Edit
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from ..worker.client import Worker
from ..worker.tasks import Verification, VerifyText
from .capabilities import Client
from .documents import Document

logger = logging.getLogger(__name__)


class Cancelled(JsonRpcException):
    """Somebody pressed the progress report's cancel button."""

    CODE = types.LSPErrorCodes.RequestCancelled.value

    def __init__(self) -> None:
        super().__init__("the verification was cancelled", self.CODE)


class Verifying:
    """One verification at a time, in a process of its own: ending that process ends all that it started."""

    def __init__(self, protocol: LanguageServerProtocol, client: Client, *, no_sandbox: bool) -> None:
        self._protocol, self._client, self._no_sandbox = protocol, client, no_sandbox
        self._worker = Worker("verification")

    async def close(self) -> None:
        await self._worker.close()

    async def verify(self, document: Document, loop: JudgedLoop) -> tuple[Evidence, Edit | None]:
        """The evidence, and the edit where it holds. Raises `WorkerError`, and `Cancelled`."""
        request = VerifyText(document.path or document.uri, document.text, loop.facts.id, self._no_sandbox)
        title = f"Verifying the loop at line {loop.facts.keyword.line}"
        token = await self._begin(title)
        job = asyncio.ensure_future(
            self._worker.call("verify", request, Verification, progress=lambda raw: self._report(token, raw))
        )
        cancelled_by_user = False

        def cancel(_: object) -> None:
            nonlocal cancelled_by_user
            if not job.done():
                cancelled_by_user = True
                job.cancel()

        if token is not None:
            self._protocol.progress.tokens[token].add_done_callback(cancel)
        words = "stopped"
        try:
            result = await job
            words = result.evidence.verdict
            return result.evidence, result.edit
        except asyncio.CancelledError:
            words = "cancelled"
            if cancelled_by_user:
                raise Cancelled from None
            raise
        finally:
            self._end(token, words)

    async def _begin(self, title: str) -> str | None:
        if not self._client.work_done_progress():
            return None
        token = str(uuid.uuid4())
        progress = self._protocol.progress
        # Shielded: a cancelled wait would leave pygls an answer that nothing waits for.
        try:
            await asyncio.shield(asyncio.ensure_future(progress.create_async(token)))
        except JsonRpcException as error:
            logger.warning("the client refused a progress report: %s", error)
            return None
        progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True, message="waiting"))
        return token

    def _report(self, token: str | None, raw: msgspec.Raw) -> None:
        if token is not None:
            message = msgspec.json.decode(raw, type=str)
            self._protocol.progress.report(token, types.WorkDoneProgressReport(message=message))

    def _end(self, token: str | None, words: str) -> None:
        if token is not None:
            self._protocol.progress.end(token, types.WorkDoneProgressEnd(message=words))
            with contextlib.suppress(KeyError):
                del self._protocol.progress.tokens[token]


def refusal(loop: JudgedLoop, evidence: Evidence) -> str:
    """Why the edit of a verified plan is not given."""
    deciding = [check for check in evidence.checks if check.outcome != "passed"]
    deciding.sort(key=lambda check: ("refuted", "inconclusive", "skipped").index(check.outcome))
    head = f"The loop at line {loop.facts.keyword.line} was not changed: the verification is {evidence.verdict}"
    if not deciding:
        return head
    words = f"{head}; {deciding[0].name}: {deciding[0].detail}"
    places = [f"line {trace.line}: {trace.message}" for trace in deciding[0].traces[:2]]
    return "\n".join([words, *places])

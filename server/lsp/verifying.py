"""Verifications for an editor: in a worker, with work-done progress, and cancelled by its button or by the request."""

from __future__ import annotations

import asyncio
import logging
import uuid

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from ...codegen.edit import Edit
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from ..worker.client import Worker, WorkerError
from ..worker.tasks import VerificationStep, VerifiedLoop, VerifyText
from .capabilities import Client
from .documents import Document, language_of_document

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
        if document.path is None:
            raise WorkerError("save the file first: its program is built from where it lies")
        language = language_of_document(document)
        request = VerifyText(document.path, document.text, loop.facts.id, language, self._no_sandbox)
        report = await self._begin(f"Verifying the loop at line {loop.facts.keyword.line}")
        job = asyncio.ensure_future(self._worker.call("verify", request, VerifiedLoop, progress=report.step))
        report.on_cancel(job)
        words = "stopped"
        try:
            result = await job
            words = result.evidence.verdict
            return result.evidence, result.edit
        except asyncio.CancelledError:
            words = "cancelled"
            if report.cancelled:
                raise Cancelled from None
            raise
        finally:
            report.end(words)

    async def _begin(self, title: str) -> _Report:
        if not self._client.work_done_progress():
            return _Report(self._protocol, None)
        token = str(uuid.uuid4())
        progress = self._protocol.progress
        try:  # shielded: a cancelled wait would leave pygls an answer that nothing waits for
            await asyncio.shield(asyncio.ensure_future(progress.create_async(token)))
        except JsonRpcException as error:
            logger.warning("the client refused a progress report: %s", error)
            return _Report(self._protocol, None)
        progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))
        return _Report(self._protocol, token)


class _Report:
    """A work-done progress report under way; silent where the client has none."""

    def __init__(self, protocol: LanguageServerProtocol, token: str | None) -> None:
        self._progress = protocol.progress
        self._token = token
        self._percentage = 0
        self.cancelled = False

    def on_cancel(self, job: asyncio.Future[VerifiedLoop]) -> None:
        """Cancel the job when the person cancels the report."""

        def cancel(_: object) -> None:
            if not job.done():
                self.cancelled = True
                job.cancel()

        if self._token is not None:
            self._progress.tokens[self._token].add_done_callback(cancel)

    def step(self, raw: msgspec.Raw) -> None:
        if self._token is None:
            return
        step = msgspec.json.decode(raw, type=VerificationStep)
        self._percentage = max(self._percentage, round(100 * (step.share or 0.0)))  # LSP: it never falls
        report = types.WorkDoneProgressReport(message=step.words, percentage=self._percentage)
        self._progress.report(self._token, report)

    def end(self, words: str) -> None:
        if self._token is not None:
            self._progress.end(self._token, types.WorkDoneProgressEnd(message=words))
            self._progress.tokens.pop(self._token, None)


def no_gain(loop: JudgedLoop, evidence: Evidence) -> str:
    """What to tell the person whose loop was changed as they asked, though it will not be faster."""
    speed = next((check.detail for check in evidence.checks if check.name == "speed"), "")
    found = "safe, but slower here" if evidence.gain == "slower" else "safe, but not faster here"
    return f"The loop at line {loop.facts.keyword.line} is {found}" + (f": {speed}" if speed else "")


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

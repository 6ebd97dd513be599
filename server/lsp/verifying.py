"""Verifications for an editor: in a worker, with work-done progress, and cancelled by its button or by the request."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from ...reasoning.plan import Plan
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from ..worker.client import Worker, WorkerError
from ..worker.tasks import AskModel, VerificationStep, VerifiedLoop, VerifiedWhole, VerifyText, VerifyWhole
from .capabilities import Client
from .documents import Document, language_of_document
from .judging import Working

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0  # that a client may take to agree to a progress report


class Cancelled(JsonRpcException):
    """Somebody pressed the progress report's cancel button."""

    CODE = types.LSPErrorCodes.RequestCancelled.value

    def __init__(self) -> None:
        super().__init__("the verification was cancelled", self.CODE)


T = TypeVar("T", VerifiedLoop, VerifiedWhole)


class Verifying:
    """One verification at a time, in a process of its own: ending that process ends all that it started."""

    def __init__(self, protocol: LanguageServerProtocol, client: Client, *, no_sandbox: bool, working: Working) -> None:
        self._protocol, self._client, self._no_sandbox = protocol, client, no_sandbox
        self._working = working
        self._worker = Worker("verification")

    async def close(self) -> None:
        await self._worker.close()

    def restart(self) -> None:
        """End the process now, with what it runs; the next verification starts a fresh one."""
        self._worker.interrupt()

    async def loop(
        self,
        document: Document,
        loop: JudgedLoop,
        token: types.ProgressToken | None = None,
        ask: AskModel | None = None,
        plan: Plan | None = None,
    ) -> VerifiedLoop:
        """One loop, whose plan a person wants. `token` is the client's for progress, if it gave one; `ask` is the model
        to be asked for another plan if the checks do not confirm this one. `plan` is what the person was shown, where
        that is not the static planner's.

        Raises `WorkerError`, and `Cancelled`.
        """
        request = VerifyText(
            _path(document), document.text, loop.facts.id, language_of_document(document), self._no_sandbox, ask, plan
        )
        title = f"Verifying the loop at line {loop.facts.keyword.line}"
        return await self._run("verify", request, VerifiedLoop, title, token, lambda result: result.evidence.verdict)

    async def whole(
        self,
        document: Document,
        loops: Iterable[JudgedLoop],
        token: types.ProgressToken | None = None,
        plans: Mapping[str, Plan] = {},
    ) -> VerifiedWhole:
        """These loops of the text, each alone and all together. `plans`, by loop id, are those that are not the static
        planner's."""
        path = _path(document)
        chosen = tuple(loop.facts.id for loop in loops)
        request = VerifyWhole(
            path, document.text, chosen, language_of_document(document), self._no_sandbox, dict(plans)
        )
        title = f"Verifying the loops of {os.path.basename(path)}"
        return await self._run("verify_whole", request, VerifiedWhole, title, token, lambda result: tally(result))

    async def _run(
        self,
        task: str,
        request: msgspec.Struct,
        kind: type[T],
        title: str,
        token: types.ProgressToken | None,
        words_of: Callable[[T], str],
    ) -> T:
        report = await self._begin(title, token)
        job = asyncio.ensure_future(self._worker.call(task, request, kind, progress=report.step))
        report.on_cancel(job)
        words = "stopped"
        try:
            with self._working(title[0].lower() + title[1:]):
                result = await job
            words = words_of(result)
            return result
        except asyncio.CancelledError:
            words = "cancelled"
            if report.cancelled:
                raise Cancelled from None
            raise
        finally:
            report.end(words)

    async def _begin(self, title: str, token: types.ProgressToken | None) -> Report:
        progress = self._protocol.progress
        if token is None:
            if not self._client.work_done_progress():
                return Report(self._protocol, None)
            token = str(uuid.uuid4())
            try:  # shielded: a cancelled wait would leave pygls an answer that nothing waits for
                await asyncio.wait_for(
                    asyncio.shield(asyncio.ensure_future(progress.create_async(token))), ANSWER_SECONDS
                )
            except (JsonRpcException, TimeoutError) as error:
                logger.warning("the client does not take a progress report: %s", error)
                return Report(self._protocol, None)
        progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))
        return Report(self._protocol, token)


def _path(document: Document) -> str:
    if document.path is None:
        raise WorkerError("save the file first: its program is built from where it lies")
    return document.path


def tally(result: VerifiedWhole) -> str:
    """How many loops came out how."""
    verdicts = [evidence.verdict for evidence in result.evidence.values()]
    counts = [(verdict, verdicts.count(verdict)) for verdict in ("passed", "refuted", "inconclusive")]
    words = [f"{count} {verdict}" for verdict, count in counts if count]
    if result.refused:
        words.append(f"{len(result.refused)} where no pragma can be placed")
    return ", ".join(words) or "no loop to verify"


class Report:
    """A work-done progress report under way; silent where the client has none."""

    def __init__(self, protocol: LanguageServerProtocol, token: types.ProgressToken | None) -> None:
        self._progress = protocol.progress
        self._token = token
        self._percentage = 0
        self.cancelled = False

    def on_cancel(self, job: asyncio.Future[Any]) -> None:
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

"""Keeping a judgement of every open document: after a pause in typing, or at once when somebody waits for it.

One analysis at a time runs in a worker process. What was typed over before its turn is skipped; an analysis whose
text was typed over and that takes long is ended with its worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import unquote

from ...analysis.facts import TextError
from ...codegen.edit import text_digest
from ..engine.judgement import JudgedLoop, Judgement
from ..worker.client import Worker, WorkerError
from ..worker.tasks import Text
from ..worker.telling import Told, heard
from .debounce import Debounce
from .documents import Document, Documents, language_of_document

logger = logging.getLogger(__name__)

ANALYSIS_SECONDS = 60.0
STALE_SECONDS = 1.0  # an analysis of an old text may finish when it takes no longer: a new worker costs 0.3 s


Working = Callable[[str], AbstractContextManager[None]]  # lasts as long as the work that its words name


class Closed(Exception):
    """The document is not open (any more)."""


class Judging:
    """`publish` is called with each document and judgement that is new and current, on the event loop."""

    def __init__(
        self,
        documents: Documents,
        worker: Worker,
        publish: Callable[[Document, Judgement], None],
        debounce: Debounce,
        working: Working = nullcontext,
    ) -> None:
        self._documents = documents
        self._worker = worker
        self._publish = publish
        self._debounce = debounce
        self._working = working
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: dict[str, tuple[Document, asyncio.Task[None]]] = {}
        self._judged: dict[str, tuple[Document, Judgement]] = {}
        self._held: dict[str, tuple[str, Sequence[JudgedLoop]]] = {}  # by URI, what a worker told last, and its name
        self._running: tuple[str, float] | None = None
        self._turn = asyncio.Lock()
        self._anew = 0  # how often everything was to be judged anew
        self._pauses: dict[str, asyncio.Future[None]] = {}  # done when the pause after an edit is over

    def changed(self, document: Document) -> None:
        """A document was opened or edited: judge it, after a pause unless it is new to us."""
        uri = document.uri
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()
        running = self._running
        if running is not None and running[0] == uri and time.monotonic() - running[1] > STALE_SECONDS:
            self._worker.interrupt()
        delay = self._debounce.pause(uri) if uri in self._judged or uri in self._tasks else 0.0
        loop = asyncio.get_running_loop()
        self._timers[uri] = loop.call_later(delay, self._start, uri)
        self._pauses.setdefault(uri, loop.create_future())

    def closed(self, uri: str) -> None:
        if (timer := self._timers.pop(uri, None)) is not None:
            timer.cancel()
        if (running := self._tasks.pop(uri, None)) is not None and not (
            self._running is not None and self._running[0] == uri
        ):
            running[1].cancel()
        self._judged.pop(uri, None)
        self._held.pop(uri, None)
        self._debounce.forget(uri)
        self._end_pause(uri)

    def restart(self) -> None:
        """Judge every open text anew, in a fresh worker."""
        self.again()
        self._worker.interrupt()

    def again(self) -> None:
        """Judge every open text anew: something that judgements depend on beside the texts has changed."""
        self._anew += 1
        self._judged.clear()
        self._tasks.clear()
        for document in self._documents:
            self.changed(document)

    def all_known(self) -> list[tuple[Document, Judgement]]:
        """The judgements that there are of documents in their current versions."""
        return [known for document in self._documents if (known := self.known(document.uri)) is not None]

    def known(self, uri: str) -> tuple[Document, Judgement] | None:
        """The judgement of the document's current version, if it is there already."""
        known = self._judged.get(uri)
        return known if known is not None and known[0] is self._documents.get(uri) else None

    async def current(self, uri: str) -> tuple[Document, Judgement]:
        """The judgement of the current version, made now if need be. Raises `Closed`."""
        while True:
            if (known := self.known(uri)) is not None:
                return known
            if (timer := self._timers.pop(uri, None)) is not None:
                timer.cancel()
            task = self._start(uri)
            if task is None:
                raise Closed(uri)
            await asyncio.shield(task)

    async def settled(self, uri: str) -> tuple[Document, Judgement]:
        """The judgement of the current version, not before the pause after its last edit is over. Raises `Closed`."""
        while (pause := self._pauses.get(uri)) is not None and self.known(uri) is None:
            await asyncio.shield(pause)
        return await self.current(uri)

    def _end_pause(self, uri: str) -> None:
        if (pause := self._pauses.pop(uri, None)) is not None:
            pause.set_result(None)

    def _start(self, uri: str) -> asyncio.Task[None] | None:
        self._timers.pop(uri, None)
        self._end_pause(uri)
        document = self._documents.get(uri)
        if document is None:
            return None
        known = self._tasks.get(uri)
        if known is not None and known[0] is document and not known[1].done():
            return known[1]
        task = asyncio.create_task(self._judge(document))
        self._tasks[uri] = (document, task)
        return task

    async def _judge(self, document: Document) -> None:
        uri = document.uri
        async with self._turn:
            if self._documents.get(uri) is not document:
                return
            begun, anew = time.monotonic(), self._anew
            self._running = (uri, begun)
            try:
                with self._working(f"analysing {unquote(uri).rpartition('/')[2]}"):
                    judgement = await self._ask(document)
            finally:
                self._running = None
            if judgement is not None and not judgement.failed:
                self._debounce.took(uri, time.monotonic() - begun)
        if self._documents.get(uri) is document and judgement is not None and self._anew == anew:
            self._judged[uri] = (document, judgement)
            self._publish(document, judgement)

    async def _ask(self, document: Document) -> Judgement | None:
        telling, loops = self._held.get(document.uri, (None, ()))
        request = Text(document.text, language_of_document(document), document.path, telling)
        anew = self._anew
        try:
            answer = await self._worker.call("tell_text", request, Told, timeout=ANALYSIS_SECONDS)
            judgement = await heard(answer, loops)
            if self._documents.get(document.uri) is not None:
                self._held[document.uri] = (answer.telling, judgement.loops)
            return judgement
        except TimeoutError:
            message = f"the analysis took over {ANALYSIS_SECONDS:.0f} s and was stopped"
        except WorkerError as error:
            if self._documents.get(document.uri) is not document or self._anew != anew:
                return None  # ended because the text was typed over, or because somebody wants a fresh worker
            message = str(error)
        # What our own faults say may quote the text: the log gets what kind they are of, and stderr has the rest.
        logger.error("%s: %s", document.uri, message.partition(":")[0])
        return failed_judgement(document.text, message)


def failed_judgement(text: bytes, message: str) -> Judgement:
    """What is known when the analysis itself failed: nothing, and why."""
    return Judgement(text_digest(text), "c", errors=(TextError(1, message),), failed=True)

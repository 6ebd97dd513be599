"""The quick pass with a model: once a text was analysed, a model is asked about the loops that are not proved.

It is asked in a process of its own, one loop after the other, while the event loop and the analysis go on. What it
proposes is a candidate: shown, and handed to the verification that a person asks for, and no more. Answers are kept by
the facts of their loops, so after an edit only the loops that it changed are new to the model.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection

from ..engine.judgement import JudgedLoop, Judgement
from ..worker.client import Worker, WorkerError
from ..worker.tasks import AskModel, ProposedLoop, ProposeLoop
from .documents import Document, language_of_document
from .judging import Working
from .proposed import Proposed

# The answer about an old text may be finished when it takes no longer: it is kept, and a new process costs more.
STALE_SECONDS = 1.0
SHOW_SECONDS = 0.5  # between two times that what was proposed so far is shown


class QuickPass:
    """`ask` says which model is to be asked about a text, if any; `learned` is called when there is something new to
    show of one; `complain` is told, in words, why a model cannot be asked."""

    def __init__(
        self,
        proposed: Proposed,
        ask: Callable[[Document, Judgement], AskModel | None],
        learned: Callable[[Document], None],
        complain: Callable[[str], None],
        working: Working,
    ) -> None:
        self._proposed, self._ask, self._learned, self._complain = proposed, ask, learned, complain
        self._working = working
        self._worker = Worker("model", "propose")
        self._passes: dict[str, asyncio.Task[None]] = {}

    def judged(self, document: Document, judgement: Judgement, settled: Collection[str]) -> None:
        """The text has a judgement. Nothing is asked about loops that are `settled`, by id."""
        self.stop(document.uri)
        ask = self._ask(document, judgement)
        if ask is not None and (open_loops := _open_loops(judgement, settled)):
            task = asyncio.create_task(self._pass(document, judgement, ask, open_loops))
            self._passes[document.uri] = task

    def stop(self, uri: str) -> None:
        """The text changed, or is closed: what is proposed for it is of no use any more."""
        self._proposed.forget(uri)
        if (task := self._passes.pop(uri, None)) is not None:
            task.cancel()

    def restart(self) -> None:
        """End the process now; the next question starts a fresh one."""
        self._stop_all()
        self._worker.interrupt()

    async def close(self) -> None:
        self._stop_all()
        await self._worker.close()

    def _stop_all(self) -> None:
        for uri in list(self._passes):
            self.stop(uri)

    async def _pass(self, document: Document, judgement: Judgement, ask: AskModel, open_loops: Collection[str]) -> None:
        found: dict[str, JudgedLoop] = {}
        shown, since = 0, time.monotonic()
        taken: set[str] = set()
        with self._working("asking a model about loops that are not proved"):
            for loop in judgement.loops:  # source order: a loop comes after the loops around it
                facts = loop.facts
                if facts.parent in taken or facts.existing_directive is not None:
                    taken.add(facts.id)
                    continue
                planned = await self._answer(document, loop, ask) if facts.id in open_loops else None
                if isinstance(planned, str):
                    self._complain(planned)
                    break
                if planned is not None:
                    found[facts.id] = planned
                if loop.pays and (planned or loop).verdict.plan is not None:
                    taken.add(facts.id)
                if len(found) > shown and time.monotonic() - since >= SHOW_SECONDS:
                    self._show(document, judgement, found)
                    shown, since = len(found), time.monotonic()
        if len(found) > shown:
            self._show(document, judgement, found)

    def _show(self, document: Document, judgement: Judgement, found: dict[str, JudgedLoop]) -> None:
        self._proposed.put(document, judgement, found)
        self._learned(document)

    async def _answer(self, document: Document, loop: JudgedLoop, ask: AskModel) -> JudgedLoop | str | None:
        """The loop with the model's plan, None where it has none, or why it cannot be asked."""
        request = ProposeLoop(document.path, document.text, loop.facts.id, ask, language_of_document(document))
        call = asyncio.ensure_future(self._worker.call("propose", request, ProposedLoop))
        try:
            return (await asyncio.shield(call)).loop
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(STALE_SECONDS, call.cancel)
            raise
        except WorkerError as error:  # if the process crashed, no other is started before the next edit
            return str(error)


def _open_loops(judgement: Judgement, settled: Collection[str]) -> set[str]:
    """The loops, by id, for which a model may have a plan to add: not where the facts decide, nor where nothing would
    be inserted, nor where its candidate would stand in the way of a loop inside that is proved."""
    around = {loop.facts.id: loop.facts.parent for loop in judgement.loops}
    holding: set[str] = set()
    for loop in judgement.loops:
        if loop.verdict.basis == "proved" and loop.pays:
            parent = loop.facts.parent
            while parent is not None and parent not in holding:
                holding.add(parent)
                parent = around.get(parent)
    return {
        facts.id
        for loop in judgement.loops
        if (facts := loop.facts).id not in settled
        and loop.verdict.verdict in ("candidate", "unknown")
        and (loop.verdict.plan is not None or facts.id not in holding)
        and facts.existing_directive is None
        and facts.complete
        and loop.pays
        and not facts.blocking
    }

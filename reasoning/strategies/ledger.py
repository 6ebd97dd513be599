"""The budget of one proposal: every call of the model goes through it, is counted, and is refused once it is spent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..plan import Rejection
from ..runtimes.protocol import Completion, Message, ModelError, Request, Runtime
from .protocol import BUDGET_SPENT, MODEL_FAILED, Budget

_LEAST_ANSWER = 16  # tokens; nothing of use is shorter, so a call with less left is not made


class Ledger:
    """Counts calls, tokens and seconds from its making on; the seconds without those of checks, which have limits of
    their own and are made at most once a call."""

    def __init__(self, runtime: Runtime, budget: Budget, cancelled: threading.Event | None) -> None:
        self._runtime, self._budget, self._cancelled = runtime, budget, cancelled
        self._started = time.monotonic()
        self._paused = 0.0
        self.calls = 0
        self.tokens = 0

    @property
    def calls_left(self) -> int:
        return max(0, self._budget.calls - self.calls)

    @property
    def seconds(self) -> float:
        """Wall time since the ledger was made, without the pauses."""
        return time.monotonic() - self._started - self._paused

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done within costs none of the budget's seconds."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._paused += time.monotonic() - begun

    def ask(self, messages: tuple[Message, ...], schema: dict[str, Any]) -> Completion | Rejection:
        """The model's answer, or a rejection that says which part of the budget is spent or what failed.

        Raises `Cancelled`.
        """
        budget = self._budget
        if self.calls >= budget.calls:
            return _spent(f"{_calls(self.calls)} of the model")
        left = budget.seconds - self.seconds
        if left <= 0:
            return _spent(f"{budget.seconds:g} seconds")
        try:
            room = budget.tokens - self.tokens - self._runtime.count_tokens(messages, cancelled=self._cancelled)
            if room < _LEAST_ANSWER:
                return _spent(f"{budget.tokens} tokens")
            request = Request(
                messages, schema=schema, max_tokens=min(budget.answer_tokens, room), temperature=0.0, seconds=left
            )
            self.calls += 1
            completion = self._runtime.complete(request, cancelled=self._cancelled)
        except ModelError as error:
            return Rejection(MODEL_FAILED, f"the model could not answer: {error}", refuted=False)
        self.tokens += completion.prompt_tokens + completion.answer_tokens
        return completion


def _spent(what: str) -> Rejection:
    return Rejection(BUDGET_SPENT, f"no plan stood when the budget was spent ({what})", refuted=False)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"

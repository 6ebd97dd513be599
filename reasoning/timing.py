"""How fast a model reads and writes: a runtime that looks at the clock, around any other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from .runtimes.protocol import Completion, Message, Request, Runtime


class Speeds(msgspec.Struct, frozen=True):
    """What was read and written, and the seconds of each: up to the first piece of an answer is reading.

    `read` are the tokens of prompts that were computed, without those kept from before, and `written` those of answers.
    """

    read: int = 0
    reading: float = 0.0
    written: int = 0
    writing: float = 0.0

    @property
    def read_per_second(self) -> float | None:
        return self.read / self.reading if self.reading > 0 and self.read else None

    @property
    def written_per_second(self) -> float | None:
        return self.written / self.writing if self.writing > 0 and self.written else None


class TimedRuntime:
    """See `protocol.Runtime`; `speeds` is the sum over all answers so far."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.speeds = Speeds()

    @property
    def runtime(self) -> str:
        return self._runtime.runtime

    @property
    def model(self) -> str:
        return self._runtime.model

    @property
    def digest(self) -> str:
        return self._runtime.digest

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        self._runtime.load(cancelled=cancelled)

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        started = time.monotonic()
        first: list[float] = []

        def piece(text: str) -> None:
            if not first:
                first.append(time.monotonic())
            if on_text is not None:
                on_text(text)

        completion = self._runtime.complete(request, on_text=piece, cancelled=cancelled)
        ended = time.monotonic()
        begun = first[0] if first else ended
        before = self.speeds
        self.speeds = Speeds(
            before.read + completion.prompt_tokens - completion.cached_tokens,
            before.reading + begun - started,
            before.written + max(0, completion.answer_tokens - 1),  # the first came with the reading
            before.writing + ended - begun,
        )
        return completion

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        return self._runtime.count_tokens(messages, cancelled=cancelled)

    def close(self) -> None:
        self._runtime.close()

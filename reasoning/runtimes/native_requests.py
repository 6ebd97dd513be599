"""Requests to the native llama.cpp server that their caller can walk away from.

Each request runs on a thread of its own and hands its chunks over through a queue, so its caller can stop waiting at
any moment. The native side asks at every chunk whether to go on, and learns there that it was dropped.
"""

from __future__ import annotations

import queue
import threading
import time
import weakref
from typing import Any

from .protocol import Cancelled, GenerationError, PromptTooLong

_POLL = 0.02  # seconds between looks at the caller's event
_EXIT_WAIT = 10.0  # seconds to wait for a dropped request before the interpreter ends

TIMED_OUT: dict[str, Any] = {}


class Call:
    """One request under way, dropped after `chunks` chunks, or when the `with` block is left before its end."""

    def __init__(self, server: Any, body: dict[str, Any], chunks: int | None) -> None:
        self._left = chunks
        self._chunks: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
        self._dropped = threading.Event()
        # A daemon, so that an interpreter that wants to end is not held up; `NativeRequests.shut` then drops and joins.
        self._thread = threading.Thread(target=self._run, args=(server, body), name="llama.cpp request", daemon=True)
        self._thread.start()

    def _run(self, server: Any, body: dict[str, Any]) -> None:
        try:
            server.handle_chat_completions({**body, "stream": True, "return_progress": True}, self._on_chunk)
        except Exception as error:
            self._chunks.put(error)
        else:
            self._chunks.put(None)

    def _on_chunk(self, chunk: dict[str, Any]) -> bool:
        self._chunks.put(chunk)
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._dropped.set()
        return self._dropped.is_set()

    def next(self, deadline: float | None, cancelled: threading.Event | None) -> dict[str, Any] | None:
        """The next chunk, None at the end, `TIMED_OUT` after the deadline; raises what the request failed with."""
        while True:
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            if deadline is not None and time.monotonic() >= deadline:
                return TIMED_OUT
            try:
                chunk = self._chunks.get(timeout=_POLL)
            except queue.Empty:
                continue
            if isinstance(chunk, Exception):
                raise GenerationError(f"llama.cpp refused the request: {chunk}") from chunk
            if chunk is not None and "error" in chunk:
                raise _error(chunk["error"])
            return chunk

    def drop(self) -> None:
        self._dropped.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def __enter__(self) -> Call:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()


class NativeRequests:
    """The loaded server and the requests that may still run in it; `LlamaCpp` itself could not be finalized with it."""

    def __init__(self) -> None:
        self.server: Any = None
        self._calls: weakref.WeakSet[Call] = weakref.WeakSet()

    def start(self, server: Any, body: dict[str, Any], *, chunks: int | None = None) -> Call:
        call = Call(server, body, chunks)
        self._calls.add(call)
        return call

    def begin(self, server: Any) -> None:
        """Wait until the server answers.

        Its constructor returns before its loop has begun, and a server that is freed in between waits for the loop's
        end for ever.
        """
        with self.start(server, {"messages": [{"role": "user", "content": "."}], "max_tokens": 1}, chunks=1) as call:
            while call.next(None, None) is not None:
                pass

    def shut(self) -> None:
        calls = list(self._calls)
        for call in calls:
            call.drop()
        for call in calls:
            call.join(_EXIT_WAIT)
        self.server = None


def _error(error: dict[str, Any]) -> GenerationError | PromptTooLong:
    if error.get("type") == "exceed_context_size_error":
        return PromptTooLong(error["n_prompt_tokens"], error["n_ctx"])
    return GenerationError(f"llama.cpp refused the request: {error.get('message', error)}")

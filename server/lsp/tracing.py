"""`$/logTrace`: which messages come and go, for clients that ask for it by `$/setTrace`. Never what documents hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from lsprotocol import types


class Tracer:
    """`send` gets each message; `level` says whether there are to be any, and in which detail."""

    def __init__(self, send: Callable[[types.LogTraceParams], None], level: Callable[[], types.TraceValue]) -> None:
        self._send, self._level = send, level
        self._begun: dict[Any, tuple[str, float]] = {}

    def received(self, method: str, number: Any, params: Any) -> None:
        """A request (which has a number) or a notification came."""
        level = self._level()
        if level == types.TraceValue.Off:
            return
        what = f"notification {method}" if number is None else f"request {method} ({number})"
        if number is not None:
            self._begun[number] = (method, time.monotonic())
        details = ", ".join(_details(params)) if level == types.TraceValue.Verbose else ""
        self._send(types.LogTraceParams(message=f"received {what}", verbose=details or None))

    def answered(self, number: Any, error: types.ResponseError | Any | None) -> None:
        """A request was answered."""
        method, begun = self._begun.pop(number, (None, 0.0))
        if method is None or self._level() == types.TraceValue.Off:
            return
        how = "answered" if error is None else f"refused (error {error.code})"
        milliseconds = (time.monotonic() - begun) * 1000
        self._send(types.LogTraceParams(message=f"{how} {method} ({number}) after {milliseconds:.1f} ms"))


def _details(params: Any) -> Iterator[str]:
    """Which document, version and place a message is about; how long its changes are, and not what they hold."""
    document = getattr(params, "text_document", None)
    for name in ("uri", "version", "language_id"):
        if (value := getattr(document, name, None)) is not None:
            yield f"{name}: {value}"
    for name in ("position", "range"):
        if (value := getattr(params, name, None)) is not None:
            yield f"{name}: {value}"
    if (changes := getattr(params, "content_changes", None)) is not None:
        yield f"changes: {len(changes)}, of {sum(len(change.text) for change in changes)} characters"

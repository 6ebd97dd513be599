"""`pragmatist/status`: what a client can show in its status bar, sent when it has become another.

Changes within a tenth of a second are one, so that analyses that are done by then are not seen to begin.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..engine.judgement import Judgement

METHOD = "pragmatist/status"
TOGETHER_SECONDS = 0.1
VERDICTS = ("parallel", "candidate", "serial", "unknown")


class Status:
    """`send` gets the whole status as JSON: `trusted`, `busy` (words, or None), and `counts` over open documents."""

    def __init__(self, send: Callable[[dict[str, Any]], None], *, trusted: bool) -> None:
        self._send = send
        self._trusted = trusted
        self._counts: dict[str, Counter[str]] = {}
        self._working: dict[object, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sent: dict[str, Any] | None = None

    def judged(self, uri: str, judgement: Judgement) -> None:
        """A document has this judgement, of which only what is reported counts."""
        counts = Counter(loop.verdict.verdict for loop in judgement.loops)
        counts["race"] = sum(directive.verdict == "race" for directive in judgement.directives)
        self._counts[uri] = counts
        self.soon()

    def closed(self, uri: str) -> None:
        self._counts.pop(uri, None)
        self.soon()

    @contextlib.contextmanager
    def working(self, words: str) -> Iterator[None]:
        """Work is under way as long as this lasts."""
        key = object()
        self._working[key] = words
        self.soon()
        try:
            yield
        finally:
            del self._working[key]
            self.soon()

    def soon(self) -> None:
        """Send it, if it is another than was sent last, in a moment."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._now)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _now(self) -> None:
        self._timer = None
        total: Counter[str] = sum(self._counts.values(), Counter())
        status = {
            "trusted": self._trusted,
            "busy": next(reversed(self._working.values()), None),
            "counts": {name: total[name] for name in (*VERDICTS, "race")},
        }
        if status != self._sent:
            self._sent = status
            self._send(status)

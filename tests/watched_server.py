"""`python tests/watched_server.py REPORT`: the language server, with a watchdog on its event loop.

The report gets, when the server ends, what its loop ran longest once `initialize` was answered, one JSON object a line:
seconds of processor time, so that a busy machine is no fault of the server's, seconds by the clock, and what it was.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LONGEST_KEPT = 20
BEGUN = "msgspec"  # the first module that is imported once the client is initialized


def watch(kept: list[tuple[float, float, str]]) -> None:
    """From now on, `kept` has the longest callbacks of every event loop of this process."""
    run: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def watched(handle: Any) -> None:
        if BEGUN not in sys.modules:
            return run(handle)
        named = repr(handle) if len(kept) < LONGEST_KEPT else None  # before: a handle that ran may forget what it was
        clock, worked = time.perf_counter(), time.thread_time()
        run(handle)
        worked, clock = time.thread_time() - worked, time.perf_counter() - clock
        if len(kept) < LONGEST_KEPT or worked > kept[0][0]:
            entry = (worked, clock, named or repr(handle))
            (heapq.heappush if len(kept) < LONGEST_KEPT else heapq.heapreplace)(kept, entry)
        return None

    asyncio.Handle._run = watched  # pyright: ignore[reportAttributeAccessIssue]


def main() -> int:
    from pragmatist.server.cli import main as command

    report = Path(sys.argv[1])
    kept: list[tuple[float, float, str]] = []
    watch(kept)
    try:
        return command(["serve", *sys.argv[2:]])  # which `exit` ends by an exception
    finally:
        lines = (json.dumps({"cpu": cpu, "clock": clock, "what": what}) for cpu, clock, what in sorted(kept)[::-1])
        report.write_text("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())

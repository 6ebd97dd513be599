"""Starting a worker process. Light to import: the language server does it before anything else, to start beside it."""

from __future__ import annotations

import asyncio
import sys

_LINE_LIMIT = 1 << 30  # bytes; a reply to a file of 32 MiB is far below


async def spawn(*tasks: str) -> asyncio.subprocess.Process:
    """A fresh worker process, which imports what these tasks need while it waits for its first request.

    Raises `OSError` where it cannot be started.
    """
    # -P: the current directory is the user's workspace, and nothing may be imported from there.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "pragmatist.server.worker", *tasks,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        start_new_session=True, limit=_LINE_LIMIT,
    )  # fmt: skip

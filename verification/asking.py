"""Asking an installed program something: compilers and tools of the machine's own, which need no sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal


async def answer_of(*command: str, cwd: str | None = None, **environment: str) -> tuple[int, str]:
    """Exit status and output; 127 where the program does not exist, 124 where it does not answer within a minute."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **environment},
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        return 127, f"{command[0]}: {error.strerror}"
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    except TimeoutError:
        return 124, f"{command[0]} did not answer within a minute"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return process.returncode or 0, output.decode("utf-8", "replace")

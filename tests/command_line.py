"""The `pragmatist` command as a subprocess, as users and scripts run it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from pragmatist.server.answers import Answer

COMMAND = [sys.executable, "-m", "pragmatist.server.cli"]


def pragmatist(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run it with no terminal anywhere and a cache of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(cwd, **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=280,
        check=False,
    )


def environment(cwd: Path, **env: str) -> dict[str, str]:
    return {**os.environ, "PRAGMATIST_CACHE_DIR": str(cwd / ".cache"), "TERM": "xterm", **env}


def answer_of(run: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """The one JSON object on stdout: exactly that, in the types of the format."""
    assert run.stdout.endswith(b"}\n"), run
    assert run.stdout.count(b"\n") == 1
    msgspec.json.decode(run.stdout, type=Answer)
    return json.loads(run.stdout)


def in_terminal(
    *arguments: str, cwd: Path, stream: str, seen: Callable[[bytes], None] = lambda _: None, **env: str
) -> tuple[int, bytes]:
    """Run it with `stream` ("stdout" or "stderr") on a terminal: the exit code and what the terminal got.

    `seen` is called with all that came so far, each time something does.
    """
    ours, theirs = pty.openpty()
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=environment(cwd, **env), stdin=subprocess.DEVNULL, **streams
    ) as process:
        os.close(theirs)
        got = b""
        try:
            while piece := os.read(ours, 65536):
                got += piece
                seen(got)
        except OSError:  # Linux: the other side is closed
            pass
        finally:
            os.close(ours)
        return process.wait(), got

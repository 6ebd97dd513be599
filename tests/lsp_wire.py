"""A language server on bare pipes: what a client library would not send, and what it would not notice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

SERVE = ["-m", "pragmatist.server.cli", "serve"]
INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}


class Wire:
    """A server on pipes, spoken to without any client library."""

    def __init__(self, *options: str, stderr: int | None = subprocess.DEVNULL, arguments: Sequence[str] = ()) -> None:
        """`options` are Python's, `arguments` the server's."""
        command = [sys.executable, *options, *SERVE, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)

    def send(self, method: str, params: Any = None, **fields: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **fields}).encode()
        self.send_raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def send_raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any] | None:
        """The next message; None at the end."""
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline():
            if line == b"\r\n":
                return json.loads(self.process.stdout.read(length))
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return None

    def answer(self, number: int | str) -> dict[str, Any]:
        """The answer to a request; notifications before it are skipped."""
        while (message := self.receive()) is not None:
            if message.get("id") == number and "method" not in message:
                return message
        raise AssertionError(f"the server ended without an answer to {number}")

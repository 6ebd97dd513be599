"""HTTP requests that their caller can walk away from.

Each request blocks on a thread of its own and hands its lines over through a queue, so its caller can stop waiting at
any moment (cancel, time limit, Ctrl-C). Dropping a request shuts its socket down, which ends the thread, and tells the
server that nobody waits for the rest. One request a connection: what that costs is nothing beside an answer.

`http.client` is used as it is: no redirect is followed and no proxy asked, so nothing goes anywhere but to the server
that the user named.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress

from .endpoint import Endpoint
from .protocol import Cancelled

CONNECT_SECONDS = 5.0
MOST_BYTES = 16 << 20  # of one response; an answer takes about 300 bytes a token in a stream
_MOST_LINE = 1 << 20
_MOST_ERROR = 64 << 10
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_POLL = 0.02  # seconds between looks at the caller's event


class Disconnected(Exception):
    """The server cannot be reached, broke off, or does not speak HTTP; `str()` says which."""


class Silent(Exception):
    """The server sent nothing for as long as it was given."""


class RefusedByServer(Exception):
    """The server answered with another status than 200. `retry_after` is in seconds, where it said so."""

    def __init__(self, status: int, body: bytes, retry_after: float | None) -> None:
        super().__init__(f"status {status}")
        self.status, self.body, self.retry_after = status, body, retry_after


class TimedOut(Exception):
    """The caller's deadline has passed."""


class HttpCall:
    """One request under way; leaving the `with` block drops it."""

    def __init__(self, where: Endpoint, path: str, body: bytes | None, headers: dict[str, str], silence: float) -> None:
        """POST where there is a body, else GET. `silence`: the most seconds between two signs of life."""
        self._where, self._path, self._body, self._headers, self._silence = where, path, body, headers, silence
        self._lines: queue.SimpleQueue[bytes | Exception | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._dropped = False
        self._socket: socket.socket | None = None
        threading.Thread(target=self._run, name="model server request", daemon=True).start()

    def next(self, deadline: float | None, cancelled: threading.Event | None) -> bytes | None:
        """The next line without its end, None after the last.

        Raises `Cancelled`, `TimedOut`, `Disconnected`, `Silent` and `RefusedByServer`.
        """
        while True:
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            if deadline is not None and time.monotonic() >= deadline:
                raise TimedOut
            try:
                line = self._lines.get(timeout=_POLL)
            except queue.Empty:
                continue
            if isinstance(line, Exception):
                raise line
            return line

    def drop(self) -> None:
        with self._lock:
            self._dropped = True
            if self._socket is not None:
                with suppress(OSError):
                    # The second wakes the thread, which closes the socket; the first lets the server hear of that even
                    # if it is stuck with what it has sent.
                    self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> HttpCall:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def _run(self) -> None:
        connection = self._connection()
        try:
            self._exchange(connection)
            self._lines.put(None)
        except (RefusedByServer, Disconnected) as error:
            self._lines.put(error)
        except TimeoutError:
            if self._socket is None:
                self._lines.put(Disconnected(f"no answer within {CONNECT_SECONDS:g} seconds"))
            else:
                self._lines.put(Silent(f"nothing came for {self._silence:g} seconds"))
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # The last two come of a socket that is shut down while TLS reads from it.
            self._lines.put(Disconnected(_words(error)))
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._where.scheme == "https":
            return http.client.HTTPSConnection(
                self._where.host, self._where.port, timeout=CONNECT_SECONDS, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self._where.host, self._where.port, timeout=CONNECT_SECONDS)

    def _exchange(self, connection: http.client.HTTPConnection) -> None:
        connection.connect()
        connected: socket.socket = connection.sock
        connected.settimeout(self._silence)
        with self._lock:
            self._socket = connected
            if self._dropped:
                return
        method = "GET" if self._body is None else "POST"
        connection.request(method, self._path, self._body, self._headers)
        with connection.getresponse() as response:  # which holds the socket, and is not closed with the connection
            if response.status != 200:
                raise RefusedByServer(response.status, response.read(_MOST_ERROR), _seconds(response))
            received = 0
            while line := response.readline(_MOST_LINE + 1):
                received += len(line)
                if len(line) > _MOST_LINE or received > MOST_BYTES:
                    raise Disconnected(f"it sent more than the {MOST_BYTES >> 20} MiB that an answer may have")
                self._lines.put(line.rstrip(b"\r\n"))


def _seconds(response: http.client.HTTPResponse) -> float | None:
    given = response.headers.get("Retry-After", "").strip()
    return float(given) if given.isascii() and given.isdecimal() and len(given) < 6 else None


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, OSError):
        return error.strerror or "the connection broke"
    if isinstance(error, http.client.RemoteDisconnected | http.client.IncompleteRead):
        return "it closed the connection"
    return "what it sent is not HTTP"

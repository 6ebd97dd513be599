"""Messages on pipes: framing, reading and writing, so that nothing a client does or omits blocks or ends the server.

Two threads of the process do nothing but read and write. So the event loop waits for no client: one that does not read
leaves its messages in memory, up to a limit, and one that closed its end is noticed as soon as there is something to
say to it, even where it keeps the other pipe open. What is not a message is skipped, or answered if it can be.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import queue
import re
import threading
import traceback
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from .protocol import Protocol

logger = logging.getLogger(__name__)

MOST_UNREAD = 256 << 20  # bytes that a client may leave unread
MOST_WAITING = 64  # messages read and not yet handled
LONGEST_HEADER = 64 << 10  # bytes
DRAIN_SECONDS = 2.0
_CHUNK = 64 << 10
# At the end of a line: what a message with a wrong length left behind may stand before it.
_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,10})[ \t]*\r?\n\Z", re.IGNORECASE)


class Framing:
    """Cuts a stream of bytes into the bodies of messages. Lines that are no header are skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are complete with this."""
        self._buffer += data
        bodies: list[bytes] = []
        while True:
            if self._in_body:
                assert self._length is not None
                if len(self._buffer) < self._length:
                    return bodies
                bodies.append(bytes(self._buffer[: self._length]))
                del self._buffer[: self._length]
                self._in_body, self._length = False, None
            end = self._buffer.find(b"\n") + 1
            if not end:
                if len(self._buffer) > LONGEST_HEADER:
                    self._buffer.clear()
                return bodies
            line = bytes(self._buffer[:end])
            del self._buffer[:end]
            if (found := _LENGTH.search(line)) is not None:
                self._length = int(found[1])
            elif not line.strip() and self._length is not None:
                self._in_body = True


class Output:
    """What the protocol writes to. `lost` is called on the event loop when the client is gone, or reads nothing."""

    def __init__(self, descriptor: int, lost: asyncio.Event) -> None:
        self._descriptor, self._lost = descriptor, lost
        self._events = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._unread = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        self._unread += len(data)
        if self._unread > MOST_UNREAD:
            self._lost.set()
            return
        self._waiting.put(data)

    def close(self) -> None:
        """Once everything is written, or the client took too long to read it."""
        self._waiting.put(None)
        self._thread.join(DRAIN_SECONDS)

    def _work(self) -> None:
        while (data := self._waiting.get()) is not None:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    self._events.call_soon_threadsafe(self._lost.set)
                return
            with contextlib.suppress(RuntimeError):
                self._events.call_soon_threadsafe(self._written, len(data))

    def _written(self, count: int) -> None:
        self._unread -= count


class Input:
    """The bodies of messages, as a thread reads them; None at the end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._events = asyncio.get_running_loop()
        self._bodies: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = threading.Semaphore(MOST_WAITING)
        threading.Thread(target=self._work, daemon=True).start()

    async def next(self) -> bytes | None:
        body = await self._bodies.get()
        self._room.release()
        return body

    def _work(self) -> None:
        framing = Framing()
        try:
            while data := os.read(self._descriptor, _CHUNK):
                for body in framing.feed(data):
                    self._hand_over(body)
        except OSError as error:
            logger.error("the client's messages cannot be read: %s", error.strerror)
        self._hand_over(None)

    def _hand_over(self, body: bytes | None) -> None:
        self._room.acquire()
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._events.call_soon_threadsafe(self._bodies.put_nowait, body)


async def serve_pipes(protocol: Protocol, incoming: int, outgoing: int) -> None:
    """Serve a client on two descriptors until one of them ends."""
    lost = asyncio.Event()
    output = Output(outgoing, lost)
    protocol.set_writer(output)
    messages = Input(incoming)
    gone = asyncio.ensure_future(lost.wait())
    try:
        while True:
            following = asyncio.ensure_future(messages.next())
            await asyncio.wait((following, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                following.cancel()
                logger.error("the client is gone")
                return
            body = following.result()
            if body is None:
                return
            await protocol.attentive.wait()
            handle(protocol, body)
    finally:
        gone.cancel()
        output.close()


def handle(protocol: Protocol, body: bytes) -> None:
    """Handle one message. One that is none is answered where somebody may wait for it (JSON-RPC 2.0 §5.1)."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        logger.warning("a message of %d bytes that is not JSON was dropped", len(body))
        return protocol.answer_error(None, types.ErrorCodes.ParseError, "this is not JSON")
    message = protocol.message_of(data)
    if message is not None:
        try:
            protocol.handle_message(message)
        except Exception as error:  # requests are answered whatever happens: this was no request, and nobody waits
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} in {frame.name}, {frame.filename}:{frame.lineno}"
            logger.error("%s could not be handled: %s", getattr(message, "method", "a message"), where)
    return None


def take_stdio() -> tuple[int, int]:
    """Descriptors of our own for standard input and output; whatever is printed from now on goes to stderr."""
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return incoming, outgoing

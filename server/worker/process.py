"""The worker's side: one request at a time, in the order they come.

A thread reads the requests. When their pipe closes, because the parent wants to cancel or died of anything, the
thread cancels the task at hand, so that a verification ends what it started, and then ends the process group.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import inspect
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Coroutine, Sequence
from typing import Any, BinaryIO, NoReturn

import msgspec

from ...verification.sandbox.processes import descendants
from ..engine.collecting import collect_rarely
from .messages import Reply, Request, decode_request, encode
from .tasks import TASKS, TaskFailed

CANCEL_SECONDS = 2.0
_PR_SET_PDEATHSIG = 1


def main() -> NoReturn:
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)  # no child may read our requests
    os.dup2(2, 1)  # nothing printed may look like a reply
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    collect_rarely()
    _die_with_parent(True)
    _Worker(requests, replies).work(sys.argv[1:])


class _Worker:
    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests, self._replies = requests, replies
        self._waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._cancellable: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._cancelled = threading.Event()

    def work(self, tasks: Sequence[str]) -> NoReturn:
        threading.Thread(target=self._read, daemon=True).start()
        for name in tasks:
            TASKS[name].load()
        while True:
            self._answer(self._waiting.get())

    def _read(self) -> None:
        try:
            for line in self._requests:
                self._waiting.put(decode_request(line))
        finally:
            if (running := self._cancellable) is not None:
                loop, task = running
                with contextlib.suppress(RuntimeError):  # the loop has just ended
                    loop.call_soon_threadsafe(task.cancel)
                    self._cancelled.wait(CANCEL_SECONDS)
            _end_group()

    def _answer(self, request: Request) -> None:
        try:
            task = TASKS[request.method]
            params = msgspec.json.decode(request.params, type=task.params)
            result = task.run(params, lambda value: self._send(Reply(request.id, progress=_raw(value))))
            if inspect.iscoroutine(result):
                try:
                    result = asyncio.run(self._cancellably(result))
                finally:
                    _die_with_parent(True)
            self._send(Reply(request.id, result=_raw(result)))
        except asyncio.CancelledError:
            self._cancelled.set()
        except TaskFailed as error:
            self._send(Reply(request.id, error=str(error)))
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self._send(Reply(request.id, error=f"{type(error).__name__}: {error}", internal=True))

    async def _cancellably(self, work: Coroutine[Any, Any, Any]) -> object:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        self._cancellable = loop, task
        loop.call_soon(_die_with_parent, False)  # once the task waits for the first time
        try:
            return await task
        finally:
            self._cancellable = None

    def _send(self, reply: Reply) -> None:
        data = encode(reply) + b"\n"
        try:
            while data:
                data = data[self._replies.write(data) :]
        except BrokenPipeError:
            self._cancelled.wait(CANCEL_SECONDS)  # the reading thread sees it too, and ends us
            _end_group()


def _die_with_parent(at_once: bool) -> None:
    """Whether the kernel ends this process the moment its parent dies (Linux; elsewhere the request pipe has to do).

    The thread that watches the pipe cannot run while native code holds the interpreter, as isl does for seconds. But a
    verification has files and processes to put away, and waits for those rather than for native code: there the
    thread sees to an orderly end.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL if at_once else 0, 0, 0, 0)


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(encode(value))


def _end_group() -> NoReturn:
    """End this worker and all that it started, at once."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)

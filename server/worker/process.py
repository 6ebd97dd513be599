"""The worker's side: one request at a time, in the order they come.

A thread reads the requests. When their pipe closes, because the parent closed it or died of anything, the thread
ends the process group, and with it every compiler and program that a verification started.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import queue
import signal
import sys
import threading
import traceback
from typing import BinaryIO

import msgspec

from ...verification.sandbox.processes import descendants
from .messages import Reply, Request, decode_request, encode
from .tasks import TASKS, TaskFailed


def main() -> None:
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)  # no child may read our requests
    os.dup2(2, 1)  # nothing printed may look like a reply
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests, waiting), daemon=True).start()
    while True:
        _answer(waiting.get(), replies)


def _read_requests(requests: BinaryIO, waiting: queue.SimpleQueue[Request]) -> None:
    try:
        for line in requests:
            waiting.put(decode_request(line))
    finally:
        end_group()


def end_group() -> None:
    """End this worker and all that it started, at once."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def _answer(request: Request, replies: BinaryIO) -> None:
    def send(reply: Reply) -> None:
        data = encode(reply) + b"\n"
        try:
            while data:
                data = data[replies.write(data) :]
        except BrokenPipeError:
            end_group()

    def progress(value: object) -> None:
        send(Reply(request.id, progress=msgspec.Raw(encode(value))))

    try:
        task = TASKS[request.method]
        params = msgspec.json.decode(request.params, type=task.params)
        result = task.run(params, progress)
        if inspect.iscoroutine(result):
            import asyncio

            result = asyncio.run(result)
        send(Reply(request.id, result=msgspec.Raw(encode(result))))
    except TaskFailed as error:
        send(Reply(request.id, error=str(error)))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        send(Reply(request.id, error=f"{type(error).__name__}: {error}", internal=True))

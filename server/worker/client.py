"""The other side of a worker: an asyncio face that starts it when needed, ends it to cancel, and reports its death."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from ...verification.sandbox.processes import descendants
from .messages import NOTHING, Request, decode_reply, encode
from .spawning import spawn

T = TypeVar("T")
GRACE_SECONDS = 3.0  # for a worker to end what it started; it gives itself less


def kill_tree(leader: asyncio.subprocess.Process) -> None:
    """End a worker that still lives, with its descendants: some of those lead process groups of their own."""
    if leader.returncode is not None:
        return
    family = descendants(leader.pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader.pid, signal.SIGKILL)
    for pid in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


class WorkerError(Exception):
    """The task failed; `str()` says why. `internal` where the fault is ours."""

    def __init__(self, message: str, *, internal: bool = False) -> None:
        super().__init__(message)
        self.internal = internal


class WorkerDied(WorkerError):
    """The worker ended before it answered (a crash in native code, out of memory, or ended by somebody)."""


class Worker:
    """One worker process, started at the first call. Calls wait for one another; cancelling one ends the process."""

    def __init__(self, name: str, *tasks: str, process: asyncio.subprocess.Process | None = None) -> None:
        """`tasks` are those whose imports a new process is to do at once; `process` is one that was spawned already."""
        self.name = name
        self._tasks = tasks
        self._process = process
        self._starting: asyncio.Future[asyncio.subprocess.Process] | None = None
        self._ending: list[asyncio.subprocess.Process] = []  # that were told to end, and may still be at it
        self._lock = asyncio.Lock()
        self._next_id = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process's id while it lives."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start the process now, so that the first call does not wait for it."""
        async with self._lock:
            await self._running()

    async def call(
        self,
        method: str,
        params: msgspec.Struct,
        result: type[T],
        *,
        progress: Callable[[msgspec.Raw], None] | None = None,
        timeout: float | None = None,
    ) -> T:
        """Run a task of `tasks.TASKS`; raises `WorkerError` with words, `TimeoutError` after `timeout` seconds.

        When the awaiting task is cancelled or the time is over, the worker and everything it started are ended.
        """
        async with self._lock:
            process = await self._running()
            self._next_id += 1
            request = Request(self._next_id, method, msgspec.Raw(encode(params)))
            finished = False
            try:
                async with asyncio.timeout(timeout):
                    raw = await self._exchange(process, request, progress)
                finished = True
            except WorkerDied:
                raise
            except WorkerError:
                finished = True
                raise
            finally:
                if not finished:
                    self._end(process)
        return msgspec.json.decode(raw, type=result)

    async def _exchange(
        self, process: asyncio.subprocess.Process, request: Request, progress: Callable[[msgspec.Raw], None] | None
    ) -> msgspec.Raw:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its death is seen below
            process.stdin.write(encode(request) + b"\n")
            await process.stdin.drain()
        while line := await process.stdout.readline():
            reply = decode_reply(line)
            if reply.id != request.id:
                continue
            if reply.error is not None:
                raise WorkerError(reply.error, internal=reply.internal)
            if reply.result != NOTHING:
                return reply.result
            if reply.progress != NOTHING and progress is not None:
                progress(reply.progress)
        code = await process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        raise WorkerDied(f"the {self.name} process {how} before it answered", internal=True)

    async def _running(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise WorkerError(f"the {self.name} process is shut down")
        if self._process is None or self._process.returncode is not None:
            if self._starting is None:
                self._starting = asyncio.ensure_future(spawn(*self._tasks))
            starting = self._starting
            try:  # shielded: asyncio cannot undo half a start, so whoever is cancelled here leaves it to the next
                self._process = await asyncio.shield(starting)
            except OSError as error:
                raise WorkerError(f"the {self.name} process cannot be started: {error.strerror}") from error
            finally:
                if starting.done():
                    self._starting = None
        assert self._process is not None
        return self._process

    def _end(self, process: asyncio.subprocess.Process) -> None:
        """Ask the process to end, which closing its pipe does, and make it if it does not."""
        if process.returncode is None and process.stdin is not None:
            process.stdin.close()
            asyncio.get_running_loop().call_later(GRACE_SECONDS, kill_tree, process)
            self._ending = [*(each for each in self._ending if each.returncode is None), process]
        if self._process is process:
            self._process = None

    def interrupt(self) -> None:
        """End the process now; a call in progress raises `WorkerDied`, the next call starts a fresh one."""
        if self._process is not None:
            self._end(self._process)

    async def close(self) -> None:
        """End the process for good and wait until it is gone, and with it those that were ended before it."""
        self._closed = True
        process = self._process if self._starting is None else await self._starting
        if process is not None:
            self._end(process)
        for ending in self._ending:
            try:
                await asyncio.wait_for(ending.wait(), GRACE_SECONDS)
            except TimeoutError:
                kill_tree(ending)
                await ending.wait()

    async def __aenter__(self) -> Worker:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

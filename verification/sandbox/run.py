"""`Sandbox.run`: one command, confined, watched, and ended with everything it started.

How it works. A command runs under `sh`, which sets the limits that one process can be given, below bubblewrap
(or, where that is missing, below the supervisor in processes.py, which confines it by landlock.py unless the user
insisted on running it unconfined). While it runs, this side reads its output up
to a limit and looks every few hundredths of a second at what the whole tree uses. Whatever ends the wait - the
command itself, a limit, a cancelled task - the tree is ended before `run` returns or raises.

The files that a command leaves come back as a tar archive written to its standard input, a single file as a byte that
says so and its content, which is quicker: the shell opens /dev/null as the command's own stdin, so the command never
sees that pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import signal
import sys
import tarfile
import time
from collections.abc import Iterable, Mapping
from typing import Literal

from ..scratch import working_directory
from . import bubblewrap, landlock, processes
from .limits import MIB, Completed, Limits

# Positional parameters: CPU seconds, file size in blocks of 512 bytes, tasks, priority, what to collect ("": nothing).
_SHELL = """
ulimit -c 0; ulimit -t "$1"; ulimit -f "$2"
if (ulimit -u "$3") 2>/dev/null; then ulimit -u "$3"; else ulimit -p "$3"; fi
priority=$4; collect=$5; shift 5
if [ -z "$collect" ]; then exec nice -n "$priority" "$@"; fi
nice -n "$priority" "$@" </dev/null
status=$?
if [ "$collect" = . ]; then
  set -- * .[!.]* ..?*
  for each do
    if [ -e "$each" ] || [ -h "$each" ]; then tar -cf - . >&0 2>/dev/null; break; fi
  done
elif [ -f "$collect" ] && [ ! -h "$collect" ]; then
  printf = >&0
  cat -- "$collect" >&0
else
  tar -cf - -- "$collect" >&0 2>/dev/null
fi
exit $status
"""
_ONE = b"="  # no archive begins so: its first bytes are a name that was asked for
_TICK_SECONDS = 0.04
_GRACE_SECONDS = 5
_NICE = 5  # what is checked in the background makes way for an editor, and for the watcher below
_IDLE_SHARE = 0.005  # of one core; what wakes up now and then to look around is idle too
_MEMORY_FLOOR = 192 * MIB  # below this much available memory the machine itself is in danger


Means = Literal["bubblewrap", "landlock", "none"]
_COMPLAINTS = {"bubblewrap": b"bwrap: ", "landlock": b"landlock: "}  # how the last words of a failed start begin


class SandboxUnavailable(Exception):
    """Commands cannot be confined on this machine, and the user has not said that they may run unconfined."""


class Sandbox:
    """Runs commands that may read `readable` (absolute paths) and the system, and write only to a private directory.

    With `means="none"` the limits hold but nothing keeps a command from reading, writing or sending what the
    user could. `open` is the way to make one.
    """

    def __init__(self, readable: Iterable[str], *, means: Means) -> None:
        self.readable = tuple(readable)
        self.means: Means = means

    @property
    def confined(self) -> bool:
        return self.means != "none"

    @classmethod
    async def open(cls, readable: Iterable[str], *, no_sandbox: bool = False) -> Sandbox:
        """Raises `SandboxUnavailable`, with words that say what to do, where nothing confines commands here."""
        if no_sandbox:
            return cls(readable, means="none")
        missing = await bubblewrap.problem()
        if missing is None:
            return cls(readable, means="bubblewrap")
        also = landlock.problem()
        if also is None:
            return cls(readable, means="landlock")
        raise SandboxUnavailable(
            f"Nothing was compiled or run: {missing}; {also}. Commands can be run unconfined with --no-sandbox, "
            "if you trust this program with your files and network."
        )

    async def run(
        self,
        command: Iterable[str],
        *,
        limits: Limits,
        environment: Mapping[str, str] | None = None,
        collect: str | None = None,
        courteous: bool = True,
    ) -> Completed:
        """Runs `command` with an empty scratch directory as its working directory.

        `environment` adds to a minimal one. `collect` names the file or directory ("." for all) in the scratch
        directory whose regular files come back. A `courteous` command makes way for everything else on the machine.
        Raises `SandboxUnavailable` where the confinement fails, and OSError where it vanished meanwhile.
        """
        within = self.means == "bubblewrap"
        tasks = limits.tasks + (0 if within and _counts_apart() else _tasks_of_this_user())
        # The watcher is to be first, since it can say what happened: the kernel only kills.
        seconds = int(limits.cpu_seconds) + _GRACE_SECONDS
        priority = _NICE if courteous else 0
        words = [*map(str, (seconds, limits.scratch_bytes // 512, tasks, priority)), collect or ""]
        line = ["/bin/sh", "-c", _SHELL, "sh", *words, *command]
        with contextlib.ExitStack() as cleanup:
            scratch = None
            if not within:
                scratch = os.path.join(cleanup.enter_context(working_directory()), "scratch")
                os.mkdir(scratch)
            return await _Run(line, self, limits, environment or {}, scratch, collect).finish()


def _counts_apart() -> bool:
    """Whether RLIMIT_NPROC counts a user namespace by itself (since Linux 5.14), and not all that the user runs."""
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return release is not None and (int(release[1]), int(release[2])) >= (5, 14)


def _tasks_of_this_user() -> int:
    uid, total = os.getuid(), 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                total += len(os.listdir(f"/proc/{name}/task"))
    return total


class _Run:
    """One run of one command: from start to the moment when nothing of it is left."""

    def __init__(
        self,
        line: list[str],
        sandbox: Sandbox,
        limits: Limits,
        environment: Mapping[str, str],
        scratch: str | None,
        collect: str | None,
    ) -> None:
        self._line, self._limits, self._scratch, self._collect = line, limits, scratch, collect
        self._readable, self._means = sandbox.readable, sandbox.means
        home = scratch or bubblewrap.SCRATCH
        self._environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8"}
        self._environment |= environment
        self._stopped: str | None = None
        self._peak = 0
        self._computed = time.monotonic(), 0.0  # when it last computed, and the processor time it had used by then
        self._first: int | None = None  # a pidfd of the sandbox's first process
        self._readers: list[asyncio.Task[bytes]] = []

    async def finish(self) -> Completed:
        started = time.monotonic()
        with contextlib.ExitStack() as cleanup:
            archive = _Pipe(cleanup) if self._collect else None
            process = await self._start(archive, cleanup)
            try:
                await self._watch(process, started)
                seconds = time.monotonic() - started
            finally:
                stdout, stderr, *archives = await asyncio.shield(self._end(process))
        status = process.returncode or 0
        if self._stopped is None and status == 1 and stderr.startswith(_COMPLAINTS.get(self._means, b"\0")):
            words = stderr.decode("utf-8", "replace").strip()
            raise SandboxUnavailable(f"{self._means} could not run a command: {words}")
        return Completed(
            status=status if status >= 0 else 128 - status,
            stdout=stdout,
            stderr=stderr,
            seconds=seconds,
            files=_files(archives[0], self._collect or "") if archives and self._stopped is None else {},
            stopped=self._stopped,
            peak_bytes=self._peak,
        )

    async def _start(self, archive: _Pipe | None, cleanup: contextlib.ExitStack) -> asyncio.subprocess.Process:
        """Starting is not interrupted: a process that nobody has heard of yet could not be ended."""
        starting = asyncio.ensure_future(self._spawn(archive, cleanup))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            with contextlib.suppress(OSError):
                await self._end(await starting)
            raise

    async def _spawn(self, archive: _Pipe | None, cleanup: contextlib.ExitStack) -> asyncio.subprocess.Process:
        info = _Pipe(cleanup) if self._means == "bubblewrap" else None
        for pipe in (archive, info):
            if pipe is not None:
                await pipe.open()
        if info is not None:
            line = bubblewrap.command_line(
                self._line,
                readable=self._readable,
                scratch_bytes=self._limits.scratch_bytes,
                environment=self._environment,
                info_descriptor=info.write.fileno(),
            )
        else:
            line = self._line
            if self._means == "landlock":
                assert self._scratch is not None
                line = landlock.command_line(line, readable=self._readable, scratch=self._scratch)
            line = [sys.executable, "-I", "-S", processes.__file__, *line]
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=archive.write if archive else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
            cwd=self._scratch or "/",
            pass_fds=(info.write.fileno(),) if info else (),
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        streams = {"standard output": process.stdout, "standard error": process.stderr}
        if archive is not None:
            archive.write.close()
            streams["files"] = archive.stream
        # Read from the first moment: to asyncio a process has not ended before its output was read to the end.
        self._readers = [asyncio.create_task(self._read(process, *item)) for item in streams.items()]
        if info is not None:
            info.write.close()
            self._first = _first_process(await info.stream.read(), process.pid)
            if self._first is not None:
                cleanup.callback(os.close, self._first)
        return process

    async def _read(self, process: asyncio.subprocess.Process, name: str, stream: asyncio.StreamReader) -> bytes:
        limit = self._limits.output_bytes if name != "files" else self._limits.scratch_bytes + 64 * MIB
        pieces, total = [], 0
        while piece := await stream.read(1 << 16):
            if total + len(piece) > limit:
                piece = piece[: limit - total]
                self._stop(process, f"it wrote more than {limit // MIB} MiB of {name}")
            if piece:
                pieces.append(piece)
                total += len(piece)
        return b"".join(pieces)

    async def _watch(self, process: asyncio.subprocess.Process, started: float) -> None:
        """Until the process ends by itself or by a limit."""
        ended = asyncio.ensure_future(process.wait())
        try:
            while True:
                left = started + self._limits.wall_seconds - time.monotonic()
                await asyncio.wait([ended], timeout=max(0.0, min(_TICK_SECONDS, left)))
                if ended.done():
                    return
                if self._stopped is None and (reason := self._excess(process.pid, left)):
                    self._stop(process, reason)
        finally:
            ended.cancel()

    def _excess(self, pid: int, left: float) -> str | None:
        limits = self._limits
        if left <= 0:
            return f"it ran for more than {limits.wall_seconds:g} s"
        used = processes.usage(pid, limits.tasks)
        self._peak = max(self._peak, used.resident_bytes)
        if used.tasks > limits.tasks:
            return f"it started more than {limits.tasks} processes and threads"
        if used.resident_bytes > limits.memory_bytes:
            return f"it used more than {limits.memory_bytes // MIB} MiB of memory"
        if used.cpu_seconds > limits.cpu_seconds:
            return f"it used more than {limits.cpu_seconds:g} s of processor time"
        now = time.monotonic()
        if used.cpu_seconds > self._computed[1] + _IDLE_SHARE * (now - self._computed[0]):
            self._computed = now, used.cpu_seconds
        elif now - self._computed[0] > limits.idle_seconds:
            return f"it waited for more than {limits.idle_seconds:g} s without computing"
        available = processes.available_memory()
        if available is not None and available < _MEMORY_FLOOR and used.resident_bytes > _MEMORY_FLOOR:
            return "the machine ran out of memory"
        if self._scratch and _size_of(self._scratch, limits.scratch_bytes) > limits.scratch_bytes:
            return f"it wrote more than {limits.scratch_bytes // MIB} MiB of files"
        return None

    def _stop(self, process: asyncio.subprocess.Process, reason: str) -> None:
        if self._stopped is None and process.returncode is None:
            self._stopped = reason
            self._signal(process)

    def _signal(self, process: asyncio.subprocess.Process) -> None:
        """bubblewrap and the sandbox's first process share the group; when the latter dies the kernel ends the rest.

        The supervisor is asked instead: killed, it could no longer end what lies below it.
        """
        with contextlib.suppress(ProcessLookupError):
            if self._means == "bubblewrap":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.kill(process.pid, signal.SIGTERM)

    async def _end(self, process: asyncio.subprocess.Process) -> list[bytes]:
        """Ends what is still alive, and returns when nothing is: with what it wrote, in the order of the readers."""
        if process.returncode is None:
            self._signal(process)
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if self._first is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            await _readable(self._first)  # a pidfd reads as ready once the process, and so its namespace, ended
        return await asyncio.gather(*self._readers)  # with nothing left that could write, they end by themselves


class _Pipe:
    """A pipe from the sandbox to us. File objects, because closing one of those twice does no harm."""

    def __init__(self, cleanup: contextlib.ExitStack) -> None:
        read, write = os.pipe()
        self._read = os.fdopen(read, "rb", buffering=0)
        self._transport: asyncio.ReadTransport | None = None
        self.write = cleanup.enter_context(os.fdopen(write, "wb", buffering=0))
        self.stream = asyncio.StreamReader()
        cleanup.callback(self._close)

    async def open(self) -> None:
        """From here on the event loop owns the reading end."""
        protocol = asyncio.StreamReaderProtocol(self.stream)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, self._read)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        else:
            self._read.close()


def _first_process(info: bytes, bubblewrap_pid: int) -> int | None:
    """A pidfd of the sandbox's first process, None where bubblewrap ended before it had started one.

    Its parent is asked for last: had it ended already, the number could be another process's by now.
    """
    try:
        pid = json.loads(info)["child-pid"]
        descriptor = os.pidfd_open(pid)
    except (ValueError, KeyError, ProcessLookupError):
        return None
    if processes.parent_of(pid) == bubblewrap_pid:
        return descriptor
    os.close(descriptor)
    return None


async def _readable(descriptor: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _files(archive: bytes, collect: str) -> dict[str, bytes]:
    """The one file, or the regular files of a tar archive. Links are not followed: they may point at anything."""
    if archive[:1] == _ONE:
        return {collect: archive[1:]}
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            for member in tar:
                if (member.isreg() or member.islnk()) and (content := tar.extractfile(member)):
                    files[member.name.removeprefix("./")] = content.read()
    except (tarfile.TarError, KeyError):
        pass  # what was not there to be archived, or broken off, is missing from the result
    return files


def _size_of(directory: str, at_most: int) -> int:
    total, folders = 0, [directory]
    while folders and total <= at_most:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total

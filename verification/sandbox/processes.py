"""Process trees: what one uses, and how to end all of it.

RLIMIT_* hold for one process each, and RLIMIT_NPROC not at all for root, so the whole tree is watched from outside.

This file is also a program, `python processes.py COMMAND…`: the supervisor of commands that run without
bubblewrap. It adopts every orphan below it (PR_SET_CHILD_SUBREAPER), so that a child which forks twice and
starts a session of its own stays in sight, and ends them all when the command ends or when it is told to stop.
It imports the standard library alone, because starting it must cost little.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Usage(NamedTuple):
    """Of a process tree: processes and threads together, resident bytes, CPU seconds (ended children included)."""

    tasks: int
    resident_bytes: int
    cpu_seconds: float


def children_of(pid: int) -> list[int]:
    """The pids of the live children of every thread of `pid`; empty where it is gone."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    except FileNotFoundError:
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
            return _children_by_parent(pid)  # a kernel built without CONFIG_PROC_CHILDREN
    except (OSError, ValueError):
        pass
    return found


def parent_of(pid: int) -> int | None:
    """The pid of a process's parent; None where it is gone."""
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _children_by_parent(parent: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(int(name))
            if fields and int(fields[1]) == parent:
                found.append(int(name))
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state (field 3) on; the command name before it may hold any character."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def descendants(root: int, at_most: int = 100_000) -> list[int]:
    """Every live descendant of `root`, itself excluded; stops looking after `at_most`."""
    found: list[int] = []
    frontier = [root]
    while frontier and len(found) < at_most:
        children = children_of(frontier.pop())
        found += children
        frontier += children
    return found


def usage(root: int, at_most: int) -> Usage:
    """What `root` and its descendants use now. Looks at little more than `at_most` of them: by then it is too many."""
    tasks, pages, ticks = 0, 0, 0
    for pid in [root, *descendants(root, at_most + 1)]:
        fields = _stat(pid)
        if fields is None or len(fields) < 22:
            continue
        ticks += sum(int(field) for field in fields[11:15])  # utime, stime and those of children waited for
        tasks += int(fields[17])
        pages += int(fields[21])
        if tasks > at_most:
            break
    return Usage(tasks, pages * _PAGE, ticks / _TICK)


def available_memory() -> int | None:
    """Bytes that the machine can still give out without swapping; None where the kernel does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def _end_descendants(group: int) -> None:
    """Ends everything below this process.

    Its group first, since one signal to a group reaches all of it before any can fork on. Of what left the group,
    all are stopped before any is ended, for the same reason.
    """
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        below = descendants(os.getpid())
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in below:
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _supervise(command: list[str]) -> int:
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Waited for rather than handled: a handler may run at any point, between a fork and the line that notes it as well.
    awaited = {signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() == 1:  # the parent ended before the line above asked to hear of it
        return 143

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
        os.nice(10)  # so that however many processes the command starts, the supervisor gets its turn to end them

    child = subprocess.Popen(command, process_group=0, preexec_fn=prepare)
    try:
        while child.poll() is None:
            if signal.sigwait(awaited) == signal.SIGTERM:
                return 143
        return child.returncode if child.returncode >= 0 else 128 - child.returncode
    finally:
        _end_descendants(child.pid)


if __name__ == "__main__":
    sys.exit(_supervise(sys.argv[1:]))

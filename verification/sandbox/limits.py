"""`Limits` of one confined command, and `Completed`: what came of it."""

from __future__ import annotations

import msgspec

MIB = 1024 * 1024


def _half_of_memory() -> int:
    try:
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            return int(meminfo.readline().split()[1]) * 1024 // 2
    except (OSError, ValueError, IndexError):
        return 2048 * MIB


class Limits(msgspec.Struct, frozen=True):
    """What one command, with all its children together, may use.

    `cpu_seconds` is the limit that a long computation meets, so that a busy machine changes no outcome; what waits
    for `idle_seconds` without computing, as in a deadlock, is ended then. `memory_bytes` is resident memory. It is
    watched rather than set by RLIMIT_AS, because the sanitizers reserve terabytes of address space that they never
    touch. `tasks` counts processes and threads. `output_bytes` holds for stdout and for stderr, each.
    `scratch_bytes` is the size of the private directory.
    """

    wall_seconds: float = 600.0
    cpu_seconds: float = 90.0
    idle_seconds: float = 15.0
    memory_bytes: int = msgspec.field(default_factory=_half_of_memory)
    tasks: int = 256
    output_bytes: int = 16 * MIB
    scratch_bytes: int = 256 * MIB


class Completed(msgspec.Struct, frozen=True):
    """What a confined command did.

    `status` is its exit status, 128 + N when signal N ended it. `stopped` says in words which limit ended it, None
    where it ended by itself; output and files are then incomplete. `files` are the regular files that it left in
    its scratch directory, by relative path, where they were asked for.
    """

    status: int
    stdout: bytes
    stderr: bytes
    seconds: float
    files: dict[str, bytes] = {}
    stopped: str | None = None
    peak_bytes: int = 0

    @property
    def text(self) -> str:
        """stdout and stderr as text, for messages and for reports of tools."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")

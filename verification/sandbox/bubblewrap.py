"""The confinement: command lines for bubblewrap, which sets up namespaces and mounts and then runs the command.

What the command gets: no network, no other process in sight, its own IPC and host name; the system's programs and
libraries read-only; the files and directories named by the caller read-only at their own paths; one scratch
directory in memory, of limited size, as its place to write; no capability, and no way to make another user
namespace. Nothing of the host is ever mounted writable: what a command leaves behind comes back through a pipe.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Mapping

SCRATCH = "/run/pragmatist/scratch"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_CONFIGURATION = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")

_checked: dict[str, str | None] = {}


async def problem() -> str | None:
    """Why bubblewrap cannot confine anything here, as words that say what to do; None where it works."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)"
    if program not in _checked:
        probe = await asyncio.create_subprocess_exec(
            *command_line(["/bin/sh", "-c", ":"], readable=(), scratch_bytes=1 << 20, environment={}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        _, message = await probe.communicate()
        words = message.decode("utf-8", "replace").strip()
        _checked[program] = (
            None
            if probe.returncode == 0
            else f"bubblewrap is installed but does not work here ({words}); "
            "user namespaces are probably switched off by the kernel, or by the container that this runs in"
        )
    return _checked[program]


def command_line(
    command: Iterable[str],
    *,
    readable: Iterable[str],
    scratch_bytes: int,
    environment: Mapping[str, str],
    info_descriptor: int | None = None,
) -> list[str]:
    """bubblewrap's argument vector that runs `command` in the scratch directory.

    `readable` are absolute paths of files and directories that the command may read, each at its own place.
    bubblewrap writes JSON with the "child-pid" of the sandbox's first process to `info_descriptor`.
    """
    size = str(scratch_bytes)
    line = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--cap-drop",
        "ALL",
    ]
    line += ["--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--die-with-parent"]
    if info_descriptor is not None:
        line += ["--info-fd", str(info_descriptor)]
    for path in _SYSTEM:
        if os.path.islink(path):
            line += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            line += ["--ro-bind", path, path]
    for path in _CONFIGURATION:
        line += ["--ro-bind-try", path, path]
    line += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--size",
        size,
        "--tmpfs",
        "/dev/shm",
        "--size",
        size,
        "--tmpfs",
        "/tmp",
    ]
    for path in sorted(set(readable)):  # sorted: a directory is mounted before what lies in it
        if not path.startswith("/usr/"):
            line += ["--ro-bind", path, path]
    line += ["--size", size, "--tmpfs", SCRATCH, "--chdir", SCRATCH]
    # Read-only /proc: where the caller is root, the kernel grants the sandbox's user /proc/sys, core_pattern included.
    line += ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
    for name, value in environment.items():
        line += ["--setenv", name, value]
    return [*line, "--", *command]

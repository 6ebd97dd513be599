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

_MOST_LINKS = 40  # as the kernel has it

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

    `readable` are absolute paths of files and directories that the command may read, each at its own place. Where
    one leads through symbolic links, what they lead to is at its place too: say only what may be read there.
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
    line += _shown(readable)
    line += ["--size", size, "--tmpfs", SCRATCH, "--chdir", SCRATCH]
    # Read-only /proc: where the caller is root, the kernel grants the sandbox's user /proc/sys, core_pattern included.
    line += ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
    for name, value in environment.items():
        line += ["--setenv", name, value]
    return [*line, "--", *command]


def _shown(readable: Iterable[str]) -> list[str]:
    """Mounts what may be read where it really lies, and has the links that lead there lead there.

    Nothing is mounted onto a link: bubblewrap would follow it in the sandbox, where what it leads to is not yet. A link
    that lies in what is mounted is there already.
    """
    places: set[str] = set()
    links: dict[str, str] = {}
    for path in readable:
        real, followed = _followed(path)
        places.add(real)
        links |= followed
    line: list[str] = []
    mounted = [place for place in _SYSTEM if os.path.isdir(place) and not os.path.islink(place)]
    for place in sorted(places):  # a directory before what lies in it, which it shows
        if not _lies_in(place, mounted):
            line += ["--ro-bind", place, place]
            mounted.append(place)
    for place, value in sorted(links.items()):
        if place not in _SYSTEM and not _lies_in(place, mounted):
            line += ["--symlink", value, place]
    return line


def _lies_in(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _followed(path: str) -> tuple[str, dict[str, str]]:
    """Where an absolute path leads, and the links on the way, each by the place where it really lies."""
    links: dict[str, str] = {}
    here, left, followed = "/", _parts(path), 0
    while left:
        part = left.pop()
        place = os.path.dirname(here) if part == ".." else os.path.join(here, part)
        if followed < _MOST_LINKS and os.path.islink(place):
            followed += 1
            links[place] = value = os.readlink(place)
            here = "/" if value.startswith("/") else here
            left += _parts(value)
        else:
            here = place
    return here, links


def _parts(path: str) -> list[str]:
    """The names in a path, the first one last."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]

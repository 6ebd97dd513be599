"""The files of a project that its test command may use: what is copied for it, and what its evidence depends on."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator

import msgspec

from .request import ProjectCommand

SOURCE_SUFFIXES = (
    ".c", ".h", ".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".inc", ".inl", ".ipp", ".tpp", ".def",
)  # fmt: skip
MOST_FILES = 20_000
_READ_WHOLE = 1024 * 1024  # bytes; of larger files size and time stand for the content
# History, and what is fetched or made anew: large, and no test needs it.
_LEFT_OUT = {".git", ".hg", ".svn", ".bzr", ".jj", ".cache", ".venv", "node_modules", "__pycache__"}
# What marks a build folder that knows its absolute path, and would build the unedited file from the copy.
_BUILD_FOLDERS = ("CMakeCache.txt", "meson-private")
_THREADS = re.compile(rb"\bomp\b|\bomp_|_OPENMP|\bpthread|<threads?(?:\.h)?>|<future>|<execution>|<tbb/")


class ProjectFiles(msgspec.Struct, frozen=True):
    """Paths relative to the root, folders before what lies in them.

    `digest` changes when any of them does. `problem` says why they cannot be copied.
    """

    folders: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    size: int = 0
    digest: str = ""
    has_threads: bool = False
    problem: str | None = None


def project_files(command: ProjectCommand, edited: str) -> ProjectFiles:
    """What the command is to find, but for the edited file, whose text is the request's."""
    folders: list[str] = []
    sources: list[str] = []
    others: list[str] = []
    size, threads, digest = 0, False, hashlib.sha256()
    for path in _walk(command):
        if len(folders) + len(sources) + len(others) >= MOST_FILES:
            words = f"{command.root} has more than {MOST_FILES} files; name what the command needs ([verify] copy)"
            return ProjectFiles(problem=words)
        full = os.path.join(command.root, path)
        if full == edited:
            continue
        try:
            status = os.lstat(full)
            content = _content(full, status)
        except OSError:  # gone meanwhile, or not to be read: the command will not find it either
            continue
        if content is None:
            continue
        digest.update(os.fsencode(path) + f"\0{stat.S_IFMT(status.st_mode)} {status.st_mode & 0o111}\0".encode())
        digest.update(hashlib.sha256(content).digest())
        regular = stat.S_ISREG(status.st_mode)
        if regular:
            size += status.st_size
        if regular and path.endswith(SOURCE_SUFFIXES):
            sources.append(path)
            threads = threads or _THREADS.search(content) is not None
        elif stat.S_ISDIR(status.st_mode):
            folders.append(path)
        else:
            others.append(path)
    return ProjectFiles(tuple(folders), tuple(sources), tuple(others), size, digest.hexdigest(), threads)


def _content(path: str, status: os.stat_result) -> bytes | None:
    """What stands for the content of a file; None where it is of no kind that is copied."""
    if stat.S_ISDIR(status.st_mode):
        return b""
    if stat.S_ISLNK(status.st_mode):
        return os.fsencode(os.readlink(path))
    if not stat.S_ISREG(status.st_mode):
        return None
    if status.st_size > _READ_WHOLE:
        return f"{status.st_size} {status.st_mtime_ns}".encode()
    with open(path, "rb") as file:
        return file.read()


def _walk(command: ProjectCommand) -> Iterator[str]:
    """Relative paths, folders first, in an order that is always the same."""
    for start in command.copy or (".",):
        top = os.path.join(command.root, start)
        if start != ".":
            parents = start.split("/")
            yield from ("/".join(parents[:depth]) for depth in range(1, len(parents)))
            yield start
        if not os.path.isdir(top) or os.path.islink(top):
            continue
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not _built(folder, name))
            for name in sorted([*folders, *names]):
                yield os.path.relpath(os.path.join(folder, name), command.root)


def _built(folder: str, name: str) -> bool:
    return any(os.path.exists(os.path.join(folder, name, mark)) for mark in _BUILD_FOLDERS)

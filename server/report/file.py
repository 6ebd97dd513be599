"""Writing a report: the whole page or nothing, and over nothing but an earlier page."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

_BEGINNING = b"<!doctype html"


class CannotWriteReport(Exception):
    """The page was not written, and what was there is as it was; `str()` says why, and what would help."""


def write_report(path: str, page: str) -> None:
    """Write the page, through symbolic links, in one step. A file that is there already is replaced only if it is an
    HTML page: a slip of the hand must not cost a source file. Raises `CannotWriteReport`."""
    target = Path(os.path.realpath(path))
    try:
        mode = _mode(path, target)
        _replace(target, page.encode("utf-8"), mode)
    except OSError as error:
        raise CannotWriteReport(f"cannot write {path}: {error.strerror or error}") from error


def _mode(shown: str, target: Path) -> int:
    """The permissions that the file has, or that a new one gets."""
    try:
        status = target.stat()
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
    if not stat.S_ISREG(status.st_mode):
        raise CannotWriteReport(f"cannot write {shown}: it is no regular file; name a file such as report.html")
    with target.open("rb") as file:
        beginning = file.read(len(_BEGINNING))
    if beginning and beginning.lower() != _BEGINNING:
        raise CannotWriteReport(f"{shown} exists and is no HTML page, so it was left alone: name another file")
    return stat.S_IMODE(status.st_mode)


def _replace(target: Path, content: bytes, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".pragmatist", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise

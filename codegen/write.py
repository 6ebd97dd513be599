"""Writing an edit into the user's file: wholly or not at all.

The new text goes into a temporary file beside the old one, gets the old one's permissions, is forced to disk, and takes
its name in one step (rename). So a reader sees the old text or the new one, and a full disk, a crash or a kill leave
the old one. The file is read again just before the rename: if it changed meanwhile, nothing is written. What rename
would lose is refused: files that are marked read-only, that have several names (hard links), or that are not regular.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from .edit import Edit, apply_edit
from .errors import EditConflict, WriteFailed

_NO_SPACE = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
_NOT_ALLOWED = frozenset([errno.EACCES, errno.EPERM, errno.EROFS])


def write_edit(edit: Edit) -> None:
    """Apply the edit to the file at `edit.path`, through symbolic links.

    Raises `EditConflict` when the file is no longer the text that the edit was made for, and `WriteFailed` when it
    cannot be replaced. In both cases the file is untouched and no temporary file is left.
    """
    try:
        _write(edit)
    except OSError as error:
        raise WriteFailed(_words(edit.path, error)) from error


def _write(edit: Edit) -> None:
    path = Path(os.path.realpath(edit.path))
    status = path.lstat()
    _refuse_what_rename_loses(edit.path, status)
    text = apply_edit(path.read_bytes(), edit)
    if not edit.changes:
        return
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".pragmatist", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            _keep_attributes(file.fileno(), path, status)
            os.fsync(file.fileno())
        apply_edit(path.read_bytes(), edit)  # again: it may have changed while we wrote
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_directory(path.parent)


def _refuse_what_rename_loses(shown: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise WriteFailed(f"{shown} is not a regular file, so nothing was written: give the path of a source file")
    if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise WriteFailed(f"{shown} is marked read-only, so nothing was written: chmod u+w it first")
    if status.st_nlink > 1:
        raise WriteFailed(
            f"{shown} has {status.st_nlink} names (hard links), which replacing it would separate, so nothing was "
            f"written: apply the diff with patch instead"
        )


def _keep_attributes(descriptor: int, path: Path, status: os.stat_result) -> None:
    """Owner, mode and extended attributes (access control lists among them) of the old file, on the new one."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    names: list[str] = []
    with contextlib.suppress(AttributeError, OSError):  # a system, or a file system, without extended attributes
        names = os.listxattr(path)
    for name in names:
        try:
            os.setxattr(descriptor, name, os.getxattr(path, name))
        except OSError:
            if name == "system.posix_acl_access":  # who may read the file must not change
                raise


def _sync_directory(directory: Path) -> None:
    """The rename has happened; that it survives a power cut too is best effort: some file systems refuse this."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _words(path: str, error: OSError) -> str:
    if error.errno in _NO_SPACE:
        return f"no space left to write {path} (or a quota or size limit was reached); it is unchanged: free some space"
    if error.errno in _NOT_ALLOWED:
        return f"not allowed to replace {path} ({error.strerror}); it is unchanged: check its owner and its directory"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"{path} is not there any more; nothing was written"
    return f"cannot write {path} ({error.strerror or error}); it is unchanged"


__all__ = ["EditConflict", "WriteFailed", "write_edit"]

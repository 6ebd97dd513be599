"""Working directories that do not pile up: what a process that was killed left behind, the next one removes."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator

_PREFIX = "pragmatist-work-"
_LOCK = ".in-use"


@contextlib.contextmanager
def working_directory() -> Iterator[str]:
    """A new private directory, removed at the end. A lock, which the kernel drops at any death, shows it is in use."""
    _remove_abandoned()
    directory = tempfile.mkdtemp(prefix=_PREFIX)
    try:
        # By its name only once it is locked: another process that looks in between would take it for abandoned.
        name = os.path.join(directory, _LOCK)
        with open(f"{name}-soon", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.rename(lock.name, name)
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _remove_abandoned() -> None:
    for directory in glob.glob(os.path.join(glob.escape(tempfile.gettempdir()), _PREFIX + "*")):
        # A directory without a lock yet is just being made. Other users' cannot be opened.
        with contextlib.suppress(OSError), open(os.path.join(directory, _LOCK), "rb") as lock:
            if os.stat(directory).st_uid == os.getuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)

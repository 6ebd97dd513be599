"""Opens models, and keeps the one used last loaded: proposals for the loops of a file come one after another."""

from __future__ import annotations

import threading
from pathlib import Path

from .llama_cpp import LlamaCpp
from .protocol import ModelFileError, Runtime

_lock = threading.Lock()
_kept: tuple[tuple[str, int, int, int], Runtime] | None = None


def open_model(path: Path) -> Runtime:
    """The runtime for a GGUF file, the same one as long as the file does not change; raises `ModelFileError`.

    Whoever opens another model closes the one before it, so a process uses one model at a time.
    """
    global _kept
    with _lock:
        key = _identity(path)
        if _kept is not None and _kept[0] == key:
            return _kept[1]
        opened = LlamaCpp(path)
        close_models_locked()
        _kept = (key, opened)
        return opened


def close_model() -> None:
    """Free the model that is kept, if any."""
    with _lock:
        close_models_locked()


def close_models_locked() -> None:
    global _kept
    if _kept is not None:
        _kept[1].close()
        _kept = None


def _identity(path: Path) -> tuple[str, int, int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise ModelFileError(f"there is no model file {path}; give the path of a GGUF file") from None
    except OSError as error:
        raise ModelFileError(f"the model file {path} cannot be read: {error.strerror or error}") from error
    return str(path.absolute()), status.st_ino, status.st_size, status.st_mtime_ns

"""Opens models, and keeps the one used last loaded: proposals for the loops of a file come one after another."""

from __future__ import annotations

import threading
from pathlib import Path

from .gguf_file import file_identity
from .llama_cpp import LlamaCpp
from .protocol import Runtime

_lock = threading.Lock()
_kept: tuple[tuple[str, int, int, int], Runtime] | None = None


def open_model(path: Path) -> Runtime:
    """The runtime for a GGUF file, the same one as long as the file does not change; raises `ModelFileError`.

    Whoever opens another model closes the one before it, so a process uses one model at a time.
    """
    global _kept
    with _lock:
        key = file_identity(path)
        if _kept is not None and _kept[0] == key:
            return _kept[1]
        opened = LlamaCpp(path)
        _close()
        _kept = (key, opened)
        return opened


def close_model() -> None:
    """Free the model that is kept, if any."""
    with _lock:
        _close()


def _close() -> None:
    global _kept
    if _kept is not None:
        _kept[1].close()
        _kept = None

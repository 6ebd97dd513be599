"""Opens models, and keeps the one used last loaded: proposals for the loops of a file come one after another."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal, get_args

import msgspec

from .endpoint import Endpoint
from .gguf_file import file_identity
from .protocol import Cancelled, Runtime

FileRuntime = Literal["llama.cpp", "ctransformers"]
FILE_RUNTIMES: tuple[FileRuntime, ...] = get_args(FileRuntime)


class ModelFile(msgspec.Struct, frozen=True):
    """A GGUF file and what is to run it."""

    path: Path
    runtime: FileRuntime = "llama.cpp"


ModelSource = Path | ModelFile | Endpoint
"""A GGUF file, which llama.cpp runs unless something else is said, or a server that has the model."""

_lock = threading.Lock()
_kept: tuple[object, Runtime] | None = None


def open_model(source: ModelSource, *, cancelled: threading.Event | None = None) -> Runtime:
    """The runtime for a model, the same one as long as its file does not change. Raises `ModelError`, `Cancelled`.

    Whoever opens another model closes the one before it, so a process uses one model at a time.
    """
    global _kept
    if isinstance(source, Path):
        source = ModelFile(source)
    key = source if isinstance(source, Endpoint) else (source.runtime, *file_identity(source.path))
    with _lock:
        if _kept is not None and _kept[0] == key:
            return _kept[1]
    opened = _open(source, cancelled)  # a server may take its time: nobody else is to wait for that
    with _lock:
        if _kept is not None and _kept[0] == key:
            opened.close()
            return _kept[1]
        _close()
        _kept = (key, opened)
        return opened


def close_model() -> None:
    """Free the model that is kept, if any."""
    with _lock:
        _close()


def _open(source: ModelFile | Endpoint, cancelled: threading.Event | None) -> Runtime:
    if cancelled is not None and cancelled.is_set():
        raise Cancelled
    if isinstance(source, Endpoint):
        from .http_server import HttpServer  # not needed for files, and neither is what it imports

        return HttpServer(source, cancelled=cancelled)
    if source.runtime == "ctransformers":
        from .ctransformers_file import CTransformers

        return CTransformers(source.path)
    from .llama_cpp import LlamaCpp

    return LlamaCpp(source.path)


def _close() -> None:
    global _kept
    if _kept is not None:
        _kept[1].close()
        _kept = None

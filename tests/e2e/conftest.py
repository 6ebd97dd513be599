"""Editors with real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_editor import editor_with
from lsp_wire import Wire
from lsprotocol import types


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Any]:
    """start(options, capabilities): an `editor_with` in a fresh workspace."""

    def begin(options: Any = None, capabilities: str | types.ClientCapabilities = "visual-studio-code", **env: str):
        return editor_with(tmp_path, options, capabilities, **{"PRAGMATIST_CACHE_DIR": str(tmp_path / "cache"), **env})

    return begin


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A server on pipes, not initialized yet."""
    wire = Wire()
    yield wire
    if wire.process.poll() is None:
        wire.process.kill()
    wire.process.wait()

"""The model that comes with the program, where this build has one."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

NAME = "shipped"
_FILE = "planner.gguf"


def shipped_model() -> Path | None:
    """Its file, None in a build without one. (A wheel is unpacked when it is installed, so it is always a file.)"""
    path = Path(str(resources.files(__name__.rpartition(".")[0]).joinpath(_FILE)))
    return path if path.is_file() else None

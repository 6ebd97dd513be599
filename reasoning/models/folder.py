"""The folder of model files: PRAGMATIST_MODELS, or the platform's place for a user's data."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import platformdirs

from ..runtimes.ctransformers_file import unsuited
from ..runtimes.gguf_file import read_header
from ..runtimes.protocol import ModelFileError
from .catalogue import NAMED

FOLDER_VARIABLE = "PRAGMATIST_MODELS"
_MOST_FILES = 1000


class FoundFile(msgspec.Struct, frozen=True):
    """A GGUF file, and what its header says; `problem` where it cannot be used, and the rest is then empty.

    `size` is in bytes. `not_with_ctransformers` is why that runtime cannot load it, None where it can.
    """

    name: str
    path: str
    size: int = 0
    architecture: str | None = None
    parameters: int = 0
    context: int | None = None
    not_with_ctransformers: str | None = None
    problem: str | None = None


def models_folder() -> Path:
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return Path(given).expanduser()
    return Path(platformdirs.user_data_dir("pragmatist", appauthor=False)) / "models"


def files_in(folder: Path) -> list[FoundFile]:
    """The GGUF files of a folder and of the folders in it, by name; () where there is no such folder."""
    try:
        paths = sorted(path for path in folder.rglob("*.gguf") if not path.name.startswith("."))
    except OSError:
        return []
    return [described(path) for path in paths[:_MOST_FILES]]


def described(path: Path) -> FoundFile:
    name = next((name for name, hub in NAMED.items() if hub.file == path.name), path.stem)
    try:
        header = read_header(path)
    except ModelFileError as error:
        return FoundFile(name, str(path), problem=str(error))
    return FoundFile(
        name,
        str(path),
        header.size,
        header.architecture,
        header.parameters,
        header.context_length,
        unsuited(header),
    )


def find_file(name: str, folder: Path) -> Path | None:
    """The file in the folder that a name means: one that can be pulled, a file's name, or that without `.gguf`."""
    file = NAMED[name].file if name in NAMED else name if name.endswith(".gguf") else f"{name}.gguf"
    if os.sep in file:
        return None
    if (folder / file).is_file():
        return folder / file
    try:
        return next((path for path in sorted(folder.rglob("*.gguf")) if path.name == file), None)
    except OSError:
        return None

"""The version, for whoever shows it."""

from __future__ import annotations

# On disk the package `pragmatist` itself is the folder package/, which only an installation puts above this one.
from .. import __version__ as _installed  # pyright: ignore[reportMissingImports]

VERSION: str = _installed

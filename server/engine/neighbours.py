"""The project's other source files, in which what a file's functions call may be defined.

Those that compile_commands.json names; in a project without one, those beside the file and beside its headers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...analysis.facts import Language
from .compile_commands import files_of_project
from .headers import Surroundings

_SUFFIXES: dict[Language, tuple[str, ...]] = {"c": (".c",), "cpp": (".cpp", ".cc", ".cxx", ".c++", ".C")}
MOST = 100
MOST_BYTES = 512 * 1024  # of one file


def neighbours_of(path: str, language: Language, around: Surroundings) -> tuple[str, ...]:
    """Absolute paths of files in the same language, the nearest first."""
    own = os.path.realpath(path)
    found = {os.path.realpath(each) for each in files_of_project(path) or _beside(own, around)} - {own}
    near = sorted(
        (each for each in found if each.endswith(_SUFFIXES[language])), key=lambda each: (_distance(own, each), each)
    )
    return tuple(each for each in near if _fits(each))[:MOST]


def _beside(path: str, around: Surroundings) -> Iterator[str]:
    for folder in dict.fromkeys((os.path.dirname(path), *around.folders)):
        try:
            with os.scandir(folder) as entries:
                yield from (entry.path for entry in entries)
        except OSError:
            continue


def _distance(path: str, other: str) -> int:
    """How many folders lie between two files."""
    shared = os.path.commonpath([path, other])
    return os.path.relpath(path, shared).count(os.sep) + os.path.relpath(other, shared).count(os.sep)


def _fits(path: str) -> bool:
    try:
        return os.path.isfile(path) and os.path.getsize(path) <= MOST_BYTES
    except OSError:
        return False

"""The headers that a file includes, as far as the project holds them.

The analysis reads text and no files; this finds the texts. A header is looked for beside the file that includes it,
in the include paths of compile_commands.json, and, since a project often has neither, in the directories above
the file and their usual header folders. System headers are left out: what the standard library does stands in a table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from .compile_commands import flags_for

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.MULTILINE)
_FOLDERS = ("", "include", "inc", "src", "lib", "common", "utilities", "utils", "headers")
_LEVELS = 5  # directories above the file that are searched
_PROJECT_MARKS = (".git", "compile_commands.json", "pragmatist.toml")
MOST_HEADERS = 64
MOST_BYTES = 512 * 1024


class Surroundings(msgspec.Struct, frozen=True):
    """What a file's meaning depends on besides its text: macros of its compilation, texts of its headers.

    `folders` are those in which headers were found that a compiler would not find by itself.
    """

    defines: dict[str, str] = {}
    headers: dict[str, bytes] = {}
    folders: tuple[str, ...] = ()


def surroundings_of(path: str | None, text: bytes) -> Surroundings:
    """Defines and headers for the file at `path` (None for a text that has no place)."""
    if path is None:
        return Surroundings()
    flags = flags_for(path)
    includes = tuple(_include_paths(flags.flags))
    return Surroundings(flags.defines, *_headers(os.path.abspath(path), text, includes))


def _include_paths(flags: tuple[str, ...]) -> Iterator[str]:
    for position, flag in enumerate(flags):
        if flag in ("-I", "-iquote", "-isystem", "-idirafter") and position + 1 < len(flags):
            yield flags[position + 1]
        elif flag.startswith("-I"):
            yield flag[2:]


def _headers(path: str, text: bytes, includes: tuple[str, ...]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Texts by spelling, headers of headers included; and the folders of those that only the search below finds."""
    found: dict[str, bytes] = {}
    folders: dict[str, None] = {}
    total = 0
    pending = [(os.path.dirname(path), text)]
    while pending:
        directory, content = pending.pop()
        for match in _INCLUDE.finditer(content):
            name = os.fsdecode(match[2].strip())
            if name in found or len(found) >= MOST_HEADERS or os.path.isabs(name):
                continue
            place = _find(name, directory, includes)
            header = _read(place) if place is not None else None
            if place is None or header is None or total + len(header) > MOST_BYTES:
                continue
            total += len(header)
            found[name] = header
            pending.append((os.path.dirname(place), header))
            beside = os.path.join(directory, name) if match[1] == b'"' else None
            if place != beside and not any(place == os.path.join(include, name) for include in includes):
                folders[os.path.normpath(place.removesuffix(name))] = None
    return found, tuple(folders)


def _find(name: str, directory: str, includes: tuple[str, ...]) -> str | None:
    for candidate in _candidates(name, directory, includes):
        if os.path.isfile(candidate):
            return candidate
    return None


def _candidates(name: str, directory: str, includes: tuple[str, ...]) -> Iterator[str]:
    yield os.path.join(directory, name)
    for include in includes:
        yield os.path.join(include, name)
    for _ in range(_LEVELS):
        for folder in _FOLDERS:
            yield os.path.join(directory, folder, name)
        parent = os.path.dirname(directory)
        if parent == directory or any(os.path.exists(os.path.join(directory, mark)) for mark in _PROJECT_MARKS):
            return
        directory = parent


def _read(path: str) -> bytes | None:
    try:
        status = os.stat(path)
        return _contents(path, status.st_mtime_ns, status.st_size) if status.st_size <= MOST_BYTES else None
    except OSError:
        return None


@lru_cache(maxsize=256)
def _contents(path: str, _modified: int, _size: int) -> bytes | None:
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    return content if b"\0" not in content else None

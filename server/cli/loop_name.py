"""FILE:LINE, by which commands are told a loop."""

from __future__ import annotations


class BadLoopName(Exception):
    """What was given names no loop; `str()` says how to."""


def file_and_line(name: str) -> tuple[str, int]:
    """The parts of "heat.c:41". Raises `BadLoopName`."""
    path, _, line = name.rpartition(":")
    if not path or not (line.isascii() and line.isdecimal()) or len(line) > 9:
        raise BadLoopName(f"name a loop as FILE:LINE, such as heat.c:41, not {name!r}")
    return path, int(line)

"""Lines and columns of byte offsets."""

from __future__ import annotations

import re
from bisect import bisect_right

from .facts import Place

_LINE_END = re.compile(rb"\r\n|\n|\r")


class LineIndex:
    """Where the lines of a text begin. A line ends at LF, CRLF or CR, and at nothing else (not at form feeds)."""

    def __init__(self, text: bytes) -> None:
        self.size = len(text)
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and byte column of a byte offset; an offset outside the text counts as its nearest end."""
        offset = min(max(offset, 0), self.size)
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """The place [start, end)."""
        line, column = self.position(start)
        end_line, end_column = self.position(max(start, end))
        return Place(start, max(start, end), line, column, end_line, end_column)


class SourceText:
    """A text with its lines: places, and excerpts for messages."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.lines = LineIndex(data)

    def place(self, start: int, end: int) -> Place:
        return self.lines.place(start, end)

    def excerpt(self, start: int, end: int, longest: int) -> str:
        """The text of [start, end) on one line, cut after `longest` characters."""
        words = " ".join(self.data[start:end].decode("utf-8", "replace").split())
        return words if len(words) <= longest else words[: longest - 1] + "…"

"""Lines and columns of byte offsets."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from .facts import Place

_LINE_END = re.compile(rb"\r\n|\n|\r")


class LineIndex:
    """Where the lines of a text begin. A line ends at LF, CRLF or CR, and at nothing else (not at form feeds)."""

    def __init__(self, text: bytes) -> None:
        self.size = len(text)
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def edited(self, text: bytes, start: int, old_end: int, new_end: int) -> LineIndex:
        """The lines of `text`, in which [start, new_end) stands where [start, old_end) stood in the text of this."""
        growth = new_end - old_end
        first, last = bisect_left(self.starts, start, lo=1), bisect_right(self.starts, old_end)
        window = max(start - 2, 0)
        begun = [window + match.end() for match in _LINE_END.finditer(text[window : new_end + 2])]
        index = LineIndex.__new__(LineIndex)
        index.size = len(text)
        index.starts = [
            *self.starts[:first],
            *(offset for offset in begun if start <= offset <= new_end),
            *(self.starts[last:] if not growth else [offset + growth for offset in self.starts[last:]]),
        ]
        return index

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and byte column of a byte offset; an offset outside the text counts as its nearest end."""
        if offset < 0:
            offset = 0
        elif offset > self.size:
            offset = self.size
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """The place [start, end)."""
        line, column = self.position(start)
        end = max(start, end)
        if (
            start >= 0 and end <= self.size and (line == len(self.starts) or end < self.starts[line])
        ):  # on the same line, as most are
            return Place(start, end, line, column, line, column + end - start)
        return Place(start, end, line, column, *self.position(end))


class SourceText:
    """A text with its lines: places, and excerpts for messages."""

    def __init__(self, data: bytes, lines: LineIndex | None = None) -> None:
        self.data = data
        self.lines = lines if lines is not None else LineIndex(data)
        # Each loop of a nest, and each judge of it, asks for the same ones.
        self._places: dict[tuple[int, int], Place] = {}
        self._excerpts: dict[tuple[int, int, int], str] = {}

    def place(self, start: int, end: int) -> Place:
        known = self._places.get((start, end))
        if known is None:
            known = self._places[start, end] = self.lines.place(start, end)
        return known

    def excerpt(self, start: int, end: int, longest: int) -> str:
        """The text of [start, end) on one line, cut after `longest` characters."""
        known = self._excerpts.get((start, end, longest))
        if known is None:
            words = " ".join(self.data[start:end].decode("utf-8", "replace").split())
            known = words if len(words) <= longest else words[: longest - 1] + "…"
            self._excerpts[start, end, longest] = known
        return known

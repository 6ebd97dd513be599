"""Between the byte offsets of the analysis and the line and character of a client: the only place that converts.

LSP 3.17 ends a line at "\\n", "\\r\\n" and "\\r", and nowhere else: not at a form feed or U+2028, at which
`str.splitlines` does. Characters count UTF-8, UTF-16 or UTF-32 units, as negotiated.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(rb"\r\n|\n|\r")


class LineIndex:
    """The lines of one UTF-8 text. Lines and characters are 0-based."""

    def __init__(self, text: bytes, encoding: Encoding) -> None:
        self._text = text
        self._encoding: Encoding = encoding
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._pivot, self._moved = len(self._starts), 0  # lines from the pivot on begin this much further on

    def edited(self, start: int, end: int, text: bytes, length: int) -> LineIndex:
        """The index of `text`, in which `length` bytes stand for the bytes [start, end) of the text of this one.

        It looks at what was edited and at the lines since the last edit: an editor may send a thousand in one message.
        """
        first = self._lines_to(max(0, start - 1)) - 1  # a "\n" may be put behind, or taken from, a "\r"
        last = self._lines_to(end)  # the first line that begins behind the edit and keeps its beginning
        if last < len(self._starts) and self._start(last) == end + 1:
            last += 1
        starts = self._starts.copy()
        for line in range(last, self._pivot):
            starts[line] -= self._moved
        for line in range(self._pivot, last):
            starts[line] += self._moved
        moved = self._moved + start + length - end
        stop = starts[last] + moved if last < len(starts) else len(text) + 1
        found = (match.end() for match in _LINE_END.finditer(text, starts[first], stop))
        within = [offset for offset in found if offset < stop]
        starts[first + 1 : last] = within
        index = LineIndex(b"", self._encoding)
        index._text, index._starts = text, starts
        index._pivot, index._moved = first + 1 + len(within), moved
        return index

    def _start(self, line: int) -> int:
        return self._starts[line] + (self._moved if line >= self._pivot else 0)

    def _lines_to(self, offset: int) -> int:
        """How many lines begin at the offset or before it."""
        if self._pivot < len(self._starts) and offset >= self._start(self._pivot):
            return bisect_right(self._starts, offset - self._moved, self._pivot)
        return bisect_right(self._starts, offset, 0, self._pivot)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, character) of a byte offset. Inside "\\r\\n" it is the end of the line."""
        line = self._lines_to(max(0, min(offset, len(self._text)))) - 1
        start, end = self._line(line)
        return line, _units(self._text[start : max(start, min(offset, end))], self._encoding)

    def offset(self, line: int, character: int) -> int:
        """The byte offset of (line, character); past the end of a line is its end, past the last line the text's end.

        A character in the middle of a code point is rounded down to its beginning.
        """
        if line >= len(self._starts):
            return len(self._text)
        start, end = self._line(max(0, line))
        return start + _bytes(self._text[start:end], max(0, character), self._encoding)

    def _line(self, line: int) -> tuple[int, int]:
        """The bytes of a line without its end."""
        start = self._start(line)
        if line + 1 == len(self._starts):
            return start, len(self._text)
        end = self._start(line + 1)
        return start, end - (2 if self._text[max(start, end - 2) : end] == b"\r\n" else 1)


def _units(text: bytes, encoding: Encoding) -> int:
    if encoding == "utf-8" or text.isascii():
        return len(text)
    characters = text.decode("utf-8", "replace")
    if encoding == "utf-32":
        return len(characters)
    return len(characters) + sum(character > "\uffff" for character in characters)


def _bytes(line: bytes, character: int, encoding: Encoding) -> int:
    if line.isascii():
        return min(character, len(line))
    if encoding == "utf-8":
        offset = min(character, len(line))
        while offset > 0 and offset < len(line) and line[offset] & 0xC0 == 0x80:
            offset -= 1
        return offset
    characters = line.decode("utf-8", "replace")
    if encoding == "utf-32":
        return len(characters[:character].encode())
    units = characters.encode("utf-16-le")[: 2 * character]
    return len(units.decode("utf-16-le", "ignore").encode())

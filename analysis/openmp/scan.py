"""The characters of a directive, without its wrapping, each with its place in the file.

A directive may run over lines that end in a backslash, hold comments, or be the escaped string of a `_Pragma`.
Here all of that becomes blanks or goes away, so that the parser sees one plain line; the offsets say where each
character came from.
"""

from __future__ import annotations

import re

import msgspec


class Line(msgspec.Struct, frozen=True, gc=False):
    """`chars[i]` stands at byte offset `starts[i]` of the file; the last of `starts` is where the text ends."""

    chars: str
    starts: tuple[int, ...]

    def end_of(self, count: int) -> int:
        """The byte offset after the first `count` characters (at least one)."""
        return self.starts[count - 1] + len(self.chars[count - 1].encode("utf-8", "surrogateescape"))

    def part(self, start: int, end: int) -> Line:
        return Line(self.chars[start:end], self.starts[start : end + 1])


def byte_starts(text: str, start: int) -> tuple[int, ...]:
    """The byte offset of each character of `text`, and of its end, where the text begins at `start`."""
    if text.isascii():
        return tuple(range(start, start + len(text) + 1))
    starts = [start]
    for char in text:
        starts.append(starts[-1] + len(char.encode("utf-8", "surrogateescape")))
    return tuple(starts)


def unescape(line: Line) -> Line:
    """The string that the inside of a string literal stands for (only `\\"` and `\\\\` occur in pragmas)."""
    chars: list[str] = []
    starts: list[int] = []
    index = 0
    while index < len(line.chars):
        starts.append(line.starts[index])
        if line.chars[index] == "\\" and line.chars[index + 1 : index + 2] in ('"', "\\"):
            index += 1
        chars.append(line.chars[index])
        index += 1
    return Line("".join(chars), (*starts, line.starts[-1]))


_NOISE = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<splice>\\[ \t]*\r?\n)
      | (?P<comment>//(?:\\\r?\n|[^\n])*|/\*.*?(?:\*/|\Z))
      | (?P<newline>[\r\n\t\f\v])""",
    re.VERBOSE | re.DOTALL,
)


def plain(line: Line) -> Line:
    """The line with continuations joined, and comments and line ends as blanks. Strings are kept."""
    kept: list[str] = []
    starts: list[int] = []
    index = 0
    for match in _NOISE.finditer(line.chars):
        if match.lastgroup == "string":
            continue
        blanks = "" if match.lastgroup == "splice" else " " * len(match.group())
        kept += [line.chars[index : match.start()], blanks]
        starts += line.starts[index : match.start() + len(blanks)]
        index = match.end()
    kept.append(line.chars[index:])
    return Line("".join(kept), (*starts, *line.starts[index:]))


_CLOSING = {"(": ")", "[": "]", "{": "}"}
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')


def matching(chars: str, index: int) -> int:
    """The index of the bracket that closes the one at `index`; `len(chars)` where none does."""
    stack: list[str] = []
    while index < len(chars):
        char = chars[index]
        if char in "\"'" and (quoted := _QUOTED.match(chars, index)):
            index = quoted.end()
            continue
        if char in _CLOSING:
            stack.append(_CLOSING[char])
        elif stack and char == stack[-1]:
            stack.pop()
            if not stack:
                return index
        index += 1
    return len(chars)


def top_level(chars: str, wanted: str) -> list[int]:
    """Where `wanted` (one of `,` `:`) stands outside brackets, quotes, `?:` and `::`."""
    found: list[int] = []
    index = 0
    questions = 0
    while index < len(chars):
        char = chars[index]
        if char in "\"'" and (quoted := _QUOTED.match(chars, index)):
            index = quoted.end()
            continue
        if char in _CLOSING:
            index = matching(chars, index) + 1
            continue
        if chars.startswith("::", index):
            index += 2
            continue
        if char == "?":
            questions += 1
        elif char == ":" and questions:
            questions -= 1
        elif char == wanted:
            found.append(index)
        index += 1
    return found

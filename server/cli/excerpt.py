"""Source lines with places marked, in the manner of compilers."""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.facts import Place
from .terminal import Paint, printable

Mark = tuple[Place, str, str]  # where, what to say there, style


class SourceLines:
    """The lines of one text, counted as the analysis counts them (a line ends at a line feed)."""

    def __init__(self, text: bytes) -> None:
        self._lines = text.split(b"\n")

    def __getitem__(self, line: int) -> bytes:
        return self._lines[line - 1].rstrip(b"\r") if 0 < line <= len(self._lines) else b""


def excerpt(lines: SourceLines, marks: Sequence[Mark], paint: Paint, width: int) -> list[str]:
    """The marked lines, each mark below its line with what is to be said of it; three dots between distant lines."""
    numbers = sorted({place.line for place, _, _ in marks})
    if not numbers:
        return []
    gutter = len(str(numbers[-1]))
    bar = paint("blue", "|")
    shown: list[str] = []
    previous = None
    for number in numbers:
        if previous is not None and number > previous + 1:
            shown.append(paint("blue", "..."))
        previous = number
        here = sorted((m for m in marks if m[0].line == number), key=lambda m: m[0].column)
        raw = lines[number]
        window = max(width - gutter - 3, 40)
        first = _column(raw, here[0][0].column - 1)
        shift = max(0, first - window // 3) if first > window * 2 // 3 else 0
        text = printable(raw.decode("utf-8", "replace"))
        clipped = ("…" if shift else "") + text[shift + bool(shift) : shift + window]
        shown.append(f"{paint('blue', str(number).rjust(gutter))} {bar} {clipped}".rstrip())
        for place, message, style in here:
            start = _column(raw, place.column - 1)
            end = _column(raw, place.end_column - 1) if place.end_line == number else len(text)
            length = max(1, min(end, shift + window) - start)
            pointer = paint(style, f"{'^' * length} {message}".rstrip())
            shown.append(f"{' ' * gutter} {bar} {' ' * max(0, start - shift)}{pointer}")
    return shown


def _column(raw: bytes, byte: int) -> int:
    """The display column (0-based) of a byte of the line, after `printable`."""
    return len(printable(raw[:byte].decode("utf-8", "replace")))

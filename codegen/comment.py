"""The comment that asks for silence about what stands below it, on a line of its own."""

from __future__ import annotations

import re

from ..analysis.facts import Language, Place
from .edit import Edit, TextChange, text_digest
from .errors import CannotInsert

IGNORE = "pragmatist: ignore"
_LINE_END = re.compile(rb"\r\n|\n")
_CONTINUED = re.compile(rb"(?:\\|\?\?/)[ \t\f\v]*\r?\n\Z")


def ignore_above(path: str, text: bytes, place: Place, language: Language) -> Edit:
    """The edit that puts `pragmatist: ignore` above the line on which `place` (a loop's keyword or directive) begins.

    In C the comment is one that C89 knows. Raises `CannotInsert` where other code stands before it on its line, where
    that line continues the one before (a macro's definition), and in texts whose lines end in a lone carriage return.
    """
    start = text.rfind(b"\n", 0, place.start) + 1
    indent = text[start : place.start]
    if indent.strip(b" \t"):
        raise CannotInsert(
            f"line {place.line}: other code stands before it on its line: put /* {IGNORE} */ above it by hand"
        )
    if _CONTINUED.search(text, 0, start):
        raise CannotInsert(f"line {place.line}: the line before ends in a backslash, so no comment can stand between")
    end = _LINE_END.search(text, place.start)
    line_end = end.group().decode() if end is not None else "\n"
    comment = f"/* {IGNORE} */" if language == "c" else f"// {IGNORE}"
    change = TextChange(start, start, indent.decode() + comment + line_end)
    return Edit(path, text_digest(text), (change,))

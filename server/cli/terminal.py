"""What the streams we write to are: whether they show colours and how wide they are."""

from __future__ import annotations

import os
import sys
from typing import TextIO

NO_TERMINAL = 120  # columns


def shows_colour(stream: TextIO) -> bool:
    """Colours only on a terminal, and never where NO_COLOR (https://no-color.org) is set."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def width() -> int:
    """Columns of the terminal, or 120 where there is none; COLUMNS overrules both."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:  # not shutil's: importing it takes longer than printing a report
        return os.get_terminal_size(sys.stdout.fileno()).columns or NO_TERMINAL
    except (OSError, ValueError):
        return NO_TERMINAL


class Paint:
    """ANSI styles, or none. Kept apart from rich, whose import alone takes longer than a small check."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._on and text else text


_STYLES = {"bold": "1", "dim": "2", "red": "1;31", "green": "1;32", "yellow": "1;33", "blue": "1;34", "cyan": "36"}


def printable(text: str) -> str:
    """The text with control characters (which could steer the terminal) shown as U+FFFD; tabs become blanks."""
    return "".join(c if c.isprintable() or c == " " else "    " if c == "\t" else "\ufffd" for c in text)

"""Writing to stdout, where a full disk or a closed pipe must not look like success."""

from __future__ import annotations

import sys


class CannotWrite(Exception):
    """stdout took no more; `__cause__` is the OSError."""


def write_out(text: str | bytes) -> None:
    """Write all of it to stdout, now. Raises `CannotWrite`."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise CannotWrite from error


def complain(message: str) -> None:
    """One line to stderr, in the name of the program."""
    print(f"pragmatist: {message}", file=sys.stderr)

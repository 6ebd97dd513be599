"""Reading a source file: what cannot be analysed gets a message that says what to do, never an exception."""

from __future__ import annotations

import os
import stat

from ...analysis.facts import TextError

SIZE_LIMIT = 32 * 1024 * 1024  # bytes; a hand-written file is a thousand times smaller


class Unreadable(Exception):
    """The file cannot be analysed; `str()` says why and what would help."""


def read_source(path: str) -> bytes:
    """The file's bytes; raises `Unreadable`."""
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer that may never come.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(_why(error)) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file: name a C or C++ source file")
        if status.st_size > SIZE_LIMIT:
            raise Unreadable(
                f"is {status.st_size / 2**20:.0f} MiB; files over {SIZE_LIMIT // 2**20} MiB are not analysed "
                "(split it, or leave generated files out)"
            )
        with open(descriptor, "rb", closefd=False) as file:
            text = file.read()
    except OSError as error:
        raise Unreadable(_why(error)) from error
    finally:
        os.close(descriptor)
    check_text(text)
    return text


def check_text(text: bytes) -> None:
    """Raises `Unreadable` where the bytes are not source text."""
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("is UTF-16; save it as UTF-8 (for example: iconv -f UTF-16 -t UTF-8)")
    if b"\0" in text:
        raise Unreadable("is a binary file (it contains NUL bytes); name a C or C++ source file")


def encoding_errors(text: bytes) -> tuple[TextError, ...]:
    """The first line that is not UTF-8, if any: the file is analysed all the same, byte for byte."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        byte = text[error.start]
        message = f"not UTF-8 (byte 0x{byte:02x}): analysed as it is; save the file as UTF-8 to be sure"
        return (TextError(line, message),)
    return ()


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied"
    return f"cannot be read: {error.strerror or error}"

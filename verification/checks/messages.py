"""What compilers say, read: warnings and errors with their places, in the formats of gcc, clang, icc and cl."""

from __future__ import annotations

import re

import msgspec

from ..workbench import Build

# file:line:column: (gcc, clang, icx), file(line): (icc, cl), file(line,column): (cl, clang-cl)
_PLACE = r"(?P<file>.*?)(?::(?P<line>\d+):(?:(?P<column>\d+):)?|\((?P<line_>\d+)(?:,(?P<column_>\d+))?\) ?:) "
_MESSAGE = re.compile(
    _PLACE + r"(?P<severity>warning|error|fatal error|catastrophic error|sorry, unimplemented)"
    r"(?: (?P<code>#\d+(?:-D)?|[A-Z]+\d+))?: (?P<text>.*)"
)
_NOTE = re.compile(_PLACE + r"note: in expansion of macro .*")
_OPTION = re.compile(r" \[(-W[^\]]*)\]$")

# That a variable is read before it is written, by compiler: for certain, and possibly.
UNINITIALISED = frozenset(["-Wuninitialized", "C4700", "#592", "#592-D"])
MAYBE_UNINITIALISED = frozenset(
    [
        "-Wmaybe-uninitialized",
        "-Wsometimes-uninitialized",
        "-Wconditional-uninitialized",
        *("C4701", "C4703"),
    ]
)


class Message(msgspec.Struct, frozen=True):
    """`line` and `column` are in the text that was compiled. `option` is the warning's option or number. `uses` are
    the lines on which the macros are used that the message is about; of one in a header's macro, `line` is the first
    of them."""

    severity: str
    option: str
    text: str
    line: int
    column: int | None
    uses: frozenset[int] = frozenset()


def messages(build: Build, path: str) -> list[Message]:
    """The compiler's warnings and errors in the file itself, or in a macro that it uses."""
    found: list[tuple[re.Match[str], list[int]]] = []
    for line in build.messages.splitlines():
        if match := _MESSAGE.fullmatch(line):
            found.append((match, []))
        elif found and (note := _NOTE.fullmatch(line)) and note["file"] == path:
            found[-1][1].append(_line(note))
    return [_message(match, uses, match["file"] == path) for match, uses in found if uses or match["file"] == path]


def _message(match: re.Match[str], uses: list[int], here: bool) -> Message:
    option = _OPTION.search(match["text"])
    text = match["text"][: option.start()] if option else match["text"]
    column = match["column"] or match["column_"]
    return Message(
        match["severity"],
        option[1] if option else match["code"] or "",
        text,
        _line(match) if here else uses[0],
        int(column) if column and here else None,
        frozenset(uses),
    )


def _line(match: re.Match[str]) -> int:
    return int(match["line"] or match["line_"])

"""Text made for the grammar, with the place of each of its bytes in the original."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

import msgspec

from ..ir.tree import ParseError
from ..openmp.directive import Directive
from .macros import Definition, Table

_CONTROL = re.compile(rb"(?:\b(?:else|do)|:)\s*\Z")
_CONTROL_HEAD = re.compile(rb"\b(?:if(?:\s+constexpr)?|for|while|switch)\s*\Z")

_identity = array("I")


def _range(start: int, end: int) -> array[int]:
    """The numbers start..end-1; slices of one growing table, which is far faster than counting."""
    if len(_identity) < end:
        _identity.extend(range(len(_identity), max(end, 2 * len(_identity), 1 << 16)))
    return _identity[start:end]


class Setting(msgspec.Struct):
    """What of a text decides how any stretch of it without directives is prepared.

    `tables` are the macros as they stand from each of `offsets` on; `types` the names of types in all the text, and
    `words` those that stand in parentheses.
    """

    types: frozenset[bytes]
    words: frozenset[bytes]
    offsets: list[int]
    tables: list[Table]


class Prepared(msgspec.Struct):
    """`text` is what to parse. The byte at `i` comes from [starts[i], ends[i + 1]) of the original.

    `conditions` are the undecided conditions (text, start, end) by the number in `_if_N`. `symbolic` are macros that
    stand for an integer which the configuration decides; `choices` are other macros with several bodies.
    """

    text: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    directives: list[Directive]
    conditions: list[tuple[str, int, int]]
    macros: dict[bytes, Definition]
    symbolic: set[bytes]
    choices: dict[bytes, tuple[bytes, ...]]
    errors: list[ParseError]
    included: list[tuple[int, int]]  # the `#include` directives whose headers were read
    setting: Setting
    limited: bool  # whether macros were left alone because expansions grew too large, or that is near


class Output:
    """Collects the prepared text piece by piece."""

    def __init__(self, text: bytes) -> None:
        self.source = text
        self.pieces: list[bytes] = []
        self.recent: list[bytes] = []  # the pieces that say what stands before the next one
        self.starts = array("I")
        self.ends = array("I", [0])

    def plain(self, start: int, end: int) -> None:
        """The source's own bytes."""
        if start < end:
            piece = self.source[start:end]
            self.pieces.append(piece)
            if not piece.isspace():
                self.recent.append(piece)
            self.starts += _range(start, end)
            self.ends += _range(start + 1, end + 1)

    def region(self, text: bytes, start: int, end: int) -> None:
        """`text` in place of the source's [start, end)."""
        if text:
            self.pieces.append(text)
            if not text.isspace() and text[:2] != b"\n#":  # directives are on lines of their own
                self.recent.append(text)
            self.starts += array("I", [start]) * len(text)
            self.ends += array("I", [end]) * len(text)

    def ends_in_blank(self) -> bool:
        return not self.pieces or self.pieces[-1][-1:] in (b"\n", b" ")

    def finish(self) -> bytes:
        self.starts.append(len(self.source))
        return b"".join(self.pieces)

    def tail(self) -> bytes:
        """The last of what was put out that is neither blank nor a directive; a few thousand bytes at most."""
        return b"".join(piece[-4000:] for piece in self.recent[-40:])[-4000:].rstrip()

    def wants_statement(self) -> bool:
        """Whether a statement must follow here, so that the grammar takes a label but no pragma."""
        tail = self.tail()
        if _CONTROL.search(tail[-16:]):
            return True
        if not tail.endswith(b")"):
            return False
        depth = 0
        for index in range(len(tail) - 1, -1, -1):
            depth += (tail[index] == 41) - (tail[index] == 40)
            if depth == 0:
                return _CONTROL_HEAD.search(tail[max(0, index - 40) : index]) is not None
        return False

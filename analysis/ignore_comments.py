"""Comments that ask for silence: `// pragmatist: ignore`, or `// pragmatist: ignore PRG101, PRG2xx -- why`.

Such a comment speaks of the line that it stands on, or, where it stands alone, of the next line with code on it. A
comment is what the grammar says is one: the same words in a string mean nothing. At the end of an OpenMP directive,
which the grammar reads as one word, it begins at the first `//` or `/*`.
"""

from __future__ import annotations

import re

import msgspec

from .facts import Language, Place
from .syntax import Tree, grammar, parse
from .text import LineIndex

MARK = b"pragmatist:"
_COMMENT = re.compile(rb"(?:/[/*])[/*!<]*\s*pragmatist:(?P<said>.*?)(?:\*+/)?\s*", re.DOTALL)
_IGNORE = re.compile(rb"\s*ignore(?![\w-])(?P<codes>.*?)(?:\s--(?:\s.*)?)?", re.DOTALL)
_WORD = re.compile(rb"[^\s,]+")
_OPENING = re.compile(rb"/[/*]")
_SOMETHING = re.compile(rb"\S")


class IgnoredCode(msgspec.Struct, frozen=True):
    """One code, or a family of codes, as it is written in a comment: perhaps none that exists."""

    text: str
    place: Place


class IgnoreComment(msgspec.Struct, frozen=True):
    """`line` is the 1-based line spoken of. Without `codes` everything is ignored there.

    `understood` is False for a comment that begins as one of these does and goes on otherwise: it asks for nothing.
    """

    place: Place
    line: int
    codes: tuple[IgnoredCode, ...] = ()
    understood: bool = True


def ignore_comments(text: bytes, language: Language) -> tuple[IgnoreComment, ...]:
    """The comments of a text that speak to us, in its order. Never raises for what the text is."""
    if MARK not in text:  # as in nearly every text: nothing is parsed
        return ()
    tree = parse(text, language)
    lines = LineIndex(text)
    found: dict[int, IgnoreComment] = {}
    offset = text.find(MARK)
    while offset >= 0:
        span = _comment_around(tree, text, language, offset)
        if span is not None and span[0] not in found:
            comment = _read(text, lines, tree, language, span)
            if comment is not None:
                found[span[0]] = comment
        offset = text.find(MARK, offset + len(MARK))
    return tuple(found.values())


def _comment_around(tree: Tree, text: bytes, language: Language, offset: int) -> tuple[int, int] | None:
    """The comment in which a byte lies."""
    node = tree.root_node.descendant_for_byte_range(offset, offset + 1)
    if node is None:
        return None
    kinds = grammar(language)
    if node.kind_id in kinds.ids("comment"):
        before = node.prev_sibling
        if before is not None and before.kind_id in kinds.ids("preproc_arg") and (before.text or b"").count(b'"') % 2:
            return None  # in a directive the grammar takes `/*` in a string for a comment
        return node.start_byte, node.end_byte
    if node.kind_id in kinds.ids("preproc_arg") and text.startswith(b"omp", node.start_byte):
        start = _OPENING.search(text, node.start_byte, offset)
        return (start.start(), node.end_byte) if start is not None else None
    return None


def _read(text: bytes, lines: LineIndex, tree: Tree, language: Language, span: tuple[int, int]) -> IgnoreComment | None:
    start, end = span
    comment = _COMMENT.fullmatch(text, start, end)
    if comment is None:  # the words stand somewhere in its prose
        return None
    place, line = lines.place(start, end), _line_spoken_of(text, lines, tree, language, span)
    said = _IGNORE.fullmatch(text, *comment.span("said"))
    if said is None:
        return IgnoreComment(place, line, understood=False)
    codes = tuple(
        IgnoredCode(word.group().decode("utf-8", "replace"), lines.place(*word.span()))
        for word in _WORD.finditer(text, *said.span("codes"))
    )
    return IgnoreComment(place, line, codes)


def _line_spoken_of(text: bytes, lines: LineIndex, tree: Tree, language: Language, span: tuple[int, int]) -> int:
    """The comment's own line where something else stands on it, else the next one that is not blank or a comment."""
    start, end = span
    first, last = lines.position(start)[0], lines.position(end)[0]
    before = text[lines.starts[first - 1] : start]
    after = text[end : lines.starts[last] if last < len(lines.starts) else len(text)]
    if before.strip():
        return first
    if after.strip():
        return last
    comments = grammar(language).ids("comment")
    position = end
    while (code := _SOMETHING.search(text, position)) is not None:
        node = tree.root_node.descendant_for_byte_range(code.start(), code.start() + 1)
        if node is None or node.kind_id not in comments:
            return lines.position(code.start())[0]
        position = max(node.end_byte, code.end())
    return last

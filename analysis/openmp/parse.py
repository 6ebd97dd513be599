"""Parses OpenMP directives: pragmas, `_Pragma` operators and C++ attributes (OpenMP 5.2 §3).

A directive that breaks off or is misspelt gives what could be read of it; only text that is not OpenMP gives None.
"""

from __future__ import annotations

import itertools
import re

from .directive import Clause, Directive
from .names import directive_name
from .scan import Line, byte_starts, matching, plain, top_level, unescape

_PRAGMA = re.compile(r"\s*(?:#|%:|\?\?=)\s*pragma\s+omp\b")
_OPERATOR = re.compile(
    r"""\s*(?:_Pragma|__pragma)\s*\(\s*
        (?:(?:u8|[uUL])?(?:(?P<quote>")|R"(?P<delimiter>[^ ()\\]*)\())?""",
    re.VERBOSE,
)
_OMP = re.compile(r"\s*omp\b")
_WORD = re.compile(r"[A-Za-z_]\w*")
_BETWEEN_CLAUSES = re.compile(r"[\s,]*")

# Clauses whose argument is one expression, or text that is not a list: never split at commas.
_WHOLE = frozenset(
    [
        "if", "num_threads", "final", "priority", "device", "hint", "filter", "safelen", "simdlen", "collapse",
        "ordered", "partial", "message", "detach", "initializer", "allocator", "when", "otherwise", "match", "holds",
        "novariants", "nocontext", "num_teams", "thread_limit", "grainsize", "num_tasks", "uses_allocators",
    ]
)  # fmt: skip
# Clauses whose colon stands after the list: linear(x: 2), aligned(p: 64).
_TRAILING = frozenset(["linear", "aligned"])
# linear(val(x): 2), as it was written before OpenMP 5.2.
_BY_VALUE = re.compile(r"^\s*val\s*\((.*)\)\s*$", re.S)


def parse_directive(text: str, start: int, end: int) -> Directive | None:
    """The directive that `text` is (the first, in an `omp::sequence`), or None where it is not OpenMP.

    `text` is the source from byte offset `start` to `end` of the file: a `#pragma` line with its continuation
    lines, a `_Pragma(...)`, a `[[omp::directive(...)]]` or what stands between those brackets.
    """
    return next(iter(parse_directives(text, start, end)), None)


def parse_directives(text: str, start: int, end: int) -> tuple[Directive, ...]:
    """All directives of `text`, in order: one, or as many as an `omp::sequence` holds, or none."""
    line = Line(text, byte_starts(text, start))
    return tuple(_parse(body, start, end) for body in _bodies(line))


def _bodies(line: Line) -> list[Line]:
    """What follows `omp`, without wrapping: one line for each directive."""
    if operator := _OPERATOR.match(line.chars):
        return _operator_bodies(line, operator)
    line = plain(line)
    if pragma := _PRAGMA.match(line.chars):
        return [line.part(pragma.end(), len(line.chars))]
    return _attribute_bodies(line)


def _operator_bodies(line: Line, operator: re.Match[str]) -> list[Line]:
    begin = operator.end()
    if operator["quote"]:
        close = re.compile(r'(?:\\.|[^"\\])*').match(line.chars, begin)
        inside = unescape(line.part(begin, close.end() if close else len(line.chars)))
    elif operator["delimiter"] is not None:
        close = line.chars.find(")" + operator["delimiter"] + '"', begin)
        inside = line.part(begin, close if close >= 0 else len(line.chars))
    else:  # Microsoft's __pragma(omp ...) takes tokens
        inside = line.part(begin, matching(line.chars, line.chars.index("(")))
    inside = plain(inside)
    prefix = _OMP.match(inside.chars)
    return [inside.part(prefix.end(), len(inside.chars))] if prefix else []


_ATTRIBUTE = re.compile(
    r"""\s*(?:\[\[)?\s*(?:using\s+omp\s*:\s*|omp\s*::\s*)?(?P<kind>directive|decl|sequence)\s*\(""",
    re.VERBOSE,
)


def _attribute_bodies(line: Line) -> list[Line]:
    """Inside an attribute: `directive(...)`, `decl(...)`, or a `sequence(...)` of those, and commas."""
    bodies: list[Line] = []
    chars = line.chars
    index = 0
    while found := _ATTRIBUTE.match(chars, index):
        close = matching(chars, found.end() - 1)
        inside = line.part(found.end(), close)
        bodies += _attribute_bodies(inside) if found["kind"] == "sequence" else [inside]
        comma = re.compile(r"\)?\s*,").match(chars, close)
        if comma is None:
            break
        index = comma.end()
    return bodies


def _parse(line: Line, start: int, end: int) -> Directive:
    name, index = _name(line.chars)
    argument, index = _parenthesised(line.chars, index)
    clauses, unread = _clauses(line, index)
    return Directive(
        " ".join(name),
        None if argument is None else _squeezed(line.chars[slice(*argument)]),
        clauses,
        start,
        end,
        unread,
    )


def _name(chars: str) -> tuple[tuple[str, ...], int]:
    """The directive's name and the index after it."""
    words: list[str] = []
    ends: list[int] = []
    index = 0
    while word := re.compile(r"\s*([A-Za-z_]\w*)").match(chars, index):
        words.append(word[1])
        ends.append(word.end())
        index = word.end()
    name, count = directive_name(words)
    if count:
        return name, ends[count - 1]
    # An unknown directive keeps its first word, so that messages can say which.
    return (tuple(words[:1]), ends[0]) if words else ((), 0)


def _parenthesised(chars: str, index: int) -> tuple[tuple[int, int] | None, int]:
    """The span inside parentheses that open at `index`, blanks skipped, and the index after them."""
    opening = re.compile(r"\s*\(").match(chars, index)
    if opening is None:
        return None, index
    close = matching(chars, opening.end() - 1)
    return (opening.end(), close), min(close + 1, len(chars))


def _clauses(line: Line, index: int) -> tuple[tuple[Clause, ...], tuple[str, ...]]:
    """The clauses, and the text between them that is none."""
    clauses: list[Clause] = []
    unread: list[str] = []
    chars = line.chars
    while True:
        between = _BETWEEN_CLAUSES.match(chars, index)
        index = between.end() if between else index
        if index >= len(chars):
            return tuple(clauses), tuple(unread)
        word = _WORD.match(chars, index)
        if word is None:  # a stray character: skip it and go on
            unread.append(chars[index])
            index += 1
            continue
        argument, after = _parenthesised(chars, word.end())
        if argument is not None and argument[1] >= len(chars):
            unread.append(_squeezed(chars[index:]))
        modifier, items = (None, ()) if argument is None else _argument(word.group(), chars[slice(*argument)])
        clauses.append(Clause(word.group(), modifier, items, line.starts[index], line.end_of(after)))
        index = after


def _argument(name: str, inside: str) -> tuple[str | None, tuple[str, ...]]:
    """A clause's modifier and items from the text between its parentheses."""
    if name in ("depend", "doacross") and inside.strip() == "source":
        return "source", ()
    colons = top_level(inside, ":")
    modifier = None
    rest = inside
    if colons and name in _TRAILING:
        modifier, rest = _list(inside[colons[-1] + 1 :]), inside[: colons[-1]]
        rest = _BY_VALUE.sub(r"\1", rest)
    elif colons:
        modifier, rest = _list(inside[: colons[0]]), inside[colons[0] + 1 :]
    if name in _WHOLE:
        item = _squeezed(rest)
        return modifier, (item,) if item else ()
    return modifier, _split(rest)


def _list(text: str) -> str:
    return ", ".join(_split(text))


def _split(text: str) -> tuple[str, ...]:
    bounds = [-1, *top_level(text, ","), len(text)]
    parts = (_squeezed(text[low + 1 : high]) for low, high in itertools.pairwise(bounds))
    return tuple(part for part in parts if part)


def _squeezed(text: str) -> str:
    """Stripped, each run of blanks outside quotes as one."""
    return re.sub(r'("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\')|\s+', lambda match: match[1] or " ", text).strip()

"""Copies in which private copies of variables hold garbage when an iteration begins.

`private` and `lastprivate` say that no iteration reads the variable before it writes it. Then it cannot matter what
the copy holds at first; and where a copy still holds what an earlier iteration of its thread left, which iteration
that was depends on the schedule. So the garbage of harness/fill.c may go there at the start of every iteration, and a
plan whose results it changes is wrong. That needs no compiler's help, and has no false alarms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..analysis.facts import Language
from ..codegen.edit import TextChange
from .copies import Copy, merged
from .inserted import loop_directives
from .request import PlannedEdit, Span

FILL = Path(__file__).parent / "harness" / "fill.c"
PHASES = ("0", "1")

_NAME = re.compile(r"[A-Za-z_]\w*")
_BLANK = re.compile(rb"(?:\s|//(?:[^\n\\]|\\.)*|/\*.*?\*/)*", re.DOTALL)
_FOR = re.compile(rb"for\b")
_TOKEN = re.compile(rb"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[()]", re.DOTALL)
_PROTOTYPE_C = "void pragmatist_fill(void *, unsigned long, int);\n"
# Of a class that copying does not amount to copying its bytes, the constructor has made something already.
_PROTOTYPE_CPP = (
    'extern "C" void pragmatist_fill(void *, unsigned long, int); '
    "template <class T> static inline void pragmatist_fill_copy(T &copy, int number) { "
    "if (__is_trivially_copyable(T)) pragmatist_fill((void *)__builtin_addressof(copy), sizeof copy, number); }\n"
)


def private_names(original: bytes, edit: PlannedEdit) -> list[str]:
    """The variables whose private copies begin with no value, by the edit's own directives."""
    names: dict[str, None] = {}
    for directive in loop_directives(original, [edit]):
        given = {name for clause in directive.clauses_named("firstprivate") for name in clause.items}
        for clause in directive.clauses_named("private", "lastprivate"):
            if clause.modifier is None:
                names |= dict.fromkeys(each for each in clause.items if _NAME.fullmatch(each) and each not in given)
    return list(names)


def filled(original: bytes, edits: Sequence[PlannedEdit], language: Language) -> Copy | None:
    """The edited text with a call of the filler at the start of each iteration; None where there is nothing to fill."""
    added: dict[TextChange, tuple[int, int]] = {}
    for number, edit in enumerate(edits):
        names = private_names(original, edit)
        body = _innermost(original, edit.body, _depth(original, edit) - 1)
        if not names or body is None:
            continue
        if language == "c":
            calls = "".join(f" pragmatist_fill((void *)&{name}, sizeof {name}, {n});" for n, name in enumerate(names))
        else:
            calls = "".join(f" pragmatist_fill_copy({name}, {n});" for n, name in enumerate(names))
        if original[body.start : body.start + 1] == b"{":
            added[TextChange(body.start + 1, body.start + 1, calls)] = (body.start + 1, 0)
        else:
            added[TextChange(body.start, body.start, f"{{{calls} ")] = (body.start, 1)
            # Of bodies that end together the inner one closes first.
            added[TextChange(body.end, body.end, f" /* {number} */ }}")] = (body.end, -edit.statement.start)
    if not added:
        return None
    top = 3 if original.startswith(b"\xef\xbb\xbf") else 0
    prototype = TextChange(top, top, _PROTOTYPE_C if language == "c" else _PROTOTYPE_CPP)
    own = merged(edits)
    placed = [(each, (each.start, 0)) for each in own] + list(added.items()) + [(prototype, (-1, 0))]
    return Copy(original, tuple(change for change, _ in sorted(placed, key=lambda each: each[1])))


def _depth(original: bytes, edit: PlannedEdit) -> int:
    """How many loops the edit's directive takes together."""
    depths = [
        int(item)
        for directive in loop_directives(original, [edit])
        for clause in directive.clauses_named("collapse")
        for item in clause.items
        if item.isdecimal()
    ]
    return max(depths, default=1)


def _innermost(text: bytes, body: Span, loops: int) -> Span | None:
    """The body of the loop so many levels further in. None where the text does not show it plainly."""
    start, end = body.start, body.end
    for _ in range(loops):
        while text[start : start + 1] == b"{":
            start = _skip(text, start + 1)
            end = text.rindex(b"}", start, end)
        if not _FOR.match(text, start):
            return None
        start = _after_header(text, start, end)
        if start < 0:
            return None
    if text[start : start + 1] == b"{":
        return Span(start, end)
    if text[start : start + 1] == b"#":  # a directive has to stand in a line of its own
        return None
    trimmed = len(text[:end].rstrip())
    return Span(start, trimmed) if text[trimmed - 1 : trimmed] in (b";", b"}") else None


def _skip(text: bytes, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _after_header(text: bytes, start: int, end: int) -> int:
    """Where the body of the `for` at `start` begins; -1 where its parentheses do not close."""
    open_ = 0
    for token in _brackets(text, start, end):
        open_ += 1 if token[0] == b"(" else -1
        if open_ == 0:
            return _skip(text, token.end())
    return -1


def _brackets(text: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
    return (match for match in _TOKEN.finditer(text, start, end) if match[0] in (b"(", b")"))

"""Copies under test: the text with some plans applied, changed further so that a check can see more.

A schedule of the check's choice where the pragma leaves it open, calls to harness/observe.c around loops and in
their bodies. Pure functions of text. What is inserted never moves a line, except around timed
loops; `Copy.origin` translates the places that tools report back to the original text.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence

import msgspec

from ..analysis.facts import Language
from ..codegen.edit import TextChange, apply_changes
from .request import PlannedEdit, Span

PRAGMA = re.compile(rb"^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+(?:[^\n\\]|\\(?!\r?\n)|\\\r?\n)*", re.MULTILINE)
_DIRECTIVE = re.compile(rb"(?:(?:parallel|for|simd|target|teams|distribute|loop)\b(?!\s*\()(?:[ \t]|\\\r?\n)*)+")
_SCHEDULE = re.compile(rb"\bschedule[ \t]*\(([^()]|\([^()]*\))*\)")
DECLARATIONS = ("pragmatist_enter", "pragmatist_leave", "pragmatist_iteration")
CHUNK = "pragmatist_chunk()"  # for a schedule: so many iterations at a time as PRAGMATIST_CHUNK says


class Copy(msgspec.Struct, frozen=True):
    """A text made from `original` by ascending changes, which it remembers."""

    original: bytes
    changes: tuple[TextChange, ...]

    @property
    def text(self) -> bytes:
        return apply_changes(self.original, self.changes)

    def origin(self, line: int, column: int | None = None) -> tuple[int, int | None]:
        """The original's line and column (1-based, bytes) of a place in the copy.

        What was inserted counts as the place that it was inserted at.
        """
        text = self.text
        starts = line_starts(text)
        if not 1 <= line <= len(starts):
            return line, column
        offset = min(starts[line - 1] + (column or 1) - 1, len(text))
        at = self._original_offset(offset if column else _first_word(text, offset))
        found = bisect.bisect_right(line_starts(self.original), at)
        return found, at - line_starts(self.original)[found - 1] + 1 if column else None

    def _original_offset(self, offset: int) -> int:
        shift = 0  # copy minus original, so far
        for change in self.changes:
            start = change.start + shift
            length = len(change.text.encode())
            if offset < start:
                break
            if offset < start + length:
                return change.start
            shift += length - (change.end - change.start)
        return offset - shift

    @property
    def changed_lines(self) -> frozenset[int]:
        """1-based lines of the copy that the changes wrote."""
        lines: set[int] = set()
        starts, shift = line_starts(self.text), 0
        for change in self.changes:
            written = change.text.encode()
            first = change.start + shift
            last = first + len(written.rstrip()) - 1
            if written.strip():
                lines.update(range(bisect.bisect_right(starts, first), bisect.bisect_right(starts, last) + 1))
            shift += len(written) - (change.end - change.start)
        return frozenset(lines)


def line_starts(text: bytes) -> list[int]:
    return [0, *(match.end() for match in re.finditer(rb"\n", text))]


def _first_word(text: bytes, offset: int) -> int:
    while offset < len(text) and text[offset : offset + 1] in b" \t":
        offset += 1
    return offset


def merged(edits: Iterable[PlannedEdit]) -> tuple[TextChange, ...]:
    """The changes of several plans as one ascending sequence; a change that two plans share stands once."""
    return tuple(sorted({change for edit in edits for change in edit.changes}))


def serial(edits: Iterable[PlannedEdit]) -> tuple[PlannedEdit, ...]:
    """The same loops with nothing changed."""
    return tuple(msgspec.structs.replace(edit, changes=()) for edit in edits)


def with_schedule(original: bytes, edit: PlannedEdit, schedule: str) -> PlannedEdit:
    """The edit with a schedule of our choice ("static,1") in the pragmas that it inserts or changes.

    Only where the plan leaves the assignment of iterations to threads open: without a schedule, or with a dynamic,
    guided, auto or runtime one. It stands in the text, because through OMP_SCHEDULE each iteration costs a call that
    makes short loops twenty times slower. `simd` alone becomes `parallel for`: what may run in lanes of one register
    may run in threads, and only threads can be watched.
    """
    changes = whole_pragmas(original, edit.changes)
    forced = [msgspec.structs.replace(each, text=_schedule(each.text.encode(), schedule).decode()) for each in changes]
    return msgspec.structs.replace(edit, changes=tuple(forced))


def without_schedule(original: bytes, edit: PlannedEdit) -> PlannedEdit:
    """The edit with no schedule clause in the pragmas that it inserts or changes."""

    def rewrite(match: re.Match[bytes]) -> bytes:
        return _SCHEDULE.sub(b"", match[0])

    changes = whole_pragmas(original, edit.changes)
    freed = [msgspec.structs.replace(each, text=PRAGMA.sub(rewrite, each.text.encode()).decode()) for each in changes]
    return msgspec.structs.replace(edit, changes=tuple(freed))


def whole_pragmas(original: bytes, changes: Iterable[TextChange]) -> list[TextChange]:
    """The changes, those within one standing pragma joined to a single change of all of it."""
    pragmas = [Span(*match.span()) for match in PRAGMA.finditer(original)]
    within: dict[Span | None, list[TextChange]] = {}
    for change in changes:
        home = next(
            (each for each in pragmas if each.start < change.start <= each.end and change.end <= each.end), None
        )
        within.setdefault(home, []).append(change)
    whole = within.pop(None, [])
    for pragma, parts in within.items():
        if pragma is not None:
            shifted = tuple(TextChange(each.start - pragma.start, each.end - pragma.start, each.text) for each in parts)
            text = apply_changes(original[pragma.start : pragma.end], shifted)
            try:
                whole.append(TextChange(pragma.start, pragma.end, text.decode()))
            except UnicodeDecodeError:
                whole += parts
    return sorted(whole)


def _schedule(text: bytes, schedule: str) -> bytes:
    clause = f"schedule({schedule})".encode()

    def rewrite(match: re.Match[bytes]) -> bytes:
        pragma = match[0]
        directive = _DIRECTIVE.search(pragma, pragma.index(b"omp") + 3)
        if directive is None:
            return pragma
        start, words = directive.start(), directive[0].rstrip(b" \t\\\r\n")
        after = start + len(words)
        if words == b"simd":
            words = b"parallel for"
        elif b"for" not in words.split():
            return pragma
        existing = _SCHEDULE.search(pragma)
        if existing is None:
            return pragma[:start] + words + b" " + clause + pragma[after:]
        if re.search(rb"\b(dynamic|guided|auto|runtime)\b", existing[0]):
            return pragma[: existing.start()] + clause + pragma[existing.end() :]
        return pragma

    return PRAGMA.sub(rewrite, text)


def observed(original: bytes, edits: Sequence[PlannedEdit], *, iterations: bool, language: Language) -> Copy:
    """The edits' changes, with calls to harness/observe.c around each edit's loop, numbered as in `edits`.

    With `iterations`, also one at the start of each body. The declarations stand before the first line.
    """
    linkage, nothing = ('extern "C" ', "") if language == "cpp" else ("", "void")
    declared = "".join(f"{linkage}void {name}(int); " for name in DECLARATIONS)
    declared += f"{linkage}int {CHUNK.replace('()', f'({nothing})')}; "
    top = 3 if original.startswith(b"\xef\xbb\xbf") else 0
    # At one offset: what closes comes before what opens; inner closes before outer, outer opens before inner.
    added: dict[TextChange, tuple[int, int, int, int]] = {TextChange(top, top, declared + "\n"): (top, 1, -1, 0)}

    def opens(edit: PlannedEdit, change: TextChange, order: int) -> None:
        added[change] = (change.start, 1, edit.statement.start, order)

    def closes(edit: PlannedEdit, at: int, text: str, order: int) -> None:
        added[TextChange(at, at, text)] = (at, 0, -edit.statement.start, order)

    for number, edit in enumerate(edits):
        start = _statement_start(original, edit)
        opens(edit, TextChange(start, start, f"{{ pragmatist_enter({number});\n"), 0)
        for change in edit.changes:
            opens(edit, change, 1)
        closes(edit, edit.statement.end, f" pragmatist_leave({number}); }}", 1)
        if iterations and original[edit.body.start : edit.body.start + 1] == b"{":
            at = edit.body.start + 1
            opens(edit, TextChange(at, at, f" pragmatist_iteration({number});"), 2)
        elif iterations:
            at = edit.body.start
            opens(edit, TextChange(at, at, f"{{ pragmatist_iteration({number}); "), 2)
            closes(edit, edit.body.end, f" /* {number} */ }}", 0)
    return Copy(original, tuple(sorted(added, key=lambda change: added[change])))


def _statement_start(original: bytes, edit: PlannedEdit) -> int:
    """Where the loop begins together with the directives on it, those in the text and those being inserted."""
    start = edit.statement.start
    while True:
        above = len(original[:start].rstrip())
        inserted = [change.start for change in edit.changes if above <= change.start <= change.end <= start]
        standing = [match.start() for match in PRAGMA.finditer(original, 0, above) if match.end() >= above]
        first = min([*inserted, *standing], default=start)
        if first >= start:
            return start
        start = first

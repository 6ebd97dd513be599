"""Unified diffs of an edit, byte for byte, as `patch` and `git apply` take them.

Made from the edit's own changes: searching the difference of two texts again (difflib) takes minutes for a long file
with many alike lines, and may find another one than was made.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from .edit import Edit, TextChange, apply_changes

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"

# Old lines [first, last) become `lines`.
_Replacement = tuple[int, int, list[bytes]]


def unified_diff(text: bytes, edit: Edit, context: int = 3) -> bytes:
    """The diff that the edit makes of `text`, under the names a/PATH and b/PATH; b"" where it changes nothing.

    Lines end at LF only, so a carriage return before it is part of its line. The edit's digest is not checked.
    """
    if apply_changes(text, edit.changes) == text:
        return b""  # several changes may undo one another
    old = _LINE.findall(text)
    hunks = _hunks(_replacements(text, old, edit.changes), context)
    if not hunks:
        return b""
    name = edit.path.lstrip("/").replace("\n", "?").encode(errors="surrogateescape")
    out = [b"--- a/" + name + b"\n", b"+++ b/" + name + b"\n"]
    shift = 0
    for hunk in hunks:
        first, last = max(hunk[0][0] - context, 0), min(hunk[-1][1] + context, len(old))
        grown = sum(len(lines) - (end - start) for start, end, lines in hunk)
        out.append(_header(first, last - first, first + shift, last - first + grown))
        position = first
        for start, end, lines in hunk:
            out += [b" " + line for line in old[position:start]]
            out += [b"-" + line for line in old[start:end]]
            out += [b"+" + line for line in lines]
            position = end
        out += [b" " + line for line in old[position:last]]
        shift += grown
    return b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in out)


def diff_text(text: bytes, edit: Edit, context: int = 3) -> str:
    """The diff for people to read: bytes that are not UTF-8 show as U+FFFD. Not for `patch`."""
    return unified_diff(text, edit, context).decode(errors="replace")


def _replacements(text: bytes, old: list[bytes], changes: tuple[TextChange, ...]) -> list[_Replacement]:
    """Whole old lines and what they become, in order, without lines that stay the same at either end."""
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    spans: list[tuple[int, int, list[TextChange]]] = []
    for change in changes:
        first, last = _line_of(starts, old, change.start), _line_of(starts, old, change.end)
        # Unless what now precedes the change's end is a line end, the line that follows is joined to it.
        after_line_end = change.text.endswith("\n") or (
            not change.text and starts[first] == change.start and not (spans and spans[-1][2][-1].end == change.start)
        )
        if not (after_line_end and starts[last] == change.end):
            last = min(last + 1, len(old))
        if spans and first < spans[-1][1]:
            before = spans.pop()
            spans.append((before[0], max(last, before[1]), [*before[2], change]))
        else:
            spans.append((first, last, [change]))
    found: list[_Replacement] = []
    for first, last, inside in spans:
        base = starts[first]
        moved = tuple(TextChange(c.start - base, c.end - base, c.text) for c in inside)
        lines = _LINE.findall(apply_changes(text[base : starts[last]], moved))
        while first < last and lines and old[first] == lines[0]:
            first, lines = first + 1, lines[1:]
        while first < last and lines and old[last - 1] == lines[-1]:
            last, lines = last - 1, lines[:-1]
        if first < last or lines:
            found.append((first, last, lines))
    return found


def _line_of(starts: list[int], old: list[bytes], offset: int) -> int:
    """The index of the line at `offset`; the end of a text that ends in the midst of a line belongs to that line."""
    if offset == starts[-1] and old and not old[-1].endswith(b"\n"):
        return len(old) - 1
    return bisect_right(starts, offset) - 1


def _hunks(replacements: list[_Replacement], context: int) -> list[list[_Replacement]]:
    hunks: list[list[_Replacement]] = []
    for replacement in replacements:
        if hunks and replacement[0] - hunks[-1][-1][1] <= 2 * context:
            hunks[-1].append(replacement)
        else:
            hunks.append([replacement])
    return hunks


def _header(old_first: int, old_count: int, new_first: int, new_count: int) -> bytes:
    # An empty range is named by the line before it.
    old_line, new_line = old_first + (old_count > 0), new_first + (new_count > 0)
    return b"@@ -%d,%d +%d,%d @@\n" % (old_line, old_count, new_line, new_count)

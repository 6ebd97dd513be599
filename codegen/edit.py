"""`Edit`: a plan as minimal text changes against one version of one file."""

from __future__ import annotations

import hashlib

import msgspec

from .errors import EditConflict


class TextChange(msgspec.Struct, frozen=True, order=True):
    """Replace bytes [start, end) of the original text with `text` (UTF-8)."""

    start: int
    end: int
    text: str


class Edit(msgspec.Struct, frozen=True):
    """Changes in ascending, non-overlapping order. `digest` is `text_digest` of the text they apply to."""

    path: str
    digest: str
    changes: tuple[TextChange, ...]


def text_digest(text: bytes) -> str:
    """Hexadecimal SHA-256 of the text: the version that an edit was made against."""
    return hashlib.sha256(text).hexdigest()


def apply_edit(text: bytes, edit: Edit) -> bytes:
    """The text with the edit applied; raises `EditConflict` when it is not the text the edit was made for."""
    if text_digest(text) != edit.digest:
        raise EditConflict(f"{edit.path} changed since it was analysed; nothing was written. Run the command again.")
    return apply_changes(text, edit.changes)


def apply_changes(text: bytes, changes: tuple[TextChange, ...]) -> bytes:
    """The text with ascending, non-overlapping changes applied."""
    pieces, position = [], 0
    for change in changes:
        pieces += [text[position : change.start], change.text.encode()]
        position = change.end
    pieces.append(text[position:])
    return b"".join(pieces)

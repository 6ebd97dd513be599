"""Lines and columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pragmatist.analysis.facts import Place
from pragmatist.analysis.text import LineIndex


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        (b"", 0, (1, 1)),
        (b"ab\ncd", 1, (1, 2)),
        (b"ab\ncd", 2, (1, 3)),
        (b"ab\ncd", 3, (2, 1)),
        (b"ab\r\ncd", 4, (2, 1)),
        (b"ab\rcd", 3, (2, 1)),
        ("\u00e9\u2028x\fy\n z".encode(), 9, (2, 1)),
        (b"ab\n", 99, (2, 1)),
        (b"ab\n", -1, (1, 1)),
    ],
)
def test_positions(text: bytes, offset: int, expected: tuple[int, int]) -> None:
    """Only LF, CRLF and CR end lines; columns count bytes; offsets are clamped to the text."""
    assert LineIndex(text).position(offset) == expected


def test_places() -> None:
    """A place knows both of its ends."""
    assert LineIndex(b"int x;\nint y;\n").place(4, 12) == Place(4, 12, 1, 5, 2, 6)


@given(text=st.text("ab\r\n", max_size=12), start=st.integers(0, 12), length=st.integers(0, 12), new=st.text("a\r\n"))
def test_lines_after_an_edit(text: str, start: int, length: int, new: str) -> None:
    """What is worked out from the lines before an edit is what the new text has, CRLF torn apart or not."""
    old = text.encode()
    start = min(start, len(old))
    end = min(start + length, len(old))
    edited = old[:start] + new.encode() + old[end:]
    assert LineIndex(old).edited(edited, start, end, start + len(new)).starts == LineIndex(edited).starts

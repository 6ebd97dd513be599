"""Positions: byte offsets and every encoding's characters, there and back, for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pragmatist.server.lsp.documents import Documents
from pragmatist.server.lsp.positions import LineIndex

ENCODINGS = ("utf-8", "utf-16", "utf-32")
TEXTS = st.text(alphabet=st.sampled_from("ab \t\n\r\f\u2028é中😀"), max_size=60)


def units(text: str, encoding: str) -> int:
    """The length of a text in the units of an encoding, by Python's own codecs."""
    name, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    return len(text.encode(name)) // size


def lsp_lines(text: str) -> list[str]:
    """The lines without their ends, as LSP defines them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS)
def test_every_position_leads_to_its_offset_and_back(encoding, text):
    """For each character of each line: the position converts to the bytes before it, and back to itself."""
    index = LineIndex(text.encode(), encoding)
    for number, line in enumerate(lsp_lines(text)):
        for length in range(len(line) + 1):
            position = (number, units(line[:length], encoding))
            assert index.position(index.offset(*position)) == position
        start = index.offset(number, 0)
        assert text.encode()[start : start + len(line.encode())] == line.encode()


EDITS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.text(alphabet=st.sampled_from("a\r\n😀"), max_size=5)),
    max_size=6,
)


@given(text=st.text(alphabet=st.sampled_from("a\r\n😀"), max_size=12), edits=EDITS)
def test_the_index_of_an_edited_text_is_that_of_the_text_made_anew(text, edits):
    """Edit after edit, back and forth in the text; also where one parts a "\\r\\n", or makes one."""
    index = LineIndex(text.encode(), "utf-16")
    for one, other, put in edits:
        start, end = (min(at, len(text)) for at in sorted((one, other)))
        before, behind = text[:start], text[end:]
        start, end = len(before.encode()), len(text[:end].encode())
        text = before + put + behind
        index = index.edited(start, end, text.encode(), len(put.encode()))
        fresh = LineIndex(text.encode(), "utf-16")
        offsets = range(len(text.encode()) + 1)
        assert [index.position(at) for at in offsets] == [fresh.position(at) for at in offsets]
        assert [index.offset(line, 9) for line in range(40)] == [fresh.offset(line, 9) for line in range(40)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS, line=st.integers(0, 80), character=st.integers(0, 200))
def test_any_position_is_inside_the_text(encoding, text, line, character):
    """A position past a line's end is its end, one past the last line the text's end; never inside a code point."""
    data = text.encode()
    offset = LineIndex(data, encoding).offset(line, character)
    assert 0 <= offset <= len(data)
    data[:offset].decode()


def test_form_feed_and_line_separator_do_not_end_a_line():
    """`str.splitlines` would shift every later line of this file."""
    assert LineIndex("/* \f\u2028 */\nint x;".encode(), "utf-16").position(len("/* \f\u2028 */\n".encode())) == (1, 0)


def test_half_of_a_surrogate_pair_is_rounded_down():
    """A client may not point into a code point; if it does, nothing is torn apart."""
    assert LineIndex("😀x".encode(), "utf-16").offset(0, 1) == 0


def opened(text: str, encoding: str):
    documents = Documents()
    documents.encoding = encoding  # pyright: ignore[reportAttributeAccessIssue]
    documents.open(types.TextDocumentItem(uri="file:///a.c", language_id="c", version=1, text=text))
    return documents


def splice(text: str, encoding: str, start: int, end: int, new: str) -> types.DidChangeTextDocumentParams:
    """The incremental change that replaces characters [start, end) of the text."""
    index = LineIndex(text.encode(), encoding)  # pyright: ignore[reportArgumentType]
    ends = [index.position(len(text[:at].encode())) for at in (start, end)]
    first, last = (types.Position(line=line, character=character) for line, character in ends)
    change = types.TextDocumentContentChangePartial(range=types.Range(start=first, end=last), text=new)
    identifier = types.VersionedTextDocumentIdentifier(uri="file:///a.c", version=2)
    return types.DidChangeTextDocumentParams(text_document=identifier, content_changes=[change])


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS.filter(lambda t: "\r" not in t), data=st.data())
def test_incremental_changes_equal_splicing_the_text(encoding, text, data):
    """After any single replacement the kept text is the client's text."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new = data.draw(TEXTS)
    document = opened(text, encoding).change(splice(text, encoding, start, end, new))
    assert document is not None
    assert document.text.decode() == text[:start] + new + text[end:]
    assert document.version == 2


def test_changes_of_one_notification_apply_in_order():
    """The second change's range is in the text that the first one left."""
    documents = opened("abc", "utf-16")
    full = types.TextDocumentContentChangeWholeDocument(text="12\n34")
    at = types.Position(line=1, character=1)
    partial = types.TextDocumentContentChangePartial(range=types.Range(start=at, end=at), text="-")
    identifier = types.VersionedTextDocumentIdentifier(uri="file:///a.c", version=7)
    document = documents.change(
        types.DidChangeTextDocumentParams(text_document=identifier, content_changes=[full, partial])
    )
    assert document is not None
    assert (document.text, document.version) == (b"12\n3-4", 7)


def test_a_lone_surrogate_keeps_later_positions_right():
    """JSON can carry what UTF-8 cannot; it must not shift what follows it."""
    documents = opened("\ud800x = 1;", "utf-16")
    document = documents.get("file:///a.c")
    assert document is not None
    assert document.text[document.index.offset(0, 1) :] == b"x = 1;"

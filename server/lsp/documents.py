"""The open documents, as the client says they are; what is on disk does not matter while a document is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.uris import to_fs_path

from .positions import Encoding, LineIndex

if TYPE_CHECKING:
    from ...analysis.facts import Language


class Document:
    """One version of one open text. `path` is None where the URI names no file. Replaced, never changed, by an edit."""

    __slots__ = ("_index", "encoding", "language_id", "path", "text", "uri", "version")

    def __init__(
        self,
        uri: str,
        version: int,
        language_id: str,
        text: bytes,
        encoding: Encoding,
        index: LineIndex | None = None,
    ) -> None:
        self.uri = uri
        self.version = version
        self.language_id = language_id
        self.text = text
        self.encoding: Encoding = encoding
        self.path = to_fs_path(uri) if uri.startswith("file:") else None
        self._index = index

    @property
    def index(self) -> LineIndex:
        if self._index is None:
            self._index = LineIndex(self.text, self.encoding)
        return self._index

    def changed(self, version: int, changes: list[Any]) -> Document:
        """The document after the content changes of one `didChange`, in their order."""
        text, index = self.text, self.index
        for change in changes:
            new = _encode(change.text)
            if (span := getattr(change, "range", None)) is not None:
                start = index.offset(span.start.line, span.start.character)
                end = max(start, index.offset(span.end.line, span.end.character))
                text = text[:start] + new + text[end:]
                index = index.edited(start, end, text, len(new))
            else:
                text, index = new, LineIndex(new, self.encoding)
        return Document(self.uri, version, self.language_id, text, self.encoding, index)

    def range(self, start: int, end: int) -> types.Range:
        """The client's range of the bytes [start, end)."""
        first, last = self.index.position(start), self.index.position(end)
        return types.Range(
            start=types.Position(line=first[0], character=first[1]),
            end=types.Position(line=last[0], character=last[1]),
        )

    def offsets(self, span: types.Range) -> tuple[int, int]:
        """The bytes [start, end) of a client's range."""
        start = self.index.offset(span.start.line, span.start.character)
        return start, max(start, self.index.offset(span.end.line, span.end.character))


_LANGUAGES: dict[str, Language] = {"c": "c", "cpp": "cpp", "cuda-cpp": "cpp", "cuda": "cpp"}


def language_of_document(document: Document) -> Language | None:
    """The language that the client says; None where it says another one, and the file's name must tell."""
    return _LANGUAGES.get(document.language_id)


class Documents:
    """The open documents by URI."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}
        self.encoding: Encoding = "utf-16"

    def open(self, item: types.TextDocumentItem) -> Document:
        document = Document(item.uri, item.version, item.language_id, _encode(item.text), self.encoding)
        self._open[item.uri] = document
        return document

    def change(self, params: types.DidChangeTextDocumentParams) -> Document | None:
        identifier = params.text_document
        document = self._open.get(identifier.uri)
        if document is None:
            return None
        changed = document.changed(identifier.version, list(params.content_changes))
        self._open[identifier.uri] = changed
        return changed

    def close(self, uri: str) -> None:
        self._open.pop(uri, None)

    def get(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def __iter__(self):
        return iter(list(self._open.values()))


def _encode(text: str) -> bytes:
    # JSON may carry lone surrogates, which UTF-8 cannot: "?" has the same length in UTF-16 and UTF-32.
    return text.encode("utf-8", "replace")

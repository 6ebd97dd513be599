"""The OpenMP directives that an edit inserts, or changes by a clause within them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..analysis.openmp.directive import Directive
from ..analysis.openmp.parse import parse_directive
from .copies import PRAGMA, whole_pragmas
from .request import PlannedEdit

_LOOP_WORDS = {"for", "simd", "distribute", "loop", "taskloop"}


def inserted_directives(original: bytes, edits: Iterable[PlannedEdit]) -> Iterator[Directive]:
    """As they stand in the edited text. Offsets in them are of the change's text, not of the file."""
    for edit in edits:
        for change in whole_pragmas(original, edit.changes):
            for match in PRAGMA.finditer(change.text.encode()):
                source = match[0].decode("utf-8", "surrogateescape")
                if (directive := parse_directive(source, match.start(), match.end())) is not None:
                    yield directive


def loop_directives(original: bytes, edits: Iterable[PlannedEdit]) -> Iterator[Directive]:
    """Those that share a loop's iterations out."""
    for directive in inserted_directives(original, edits):
        if _LOOP_WORDS & set(directive.name.split()):
            yield directive

"""The OpenMP directives of a pragma, an attribute or a `_Pragma`, with the places of what stands in the file."""

from __future__ import annotations

import re

import msgspec

from ..openmp.directive import Directive
from ..openmp.parse import parse_directives
from .macros import Expander

PRAGMA_OPERATOR = re.compile(rb"\b_Pragma\s*\(\s*\"(?:\\[\s\S]|[^\"\\])*\"\s*\)")


def directives_of_source(
    spelling: bytes, begin: int, end: int, expander: Expander | None, text: bytes
) -> tuple[Directive, ...]:
    """Those of a pragma that stands in the file: `text` is `spelling` without comments, `expander` knows its macros."""
    found = parse_directives(spelling.lstrip().decode("utf-8", "surrogateescape"), begin, end)
    if expander is not None and found:  # OpenMP expands macros in directives (5.2 §3)
        after = expander.expand(text)
        if after != text:
            return _placed(parse_directives(after.decode("utf-8", "surrogateescape"), begin, end), found)
    return found


def expanded_directives(spelling: bytes, begin: int, end: int) -> tuple[Directive, ...]:
    """Those of a pragma that the expansion of a macro has: all of it stands where the macro is used."""
    return _placed(parse_directives(spelling.lstrip().decode("utf-8", "surrogateescape"), begin, end), ())


def _placed(directives: tuple[Directive, ...], before: tuple[Directive, ...]) -> tuple[Directive, ...]:
    """Directives from expanded text; their clauses stand where those before expansion did, else where they all do."""
    for number, directive in enumerate(directives):
        old = before[number].clauses if number < len(before) else ()
        same = [clause.name for clause in old] == [clause.name for clause in directive.clauses]
        directive.clauses = tuple(
            msgspec.structs.replace(
                clause,
                start=old[index].start if same else directive.start,
                end=old[index].end if same else directive.end,
            )
            for index, clause in enumerate(directive.clauses)
        )
    return directives

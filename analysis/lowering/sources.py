"""One text as the preparation finds it: without comments, its lines of directives, and the names that matter in it."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from ..facts import Language
from .comments import blank_comments
from .conditionals import Conditional, Line, scan
from .spelling import respell
from .type_names import parenthesized_words, type_names

_DEFINED = re.compile(rb"^[ \t]*(?:#|%:)[ \t]*define[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


class Source(msgspec.Struct):
    """A text without comments, its directives, what is wrong with them, and the names that matter in it."""

    text: bytes
    lines: list[Line | Conditional]
    problems: list[tuple[int, int, str]]
    macros: frozenset[bytes]
    types: frozenset[bytes]
    words: frozenset[bytes]


def source_of(text: bytes, language: Language) -> Source:
    plain = respell(blank_comments(text, language), language)
    defined = frozenset(_DEFINED.findall(plain))
    return Source(plain, *scan(plain), defined, type_names(plain, language), parenthesized_words(plain))


# Headers stay the same while the files that include them are edited.
header_source = lru_cache(maxsize=64)(source_of)

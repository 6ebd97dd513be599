"""Uses of macros whose body the configuration decides: all bodies are put into the text, under a condition."""

from __future__ import annotations

import re

from .known_types import HEADER_TYPES, TYPE_WORDS
from .macros import Choice, Definition, Expander

MAX_ALTERNATIVES = 4

_WORD = re.compile(rb"[A-Za-z_]\w*")
_STATEMENT = re.compile(
    rb"[;{}]|\A\s*(?:do|if|for|while|return|goto|break|continue|switch|case|else|throw|static|extern|inline)\b"
)


def alternatives(expander: Expander, name: bytes) -> tuple[Definition, ...]:
    """The bodies between which nothing here decides; empty where `name` expands in one way or not at all."""
    entry = expander.table.get(name)
    if not isinstance(entry, Choice) or expander.definition(name) is not None or name in expander.symbolic:
        return ()
    return entry.candidates


def expansions(
    expander: Expander, candidates: tuple[Definition, ...], text: bytes, start: int, end: int, limit: int
) -> tuple[list[bytes], int] | None:
    """What the use at text[start:end] expands to under each candidate, and where the use ends."""
    found: list[bytes] = []
    after = None
    if not 1 < len(candidates) <= MAX_ALTERNATIVES:
        return None
    for candidate in candidates:
        expanded = expander.expand_as(candidate, text, end, limit)
        if expanded is None or (after is not None and expanded[1] != after):
            return None
        found.append(expanded[0])
        after = expanded[1]
    return (list(dict.fromkeys(found)), after) if after is not None else None


def is_expression(text: bytes) -> bool:
    """Whether an expansion has the look of an expression, not of a type, a statement or nothing."""
    stripped = text.strip()
    if not stripped or _STATEMENT.search(stripped):
        return False
    return not is_type(text)


def is_type(text: bytes) -> bool:
    """Whether an expansion can only be a type."""
    words = [word.decode() for word in _WORD.findall(text)]
    only_types = bool(words) and all(word in TYPE_WORDS or word in HEADER_TYPES for word in words)
    return only_types and re.fullmatch(rb"[\w\s*&]+", text) is not None

"""The names of types that a text declares, found without parsing.

The grammars take `(T)(x)[i]` for a call and `(T)*p` for a product where T is a typedef. A qualifier that means
nothing here makes them read a cast.
"""

from __future__ import annotations

import re

from ..facts import Language

_WORD = rb"[A-Za-z_]\w*"
_PARENTHESIZED = re.compile(rb"\(\s*(" + _WORD + rb")\s*\)")
_TYPEDEF = re.compile(rb"\btypedef\b")
_BRACKET = re.compile(rb"[{}();]")
_POINTER_NAME = re.compile(rb"\(\s*\*+\s*(" + _WORD + rb")\s*(?:\[[^\]]*\]\s*)*\)")
_LAST_NAME = re.compile(rb"(" + _WORD + rb")\s*(?:\[[^\]]*\]\s*)*\Z")
_CLASS_NAMES = re.compile(
    rb"\busing\s+(" + _WORD + rb")\s*=|\b(?:class|struct|union|enum|typename)\s+(?:class\s+)?(" + _WORD + rb")"
)
# Before a type's name it makes the grammars read a cast; as a qualifier it means nothing.
CAST_QUALIFIER = b"_Nonnull "
REACH = 20_000  # bytes: no typedef is longer


def type_names(text: bytes, language: Language) -> frozenset[bytes]:
    """Typedef names, and in C++ aliases, classes and template parameters; `text` has no comments."""
    names: set[bytes] = set()
    for match in _TYPEDEF.finditer(text):
        names.update(_typedef_names(text, match.end()))
    if language == "cpp":
        names.update(name for pair in _CLASS_NAMES.findall(text) for name in pair if name)
    return frozenset(names)


def _typedef_names(text: bytes, start: int) -> list[bytes]:
    depth = 0
    begin = start
    for match in _BRACKET.finditer(text, start, start + REACH):
        bracket = match.group()
        depth += (bracket in b"{(") - (bracket in b"})")
        if bracket == b"}" and depth == 0:
            begin = match.end()
        elif bracket == b";" and depth <= 0:
            declarators = text[begin : match.start()]
            found = _POINTER_NAME.findall(declarators)
            if not found:
                ends = (_LAST_NAME.search(part.rstrip()) for part in declarators.split(b","))
                found = [end[1] for end in ends if end]
            return found
    return []


def parenthesized_words(text: bytes) -> frozenset[bytes]:
    """The names that stand alone between parentheses somewhere."""
    return frozenset(_PARENTHESIZED.findall(text))


def cast_pattern(names: frozenset[bytes]) -> bytes | None:
    """A pattern for the opening parenthesis of `(T)` where T is one of those names; None without names."""
    if not names:
        return None
    # After a name it is the argument list of a call or of a declaration.
    return rb"(?<![\w\]])\((?=\s*(?:" + b"|".join(sorted(names, key=len, reverse=True)) + rb")\s*\))"

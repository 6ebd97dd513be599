"""The names of types that a text declares, found without parsing, so that casts are read as casts.

The grammars take `(T)(x)[i]` for a call and `(T)*p` for a product where T is a typedef. A qualifier that means
nothing here makes them read a cast. They also take `(i) - j` for a cast of -j where i is a variable: most such
parentheses go before parsing; functions.py finds the others, knowing what is in scope.
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


# A name, an element or a call alone between parentheses, before what may be a sign. Casts to arrays or functions
# do not exist.
_OPERAND = re.compile(
    rb"\((\s*(" + _WORD + rb")\s*((?:\[[^\[\](){};]*\]\s*)+|\((?:[^(){};]|\([^(){};]*\)){0,200}\)\s*)?)\)(?=\s*[-+*&])"
)
_BEFORE = re.compile(rb"(?:[\w\])]|\b(return|case|else|throw))\s*\Z")


def without_idle_parentheses(text: bytes, types: frozenset[bytes]) -> bytes:
    """`text` with blanks for the parentheses in `(i) - j` where i is used as a variable and names no type."""
    found = [match for match in _OPERAND.finditer(text) if match[2] not in types]
    names = {match[2] for match in found if match[3] is None}
    variables: set[bytes] = set()
    if names:  # what is assigned, subscripted or has members is a variable
        used = rb"\b(" + b"|".join(sorted(names)) + rb")\s*(?:\[|=(?!=)|\+\+|--|->|\.|[-+*/%|&^]=)"
        variables.update(re.findall(used, text))
    pieces: bytearray | None = None
    for match in found:
        if match[3] is None and match[2] not in variables:
            continue
        before = _BEFORE.search(text, max(0, match.start() - 12), match.start())
        if before is not None and before[1] is None:
            continue  # a call, or the head of a statement
        if pieces is None:
            pieces = bytearray(text)
        pieces[match.start()] = pieces[match.end() - 1] = 32
    return text if pieces is None else bytes(pieces)

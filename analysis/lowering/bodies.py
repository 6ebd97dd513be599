"""Where the bodies of functions lie in a prepared text, found without the grammar.

Each function is parsed by itself, between an outline of the file (its text with the insides of these bodies blanked)
that holds all the rest. So a fault in one function costs no other, and after an edit inside a body nothing else need be
read again.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb'"(?:\\[\s\S]|[^"\\\n])*"' rb"|'(?:\\[\s\S]|[^'\\\n])*'" rb"|^[ \t]*#[^\n]*$" rb"|[{};]", re.MULTILINE
)
# What may stand between the parameters of a function and its body.
_FUNCTION = re.compile(rb"\)\s*(?:(?:const|noexcept|override|final)\b\s*)*(?:->\s*[\w:<>,*&\s]+)?\Z")
_NO_FUNCTION = re.compile(rb"\A\s*(?:if|for|while|switch|else|do|return|case|default|goto)\b|=\s*[^=]*\Z|\btypedef\b")
_SCOPE = re.compile(
    rb"\A\s*(?:inline\s+)?namespace\b[^(){};=]*\Z|\A\s*extern\s*\"C(?:\+\+)?\"\s*\Z|\A\s*__extern_C\s*\Z"
)
_LONGEST_HEAD = 4000  # bytes


def function_bodies(text: bytes) -> dict[int, int]:
    """The bodies of functions at file or namespace scope: where `{` stands, and where its `}`."""
    found: dict[int, int] = {}
    depth = 0
    opened = 0
    is_body = False
    boundary = 0  # where the item at hand begins
    for match in _TOKEN.finditer(text):
        token = match[0]
        if depth:
            if token == b"{":
                depth += 1
            elif token == b"}":
                depth -= 1
                if not depth:
                    if is_body:
                        found[opened] = match.start()
                    boundary = match.end()
        elif token == b"{":
            opened = match.start()
            head = text[boundary:opened]
            if _SCOPE.match(head):
                boundary = match.end()
                continue
            depth = 1
            is_body = len(head) < _LONGEST_HEAD and _FUNCTION.search(head) is not None and not _NO_FUNCTION.search(head)
        elif token in (b";", b"}") or token.lstrip()[:1] == b"#":
            boundary = match.end()
    return found


def closing(text: bytes, opened: int) -> int:
    """Where the brace closes that opens at `opened`; -1 where it does not."""
    depth = 0
    for match in _TOKEN.finditer(text, opened):
        depth += (match[0] == b"{") - (match[0] == b"}")
        if not depth:
            return match.start()
    return -1


def outline(text: bytes, bodies: dict[int, int]) -> bytes:
    """`text` with blanks inside the bodies, of the same length."""
    pieces: list[bytes] = []
    index = 0
    for start, end in bodies.items():
        pieces += [text[index : start + 1], b" " * (end - start - 1)]
        index = end
    return b"".join([*pieces, text[index:]])

"""What is done about text that the grammar cannot read, so that one fault does not cost the whole file.

Three faults are common and cheap to undo. The grammar knows no `new T*[n]`: the stars are blanked, and `lower_new`
looks for them in the text as it was. A macro from a header that stands where the grammar knows none (`void
NO_INLINE f()`) is blanked and the text parsed again. And a function that is half typed may swallow those after it:
its text is parsed in pieces, a new piece beginning with each function head at the left margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..facts import Language
from ..syntax import Node, Tree, parse, parse_again, parse_ranges
from .known_types import HEADER_TYPES, TYPE_WORDS
from .type_names import CAST_QUALIFIER

MAX_ROUNDS = 3
MAX_FAULTS = 400
NEAR = 60  # bytes between a fault and a word that may have caused it
REACH = 2000  # bytes to look around a fault: no declaration's head is longer

_NEW_POINTERS = re.compile(
    rb"\bnew\s+(?:const\s+|struct\s+)?[A-Za-z_][\w:]*(?:<[^<>;(){}]*>)?(?:\s+const)?\s*(\*[\s*]*)\["
)
_BOUNDARY = re.compile(rb"[;{}]|^[ \t]*#[^\n]*$", re.MULTILINE)
_STOP = re.compile(rb"[;{]")
_ANGLES = re.compile(rb"<[^<>;(){}]*>")
_HEAD_WORD = re.compile(rb"(?<![\w:~])[A-Za-z_]\w*(?:::~?[A-Za-z_]\w*)*")
_CAPITALS = re.compile(rb"[A-Z_][A-Z0-9_]{2,}")
_TRAILING = re.compile(rb"\)\s*(?:const\b\s*)?([A-Z_][A-Z0-9_]{2,})\s*(?=[{;])")
_AFTER_POINTER = re.compile(rb"[*&]\s*([A-Z_][A-Z0-9_]{2,})(?=\s+[A-Za-z_])")
_NO_WORDS = frozenset(
    b"static inline const extern virtual constexpr explicit friend typename volatile register struct class enum union "
    b"typedef mutable template operator using namespace return else case public private protected goto throw new "
    b"delete unsigned signed long short".split()
)
_HEAD = re.compile(
    rb"^(?!(?:if|for|while|switch|else|do|return|case|default|goto)\b)[A-Za-z_][^;{}=\n#]*\(", re.MULTILINE
)


def parse_repaired(text: bytes, language: Language) -> tuple[bytes, Tree, list[tuple[int, int]]]:
    """The text with unreadable macros blanked, its tree, and which of those blanks stand inside functions."""
    tree = parse(text, language)
    if language == "cpp" and tree.root_node.has_error and (stars := [m.span(1) for m in _NEW_POINTERS.finditer(text)]):
        text = _blanked(text, stars)
        tree = parse_again(text, language, tree, stars)
    inside: list[tuple[int, int]] = []
    for _ in range(MAX_ROUNDS):
        if not tree.root_node.has_error:
            break
        blanks = {span: within for node, within in _faults(tree.root_node) if (span := _macro_near(text, node))}
        if not blanks:
            break
        inside += [
            (start, end) for (start, end), within in blanks.items() if within and text[start:end] != CAST_QUALIFIER
        ]
        text = _blanked(text, blanks)
        tree = parse_again(text, language, tree, blanks)
    return text, tree, inside


def _blanked(text: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    pieces = bytearray(text)
    for start, end in spans:
        pieces[start:end] = b" " * (end - start)
    return bytes(pieces)


def _faults(root: Node) -> Iterator[tuple[Node, bool]]:
    """Error and missing nodes, outermost first, each with whether it stands inside a function's body."""
    cursor = root.walk()
    bodies = 0
    count = 0
    while True:
        node = cursor.node
        assert node is not None
        enter = False
        if node.is_error or node.is_missing:
            count += 1
            if count > MAX_FAULTS:
                return
            yield node, bodies > 0
        if node.has_error and not node.is_missing:
            enter = cursor.goto_first_child()
            if enter:
                bodies += node.type == "compound_statement"
                continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            parent = cursor.node
            bodies -= parent is not None and parent.type == "compound_statement"


def _macro_near(text: bytes, fault: Node) -> tuple[int, int] | None:
    """A word in capitals among the words of the declaration around `fault`, one too many for the grammar."""
    start = fault.start_byte
    qualifier = text.find(CAST_QUALIFIER, max(0, start - 40), start + 40)
    if qualifier >= 0:  # put before a name that is no type here
        return qualifier, qualifier + len(CAST_QUALIFIER)
    begin = 0
    for match in _BOUNDARY.finditer(text, max(0, start - REACH), start):
        begin = match.end()
    stop = _STOP.search(text, start, start + REACH)
    segment = text[begin : stop.end() if stop else start + REACH]
    head = re.split(rb"[(=\[{;]", _ANGLES.sub(lambda angle: b" " * len(angle.group()), segment), maxsplit=1)[0]
    words = [match for match in _HEAD_WORD.finditer(head) if match.group() not in _NO_WORDS]
    if len(words) >= 3:
        for match in words[:-1]:
            word = match.group()
            name = word.decode("utf-8", "replace")
            if _CAPITALS.fullmatch(word) and name not in HEADER_TYPES and name not in TYPE_WORDS:
                return begin + match.start(), begin + match.end()
    for match in _AFTER_POINTER.finditer(text, max(0, start - NEAR), start + NEAR):
        return match.start(1), match.end(1)
    trailing = _TRAILING.search(segment)
    return (begin + trailing.start(1), begin + trailing.end(1)) if trailing else None


def pieces(text: bytes, nodes: list[Node]) -> list[tuple[int, int]]:
    """The ranges to read one by one instead of `nodes`, which have errors; empty where they are one piece."""
    start, end = nodes[0].start_byte, nodes[-1].end_byte
    bounds = [start]
    for match in _HEAD.finditer(text, start + 1, end):
        follows = _STOP.search(text, match.end(), min(end, match.end() + REACH))
        if follows and follows.group() == b"{" and match.start() > bounds[-1]:
            bounds.append(match.start())
    return list(zip(bounds, [*bounds[1:], end], strict=True)) if len(bounds) > 1 else []


def starts_at_margin(text: bytes, node: Node) -> bool:
    return node.start_byte == 0 or text[node.start_byte - 1 : node.start_byte] == b"\n"


def parse_piece(text: bytes, language: Language, start: int, end: int) -> Tree:
    return parse_ranges(text, language, [(start, end)])

"""The preprocessing directives of a text and the nesting of its conditionals."""

from __future__ import annotations

import re

import msgspec

_DIRECTIVE = re.compile(rb"^[ \t\f\v]*(?:#|%:)[ \t]*([A-Za-z_]\w*)?((?:[^\\\n]|\\\r?\n|\\.)*)", re.MULTILINE)
_SPLICE = re.compile(rb"\\\r?\n")
_STRING = re.compile(rb'"(?:\\[\s\S]|[^"\\\n])*"' rb"|'(?:\\[\s\S]|[^'\\\n])*'")
_OPENERS = frozenset([b"if", b"ifdef", b"ifndef"])
_NEXT = frozenset([b"elif", b"elifdef", b"elifndef", b"else"])
_WORD = re.compile(rb"[A-Za-z_]\w*")
MAX_NESTING = 60


class Line(msgspec.Struct):
    """One directive; `rest` is what follows the keyword, line splices taken out. [start, end) excludes the newline."""

    start: int
    end: int
    keyword: bytes
    rest: bytes


class Branch(msgspec.Struct):
    """What stands between `line` (#if, #elif, #else) and the next line of the conditional."""

    line: Line
    start: int
    end: int
    items: list[Line | Conditional]


class Conditional(msgspec.Struct):
    start: int
    end: int
    branches: list[Branch]


def scan(text: bytes) -> tuple[list[Line | Conditional], list[tuple[int, int, str]]]:
    """The directives of `text` (comments blanked) as a tree, and the problems found: (start, end, message)."""
    root: list[Line | Conditional] = []
    problems: list[tuple[int, int, str]] = []
    open_conditionals: list[Conditional] = []
    skipped = 0  # conditionals nested beyond MAX_NESTING
    if b"#" not in text and b"%:" not in text:
        return root, problems
    for match in _DIRECTIVE.finditer(text):
        line = Line(match.start(), match.end(), match[1] or b"", _SPLICE.sub(b" ", match[2]))
        items = open_conditionals[-1].branches[-1].items if open_conditionals else root
        if line.keyword in _OPENERS:
            if len(open_conditionals) >= MAX_NESTING:
                skipped += 1
                continue
            conditional = Conditional(line.start, len(text), [Branch(line, line.end, len(text), [])])
            items.append(conditional)
            open_conditionals.append(conditional)
        elif skipped and line.keyword in (*_NEXT, b"endif"):
            skipped -= line.keyword == b"endif"
        elif line.keyword in _NEXT:
            if not open_conditionals:
                problems.append((line.start, line.end, f"#{line.keyword.decode()} without #if"))
                root.append(Line(line.start, line.end, b"", b""))
                continue
            branches = open_conditionals[-1].branches
            branches[-1].end = line.start
            branches.append(Branch(line, line.end, len(text), []))
        elif line.keyword == b"endif":
            if not open_conditionals:
                problems.append((line.start, line.end, "#endif without #if"))
                root.append(Line(line.start, line.end, b"", b""))
                continue
            conditional = open_conditionals.pop()
            conditional.branches[-1].end = line.start
            conditional.end = line.end
        else:
            items.append(line)
    for conditional in open_conditionals:
        head = conditional.branches[0].line
        problems.append((head.start, head.end, f"#{head.keyword.decode()} without #endif"))
    return root, problems


_BRACKETS = re.compile(rb"[\[\](){}]")
_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}"}


_CONTINUES = re.compile(rb"\s*(?:else\b|[,;)=\].?&|])")


def is_whole(conditional: Conditional, text: bytes, before: bytes) -> bool:
    """Whether each branch holds whole statements or declarations, and the text around it does too.

    `before` is what stands before the conditional, blanks at its end taken off.
    """
    if before[-1:] not in (b"", b";", b"{", b"}", b":") or _CONTINUES.match(text, conditional.end):
        return False
    for branch in conditional.branches:
        content = _own_text(branch.items, text, branch.start, branch.end)
        content = _STRING.sub(b"0", content).strip()
        if content and (content[-1:] not in (b";", b"}", b":") or re.match(rb"else\b|[,)=?\]]", content)):
            return False
        if not is_balanced(content):
            return False
    return True


def is_balanced(text: bytes) -> bool:
    """Whether every bracket has its partner, strings and comments left out."""
    stack: list[bytes] = []
    for match in _BRACKETS.finditer(_STRING.sub(b"0", text)):
        bracket = match.group()
        if bracket in _CLOSING:
            stack.append(_CLOSING[bracket])
        elif not stack or stack.pop() != bracket:
            return False
    return not stack


def _own_text(items: list[Line | Conditional], text: bytes, start: int, end: int) -> bytes:
    """The text of a branch without directive lines; of nested conditionals the first branch."""
    pieces: list[bytes] = []
    index = start
    for item in items:
        pieces.append(text[index : item.start])
        if isinstance(item, Conditional):
            first = item.branches[0]
            pieces.append(_own_text(first.items, text, first.start, first.end))
        index = item.end
    pieces.append(text[index:end])
    return b" ".join(pieces)


_TESTED = re.compile(rb"\s*!?\s*defined\s*(?:\(\s*([A-Za-z_]\w*)\s*\)|([A-Za-z_]\w*))\s*\Z")


def tested_name(line: Line) -> bytes | None:
    """The macro whose definedness alone decides the branch."""
    if line.keyword in (b"ifdef", b"ifndef", b"elifdef", b"elifndef"):
        name = _WORD.search(line.rest)
        return name.group() if name else None
    if line.keyword in (b"if", b"elif") and (match := _TESTED.match(line.rest)):
        return match[1] or match[2]
    return None


def only_macros(branch: Branch, text: bytes) -> bool:
    """Whether a branch has no text of its own and no directive but #define and the like."""
    index = branch.start
    for item in branch.items:
        if text[index : item.start].strip():
            return False
        if isinstance(item, Conditional):
            if not all(only_macros(inner, text) for inner in item.branches):
                return False
        elif item.keyword == b"pragma":
            return False
        index = item.end
    return not text[index : branch.end].strip()


def include_guard(items: list[Line | Conditional], text: bytes) -> bytes | None:
    """The macro of an `#ifndef X`, `#define X` that surrounds the whole file."""
    blocks = [item for item in items if isinstance(item, Conditional)]
    if len(blocks) != 1 or text[: blocks[0].start].strip() or text[blocks[0].end :].strip():
        return None
    branch = blocks[0].branches[0]
    name = tested_name(branch.line)
    first = branch.items[0] if branch.items else None
    if len(blocks[0].branches) == 1 and isinstance(first, Line) and first.keyword == b"define" and name is not None:
        defined = _WORD.search(first.rest)
        return name if defined and defined.group() == name else None
    return None

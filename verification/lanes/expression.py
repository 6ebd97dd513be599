"""The expression at a place that a debugger's line table gives: at its `=`, its `[`, or its first letter.

A reading of the text that is good enough for a message; where it fails there is none.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_]\w*")
_LONGEST = 60
_OPEN, _CLOSE = "([", ")]"


def expression_at(line: str, column: int, *, reads: bool = False) -> str | None:
    """`line` is the source line, `column` 1-based. A plain `=` is the place of what stands on its right too: where the
    access `reads`, that is meant, if it is one operand."""
    at = column - 1
    if not 0 <= at < len(line):
        return None
    if reads and line[at] == "=" and line[at + 1 : at + 2] != "=":
        value = line[at + 1 :].partition(";")[0].strip()
        found = _NAME.match(value)
        return value if found and _end(value, 0) == len(value) else None
    if line[at] in "=+-*/%&|^<>":
        end = len(line[:at].rstrip())
        start = _start(line, end)
        if start == end:  # ++x
            at += len(line[at:]) - len(line[at:].lstrip("+-* "))
            start, end = at, _end(line, at)
    elif line[at] == "[":
        start, end = _start(line, at), _end(line, at)
    elif _NAME.match(line, at):
        start, end = at, _end(line, at)
        if line[end:].lstrip().startswith("("):  # a call, or a macro, in which it is anything
            return None
    else:
        return None
    text = line[start:end].strip()
    return text if _NAME.search(text) and len(text) <= _LONGEST else None


def root_of(expression: str) -> str | None:
    """The variable that an expression begins with; None where that is a call."""
    found = _NAME.search(expression)
    return found[0] if found and not expression[found.end() :].lstrip().startswith("(") else None


def _start(line: str, end: int) -> int:
    """Where the operand that ends before `end` begins: names, members, subscripts and calls."""
    at, depth = end, 0
    while at > 0:
        character = line[at - 1]
        if character in _CLOSE:
            depth += 1
        elif character in _OPEN:
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and not _continues(line, at - 1):
            break
        at -= 1
    return at


def _continues(line: str, at: int) -> bool:
    """Whether the character can be in the midst of an operand: of a name, `.`, `::` or `->`."""
    if line[at] == "-":
        return line[at + 1 : at + 2] == ">"
    if line[at] == ">":
        return at > 0 and line[at - 1] == "-"
    return line[at].isalnum() or line[at] in "_.:"


def _end(line: str, at: int) -> int:
    """Where the operand that begins at `at` ends."""
    name = _NAME.match(line, at)
    at = name.end() if name else at
    while at < len(line):
        if line[at] == "[":
            depth = 0
            for position in range(at, len(line)):
                depth += (line[position] in _OPEN) - (line[position] in _CLOSE)
                if depth == 0:
                    at = position + 1
                    break
            else:
                return len(line)
        elif (step := re.match(r"(\.|->)([A-Za-z_]\w*)", line[at:])) is not None:
            at += step.end()
        else:
            break
    return at

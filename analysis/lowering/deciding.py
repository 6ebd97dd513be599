"""Which branch of a conditional is live, as far as the macros known there tell."""

from __future__ import annotations

import re

from .conditionals import Conditional, Line, tested_name
from .conditions import evaluate, is_defined
from .macros import UNDEFINED, Choice, Definition, Expander, Table, Undefined

OMP_PRAGMA = re.compile(rb"\s*omp\b")
_WORD = re.compile(rb"[A-Za-z_]\w*")


def decide(line: Line, expander: Expander, *, guess: bool = False) -> int | None:
    """1, 0, or None where the text does not decide the condition of this branch by itself."""
    match line.keyword:
        case b"else":
            return 1
        case b"if" | b"elif":
            value = evaluate(line.rest, expander, guess=guess)
            return None if value is None else int(value != 0)
        case _:
            name = _WORD.search(line.rest)
            if name is None:
                return 0
            defined = is_defined(name.group(), expander, guess=guess)
            if defined is None:
                return None
            return int(defined == (line.keyword in (b"ifdef", b"elifdef")))


def live_branch(conditional: Conditional, expander: Expander, *, guess: bool = False) -> int | None:
    """The number of the branch that is taken, -1 for none of them, None where that is undecided."""
    for number, branch in enumerate(conditional.branches):
        decided = decide(branch.line, expander, guess=guess)
        if decided is None:
            return None
        if decided:
            return number
    return -1


def pragma_branch(conditional: Conditional, text: bytes) -> int | None:
    """The first branch with an OpenMP directive, where no branch has anything but pragmas."""
    found = None
    for number, branch in enumerate(conditional.branches):
        index = branch.start
        for item in branch.items:
            if isinstance(item, Conditional) or item.keyword != b"pragma":
                return None
            if text[index : item.start].strip():
                return None
            index = item.end
            if found is None and OMP_PRAGMA.match(item.rest):
                found = number
        if text[index : branch.end].strip():
            return None
    return found


def assume(conditional: Conditional, number: int, table: Table) -> None:
    """Puts what the way into branch `number` says of single macros (`#ifdef X`) into `table`."""
    for index, branch in enumerate(conditional.branches[: number + 1]):
        name = tested_name(branch.line)
        if name is None:
            continue
        holds = index == number
        negated = branch.line.keyword in (b"ifndef", b"elifndef") or branch.line.rest.lstrip().startswith(b"!")
        positive = not negated
        entry = table.get(name)
        if holds == positive:
            if entry is None or isinstance(entry, Undefined):
                table[name] = Choice((), external=True)
            elif isinstance(entry, Choice):
                table[name] = Choice(entry.candidates, entry.external, False)
        elif not isinstance(entry, Definition):
            table[name] = UNDEFINED

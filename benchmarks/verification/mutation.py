"""Mutants of OpenMP programs: one clause, list item or synchronisation is missing from each.

What is dropped:

- a name from private, firstprivate, lastprivate, linear, reduction, in_reduction, task_reduction, copyprivate, copyin,
  and from a task's shared;
- the copying in of firstprivate and the copying out of lastprivate (what remains is private);
- a list item of a task's depend, a sink or the source of a doacross loop;
- critical, atomic, ordered, barrier, taskwait, taskgroup, single, master, masked and threadprivate: what they stand
  before remains;
- the barrier at the end of a worksharing construct (`nowait` is added), the group around a taskloop (`nogroup`);
- the schedule of a loop in a function with `nowait`, where it decides which thread runs an iteration;
- a pair of calls that set and unset a lock.

Not dropped is what no race depends on (num_threads, grainsize, collapse, if), what devices with a memory of their own
need (map), and what every compiler refuses to do without (`ordered` on a loop, declare reduction).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from pragmatist.analysis.facts import Language
from pragmatist.analysis.lowering import lower
from pragmatist.analysis.openmp.directive import Clause, Directive

_LISTS = frozenset(
    ["private", "firstprivate", "lastprivate", "linear", "reduction", "in_reduction", "task_reduction", "copyprivate"]
) | {"copyin"}
_WEAKENED = frozenset(["firstprivate", "lastprivate"])
_CONSTRUCTS = frozenset(
    ["critical", "atomic", "ordered", "barrier", "taskwait", "taskgroup", "single", "master", "masked", "threadprivate"]
)
_WITH_BARRIER = frozenset(["for", "for simd", "sections", "single"])
_LOCK = re.compile(rb"\bomp_(set|unset)(_nest)?_lock\s*\(([^;]*)\)\s*;")


class Mutant(msgspec.Struct, frozen=True):
    """`id` is unique: program, line of the directive or call, and what is missing. `operator` is its kind."""

    id: str
    program: str
    operator: str
    text: bytes


def mutants_of(program: str, text: bytes) -> list[Mutant]:
    """All of them, in the order of the text; lines stay where they are."""
    language: Language = "c" if program.endswith(".c") else "cpp"
    directives = [directive for directive, _ in lower(text, language).directives]
    keeps_running = any(directive.clauses_named("nowait") for directive in directives)
    found: list[Mutant] = []
    for directive in directives:
        for operator, what, changed in _without(text, directive, keeps_running):
            line = text.count(b"\n", 0, directive.start) + 1
            found.append(Mutant(f"{program}:{line} {what}", program, operator, changed))
    return found + list(_lock_pairs(program, text))


def _without(text: bytes, directive: Directive, keeps_running: bool) -> Iterator[tuple[str, str, bytes]]:
    """Operator, what is missing, and the text."""
    for clause in directive.clauses:
        if clause.name in _LISTS or (clause.name == "shared" and directive.name == "task"):
            for item in clause.items:
                yield clause.name, f"-{clause.name}({item})", _less(text, clause, item)
                if clause.name in _WEAKENED:
                    moved = _less(text, clause, item, f" private({item})")
                    yield f"{clause.name} to private", f"{clause.name} to private({item})", moved
        elif clause.name == "depend" and directive.name == "task":
            for item in clause.items:
                yield "depend", f"-depend({clause.modifier}: {item})", _less(text, clause, item)
        elif clause.name == "depend" and directive.name == "ordered" and len(directive.clauses) > 1:
            listed = ", ".join(clause.items)
            yield "doacross", f"-depend({clause.modifier}: {listed})", _spliced(text, clause.start, clause.end, "")
        elif clause.name == "schedule" and keeps_running and clause.items[0] == "static":
            yield "schedule", "-schedule", _spliced(text, clause.start, clause.end, "")
    if directive.name in _CONSTRUCTS:
        operator = "doacross" if directive.name == "ordered" and directive.clauses else directive.name
        named = f"({directive.argument})" if directive.argument else ""
        words = " ".join(text[each.start : each.end].decode() for each in directive.clauses)
        what = " ".join(filter(None, [f"-{directive.name}{named}", words]))
        yield operator, what, _spliced(text, directive.start, directive.end, "")
    if directive.name in _WITH_BARRIER and not directive.clauses_named("nowait", "copyprivate"):
        yield "nowait", f"{directive.name} nowait", _spliced(text, directive.end, directive.end, " nowait")
    if directive.name == "taskloop" and not directive.clauses_named("nogroup", "reduction"):
        yield "nogroup", "taskloop nogroup", _spliced(text, directive.end, directive.end, " nogroup")


def _less(text: bytes, clause: Clause, item: str, instead: str = "") -> bytes:
    """The text with a list item less in the clause, and `instead` after it."""
    left = [each for each in clause.items if each != item]
    if not left:
        return _spliced(text, clause.start, clause.end, instead.strip())
    listed = ", ".join(left)
    if clause.name == "linear" and clause.modifier:
        inside = f"{listed}: {clause.modifier}"
    else:
        inside = f"{clause.modifier}: {listed}" if clause.modifier else listed
    return _spliced(text, clause.start, clause.end, f"{clause.name}({inside}){instead}")


def _spliced(text: bytes, start: int, end: int, new: str) -> bytes:
    lines = b"\\\n" if new or not text[start:end].startswith(b"#") else b"\n"
    return text[:start] + new.encode() + lines * text.count(b"\n", start, end) + text[end:]


def _lock_pairs(program: str, text: bytes) -> Iterator[Mutant]:
    """A call that sets a lock goes together with the next one that unsets it."""
    calls = list(_LOCK.finditer(text))
    for position, opening in enumerate(calls):
        if opening[1] != b"set":
            continue
        depth = 0
        for closing in calls[position + 1 :]:
            if closing[3] != opening[3] or (closing[2] or b"") != (opening[2] or b""):
                continue
            depth += 1 if closing[1] == b"set" else -1
            if depth < 0:
                changed = bytearray(text)
                for call in (opening, closing):
                    changed[call.start() : call.end()] = b";".ljust(call.end() - call.start())
                line = text.count(b"\n", 0, opening.start()) + 1
                words = " ".join(opening[3].decode().split())
                yield Mutant(f"{program}:{line} -lock({words})", program, "lock", bytes(changed))
                break

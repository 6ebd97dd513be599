"""Order among sibling tasks by `depend` clauses (OpenMP 5.2 §15.9.5)."""

from __future__ import annotations

import re

import msgspec

from ...execution.events import RegionRecord
from ..constructs import base_name

_KINDS = frozenset(["in", "out", "inout", "mutexinoutset", "inoutset", "depobj"])


class Item(msgspec.Struct, frozen=True):
    """One list item of a depend clause, its text without blanks."""

    kind: str
    text: str


_ALL = "omp_all_memory"  # stands for every list item of every other depend clause


def items(region: RegionRecord) -> tuple[Item, ...]:
    """The dependences of a task-generating or waiting construct; those over iterators or depend objects as "?"."""
    found: list[Item] = []
    for clause in region.statement.directive.clauses_named("depend"):
        modifier = clause.modifier or ""
        kind = modifier.rpartition(",")[2].strip()
        if kind not in _KINDS:
            continue
        for item in clause.items:
            text = re.sub(r"\s+", "", item)
            found.append(Item(kind, "?" if kind == "depobj" or "iterator" in modifier else text))
    return tuple(found)


def orders(one: str, other: str) -> bool:
    """Whether two dependence kinds on one item make the tasks run one after the other, in program order."""
    if one == "in" and other == "in":
        return False
    return not (one == other and one in ("mutexinoutset", "inoutset"))


def excludes(one: str, other: str) -> bool:
    return one == other == "mutexinoutset"


def same_items(first: RegionRecord, second: RegionRecord, varying: frozenset[str]) -> list[tuple[str, str]]:
    """The kinds with which both name one item, where no variable in `varying` decides which item it is."""
    found: list[tuple[str, str]] = []
    for one in items(first):
        for other in items(second):
            steady = varying.isdisjoint(re.findall(r"[A-Za-z_]\w*", one.text))
            if _ALL in (one.text, other.text) or (one.text == other.text != "?" and steady):
                found.append((one.kind, other.kind))
    return found


def covering(region: RegionRecord, accessed: str) -> str | None:
    """The kind of the dependence on exactly the accessed lvalue (its text without blanks), None where there is none."""
    for item in items(region):
        if item.text == accessed:
            return item.kind
    return None


def speaks_of_same(first: RegionRecord, second: RegionRecord) -> bool:
    """Whether both have dependences on parts of one variable, or on something that is not understood."""
    ones, others = items(first), items(second)
    if not ones or not others:
        return False
    if any(item.text == "?" for item in ones + others):
        return True
    return not {base_name(item.text) for item in ones}.isdisjoint(base_name(item.text) for item in others)

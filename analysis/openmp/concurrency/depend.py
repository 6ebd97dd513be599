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


class Varying(msgspec.Struct, frozen=True):
    """What may differ between the iterations in which two tasks are created: `values` are the names of variables that
    may hold another value, `variables` those of them that are another variable each time, since they are declared
    inside the loop."""

    values: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()

    def reaches(self, item: str) -> bool:
        """Whether the item may be another place: `x` stays where it is when its value changes, `a[x]` does not."""
        names = re.findall(r"[A-Za-z_]\w*", item)
        return not (self.variables if names == [item] else self.values).isdisjoint(names)


NOTHING = Varying()
_ELEMENT = re.compile(r"[A-Za-z_]\w*(?:\[(?:0|[1-9][0-9]*)\])+")  # at a place that is written in numbers
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


def may_exclude(first: RegionRecord, second: RegionRecord) -> bool:
    """Whether both have a mutexinoutset item that may be one place."""
    return any(
        excludes(one.kind, other.kind)
        and ("?" in (one.text, other.text) or base_name(one.text) == base_name(other.text))
        for one in items(first)
        for other in items(second)
    )


def same_items(first: RegionRecord, second: RegionRecord, varying: Varying) -> list[tuple[str, str]]:
    """The kinds with which both name one item, where nothing in `varying` decides which place it is."""
    found: list[tuple[str, str]] = []
    for one in items(first):
        for other in items(second):
            same = one.text == other.text != "?" and not varying.reaches(one.text)
            if same or _ALL in (one.text, other.text):
                found.append((one.kind, other.kind))
    return found


def covering(region: RegionRecord, accessed: str) -> str | None:
    """The kind of the dependence on exactly the accessed lvalue (its text without blanks), None where there is none."""
    for item in items(region):
        if item.text == accessed:
            return item.kind
    return None


def may_order(first: RegionRecord, second: RegionRecord, varying: Varying, counter: str | None) -> bool:
    """Whether the two may be ordered by items that are one or not, as the case may be.

    `counter` is the induction variable of the loop in whose different iterations they are created, if any.
    """
    for one in items(first):
        for other in items(second):
            if one.text == "?" or other.text == "?":
                return True
            if base_name(one.text) != base_name(other.text) or not orders(one.kind, other.kind):
                continue
            if one.text == other.text and _differs(one.text, varying.values, counter):
                continue
            if one.text != other.text and _ELEMENT.fullmatch(one.text) and _ELEMENT.fullmatch(other.text):
                continue  # a[0] and a[1]
            return True
    return False


def _differs(text: str, varying: frozenset[str], counter: str | None) -> bool:
    """Whether the item is another element in each iteration: subscripted by the loop's counter and nothing else."""
    moving = varying.intersection(re.findall(r"[A-Za-z_]\w*", text))
    return moving == {counter} and re.search(rf"\[{counter}([+-]\d+)?\]", text) is not None

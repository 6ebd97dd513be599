"""Which examples are like a loop: those whose facts have most in common with it.

What is compared is what decides about a plan, read off the abstracts: roles, kinds of dependences and what removes
them, what is assumed, unknown, indirect, called or nested. Names, types and sizes are not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import msgspec

from ...analysis.analyze import analyze
from .abstract import loop_abstract
from .files import PromptExample

_VARIABLE = re.compile(r"\S+ is (?P<role>[^(]+) \((?P<notes>.*)\)$")
_LOOP = re.compile(r"for (?P<type>.*?) ?(?P<name>[A-Za-z_]\w*) = ")
_PLAIN_ROLES = frozenset({"shared", "local", "induction variable of this loop"})
_FEW = 64  # iterations; what the static planner thinks too few for a wide machine


class Example(msgspec.Struct, frozen=True):
    """An example as a model is shown it."""

    abstract: str
    answer: str


def nearest(abstract: str, examples: Sequence[PromptExample], count: int) -> tuple[Example, ...]:
    """The `count` examples that are most like the loop, the most similar last, where it stands next to the question."""
    own = features(abstract)
    shown = _shown(tuple(examples))
    ranked = sorted(range(len(shown)), key=lambda number: (-_similarity(own, shown[number][1]), number))
    return tuple(shown[number][0] for number in reversed(ranked[:count]))


def features(abstract: str) -> frozenset[str]:
    """What decides about a plan, of the loop that the abstract describes."""
    found: set[str] = set()
    counter = ""
    for line in abstract.split("\n"):
        key, _, rest = line.partition(": ")
        if key == "loop":
            counter = _counter(rest)
            trips = rest.rpartition("trip count ")[2]
            found |= {"few iterations"} if trips.isdecimal() and int(trips) < _FEW else set()
        elif key == "inner loop":
            bounds = rest.partition(" = ")[2]
            varies = counter and re.search(rf"\b{re.escape(counter)}\b", bounds)
            found.add("inner loop whose length changes" if varies else key)
        elif key == "variable":
            found |= _of_variable(rest)
        elif key == "dependence":
            found.add(f"dependence, {rest.partition(' ')[0]}")
            found |= {mark for mark in ("not proved", "only if", "removed by") if mark in rest}
        elif key in ("read", "write"):
            if "not affine" in rest:
                found.add(f"{key}, not affine")
            if re.search(r"\[[^\]]*\[", rest):
                found.add(f"{key}, indirect")
            if "conditional" in rest:
                found.add("conditional")
        elif key == "assumed" and "(holds: " not in rest:
            found.add("assumed, with a condition" if "(condition: " in rest else key)
        elif key in ("unknown", "calls", "collapsible"):
            found.add(key)
    return frozenset(found)


def _of_variable(rest: str) -> set[str]:
    match = _VARIABLE.match(rest)
    if match is None or match["role"] in _PLAIN_ROLES:
        return set()
    notes = match["notes"].split(", ")
    found = {match["role"].partition(" ")[0], match["role"]}
    found |= {f"{match['role'].partition(' ')[0]}, array"} if "array" in notes else set()
    return found | ({"read after the loop"} if "read after the loop" in notes else set())


def _counter(header: str) -> str:
    match = _LOOP.match(header)
    return match["name"] if match is not None else ""


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


@functools.cache
def _shown(examples: tuple[PromptExample, ...]) -> tuple[tuple[Example, frozenset[str]], ...]:
    """Their abstracts are made from their sources here, so they are always told as the loop in question is."""
    found = []
    for example in examples:
        facts = analyze(example.source.encode(), "c")
        abstract = loop_abstract(facts.loops[0], nest=facts.loops)
        found.append((Example(abstract, example.answer), features(abstract)))
    return tuple(found)

"""How many iterations of a loop are drawn, and which values its induction variable has in them.

Where bounds have names in them the loop is drawn for small values of those, chosen here, and the drawing says that it
goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ...analysis.facts import LoopHeader
from .arithmetic import NotArithmetic, evaluate, integer, names

_LARGEST_SIZE = 4096
_STRIDE = 2  # the value for a name that a loop steps by


class Run(msgspec.Struct, frozen=True):
    """The values of an induction variable: `count` of them, from `first` by `step`."""

    first: int
    step: int
    count: int


def run_of(header: LoopHeader, known: Mapping[str, int], varying: frozenset[str] = frozenset()) -> Run:
    """Raises `NotArithmetic` where a bound or the step has no value."""
    first = integer(header.lower, known, varying)
    bound = integer(header.upper, known, varying)
    step = integer(header.step, known, varying)
    if header.comparison in ("<", "<="):
        last = bound - (header.comparison == "<")
    elif header.comparison in (">", ">="):
        last = bound + (header.comparison == ">")
    elif header.comparison == "!=" and step and (bound - first) % step == 0:
        last = bound - step
    else:
        raise NotArithmetic(header.comparison)
    if not step or (header.comparison != "!=" and (step > 0) != header.comparison.startswith("<")):
        raise NotArithmetic(header.step)
    return Run(first, step, max(0, (last - first) // step + 1))


def open_names(
    header: LoopHeader, known: Mapping[str, int] = MappingProxyType({}), varying: frozenset[str] = frozenset()
) -> set[str]:
    """The names in bounds and step that have no value yet. Raises `NotArithmetic`."""
    parts = (header.lower, header.upper, header.step)
    return {name for part in parts for name in names(evaluate(part, known, varying))}


def begins_at_a_number(
    header: LoopHeader, known: Mapping[str, int] = MappingProxyType({}), varying: frozenset[str] = frozenset()
) -> bool:
    """Whether the first values of the induction variable are known whatever sizes are. Raises `NotArithmetic`."""
    return not any(names(evaluate(text, known, varying)) for text in (header.lower, header.step))


def sizes_for(
    header: LoopHeader, least: int, known: Mapping[str, int], varying: frozenset[str] = frozenset()
) -> dict[str, int]:
    """Values for the open names of the header with which it makes `least` iterations, or as many as can be had.

    A loop may begin at a name (it is taken for 0) or end at one. Raises `NotArithmetic`.
    """
    wanted = open_names(header, known, varying)
    steps = names(evaluate(header.step, known, varying))
    begins = names(evaluate(header.lower, known, varying)) - names(evaluate(header.upper, known, varying))
    best: tuple[int, dict[str, int]] = (0, {})
    for at_zero in (begins, set()):
        for size in range(1, _LARGEST_SIZE):
            chosen = dict.fromkeys(wanted, size) | dict.fromkeys(at_zero, 0) | dict.fromkeys(steps, _STRIDE)
            count = run_of(header, {**known, **chosen}, varying).count
            if count > best[0]:
                best = (count, chosen)
            if count >= least:
                return chosen
            if not wanted - at_zero - steps or (size > 64 and best[0] < 2):
                break
    if best[0] < 2:
        raise NotArithmetic(header.upper)
    return best[1]


def shown(count: int, window: int, reach: int) -> list[int]:
    """The iterations to draw of `count`: all if they are few, else the first ones and, where a dependence reaches
    further, those that it reaches."""
    if count <= window + 2 or reach < window - 1 or reach + 1 >= count:
        return list(range(min(count, window + 2 if count <= window + 2 else window)))
    some = max(2, (window - 1) // 2)
    return [*range(some), *range(reach, min(reach + some, count))]

"""Private copies that are read before anything gives them a value (OpenMP 5.2 §5.4.3: they begin with none).

What such a read gives decides nothing for sure, neither which element is meant nor whether two threads mean the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter

from ..execution.events import RegionRecord, Trace
from ..facts import Reason
from ..ir.tree import Symbol
from ..text import SourceText
from .constructs import names
from .directive import Directive
from .sharing import instance

_BY_VALUE = ("int", "float", "complex", "bool", "pointer")
_ORDER = attrgetter("order")


def read_unset(region: RegionRecord, trace: Trace, source: SourceText) -> list[Reason]:
    """One for each variable whose copy the construct's code reads first."""
    directive = region.statement.directive
    unset = _named(directive, "private", "lastprivate") - _named(directive, "firstprivate", "linear", "reduction")
    if not unset:
        return []
    first = bisect_right(trace.accesses, region.first, key=_ORDER)
    last = bisect_left(trace.accesses, region.last, lo=first, key=_ORDER)
    seen: set[Symbol] = set()
    found: list[Reason] = []
    for access in trace.accesses[first:last]:
        symbol = access.object.symbol
        if symbol is None or symbol in seen:
            continue
        if access.object.kind != "variable" or symbol.name not in unset or symbol.type.kind not in _BY_VALUE:
            continue
        if access.update is not None:
            continue  # what is added to no value matters where the sum is read
        copy = instance(symbol, access.omp)
        if copy < 0 or access.omp[copy] is not region.statement:
            continue
        seen.add(symbol)
        if not access.is_write and access.certain and access.via is None:
            found.append(
                Reason(
                    "PRG306",
                    f"`{symbol.name}` is private here and has no value yet",
                    source.place(access.start, access.end),
                    culprit=symbol.name,
                    help=f"make it firstprivate({symbol.name}) if the value from before is meant",
                )
            )
    return found


def _named(directive: Directive, *clauses: str) -> set[str]:
    return {name for clause in directive.clauses_named(*clauses) for name in names(clause)}

"""PRG509: each thread's copies of arrays go on its stack, which overflows without a word when they are large.

gcc and clang put private and reduction arrays on the stack of the thread; 4 to 8 MiB is what a thread usually has.
Arrays of a known size up to 1 MiB in all are let through; larger ones, and sections whose length is not a constant,
are not proved. An array whose size hangs on a macro that is not in sight, and that the function itself has on its
stack, is let through as well: the copies are no larger than what the serial program has there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...analysis.facts import LoopFacts, Variable
from ..data_sharing import clauses_by_variable
from ..plan import Plan, Rejection

CODE = "PRG509"
LIMIT_BYTES = 1 << 20
_SIZES = {"char": 1, "bool": 1, "_Bool": 1, "short": 2, "int": 4, "float": 4}
_WIDEST = 16  # long double, double complex: the estimate must not be too small
_EXTENT = re.compile(r"\[([^\]]*)\]|,\s*(\w+)\s*>")  # a[N], std::array<T, N>


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    listed = clauses_by_variable(plan)
    total = 0
    for variable in facts.variables:
        if variable.name not in listed:
            continue
        section = variable.section if variable.role == "reduction" else None
        inside = variable.is_array or "array<" in variable.type  # other classes keep their elements on the heap
        if section is None and not inside:
            continue
        size = _bytes(variable, section)
        if size is None and section is None and variable.automatic:
            continue
        if size is None:
            yield Rejection(
                CODE,
                f"each thread gets a copy of {variable.name}{section or ''} on its stack, and its size is not known "
                f"beforehand: give the array a constant size, or raise OMP_STACKSIZE",
                variable.name,
                refuted=False,
            )
            continue
        total += size
        if total > LIMIT_BYTES:
            yield Rejection(
                CODE,
                f"each thread gets a copy of {variable.name} on its stack, {total:,} bytes so far, which may "
                f"overflow it: declare a smaller array or raise OMP_STACKSIZE",
                variable.name,
                refuted=False,
            )


def _bytes(variable: Variable, section: str | None) -> int | None:
    """An upper estimate of the copy's size; None where an extent is not a constant."""
    count = 1
    extents = _EXTENT.findall(section if section is not None else variable.type)
    for bracketed, argument in extents:
        length = (bracketed or argument).rpartition(":")[2].strip()
        if not length.isdigit():
            return None
        count *= int(length)
    if not extents:
        return None
    words = re.findall(r"\w+", variable.type)
    return count * max((_SIZES[word] for word in words if word in _SIZES), default=_WIDEST)

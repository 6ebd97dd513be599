"""The program in serial, with the iterations of the loops under test in reversed or in shuffled order.

gcc has a loop with a dynamic schedule ask its runtime for every iteration, and harness/order.c answers in its place,
on one thread. That way private copies, reductions, collapsed nests, iterators and whatever else a loop may be made of
are the compiler's own, and no header of a loop has to be understood and written anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from .copies import with_schedule, without_schedule
from .inserted import inserted_directives, loop_directives
from .request import PlannedEdit

ORDER = Path(__file__).parent / "harness" / "order.c"
ORDERS = ("reversed", "shuffled")
_MARK = 1347567943  # the chunk size that harness/order.c knows the loops under test by
_IN_ORDER = ("ordered", "safelen", "depend", "doacross")


def reordered(original: bytes, edits: Sequence[PlannedEdit]) -> list[PlannedEdit]:
    """The edits with their loops marked."""
    return [with_schedule(original, without_schedule(original, edit), f"dynamic,{_MARK}") for edit in edits]


def environment(original: bytes, edits: Sequence[PlannedEdit], order: str | None) -> dict[str, str]:
    """What harness/order.c reads."""
    variables = {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
    if order is not None:
        variables["PRAGMATIST_ORDER"] = order
    if any(each.clauses_named("lastprivate", "linear") for each in loop_directives(original, edits)):
        variables["PRAGMATIST_LAST"] = "1"
    return variables


def keeps_its_order(original: bytes, edits: Iterable[PlannedEdit]) -> str | None:
    """Why iterations may not come in any order although the plan is right; None where they may."""
    for directive in inserted_directives(original, edits):
        for clause in directive.clauses_named(*_IN_ORDER):
            return f"the plan itself keeps iterations in order ({clause.name})"
    return None

"""Plans for a loop with variables whose role the facts leave undecided: copies by rule, with no model asked.

A buffer that a function out of sight fills is called shared for want of knowing what one iteration leaves in it to
another. In most programs it is scratch memory: the right clause is private, and where the loop only changes part of
what stood there before, firstprivate. So these are guesses, and no more: nothing proves them, and they are worth trying
where a check refutes the plan without them, and every check is put to them.

What the function may read after the loop is left alone. A copy would lose it without a sign where the runs leave the
value as it was, as an error flag that no run sets.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import msgspec

from ..analysis.facts import LoopFacts
from .checker import check_plan
from .data_sharing import may_have_copies
from .plan import Plan
from .rules.private_copies import CODE as TOO_LARGE

MOST_PLANS = 8  # for a loop: each may be built and run; all that there are for one variable or two
_CLAUSES = ("private", "firstprivate")


def plans_for_undecided(plan: Plan, facts: LoopFacts) -> list[Plan]:
    """`plan`, which says nothing of the undecided variables, with copies of them, the likeliest first.

    First all of them private, then all firstprivate, then some of them the one and some the other, then some of them
    alone. `planned_by` names the rule.
    """
    names = [each.name for each in facts.variables if may_have_copies(each) and not each.live_out]
    return list(itertools.islice(_standing(plan, facts, names), MOST_PLANS))


def _standing(plan: Plan, facts: LoopFacts, names: Sequence[str]) -> Iterator[Plan]:
    """Those that the facts do not refute, and whose copies fit on a thread's stack: a short run would not show that."""
    for clauses in _ways(len(names)):
        made = _with_copies(plan, names, clauses)
        if not any(each.refuted or each.code == TOO_LARGE for each in check_plan(made, facts)):
            yield made


def _ways(count: int) -> Iterator[tuple[str | None, ...]]:
    """A clause for each of so many variables, None for no clause; not all None."""
    if count == 0:
        return
    alike = [(clause,) * count for clause in _CLAUSES]
    yield from alike
    yield from (ways for ways in itertools.product(_CLAUSES, repeat=count) if ways not in alike)
    some = (ways for ways in itertools.product((*_CLAUSES, None), repeat=count) if None in ways and any(ways))
    yield from sorted(some, key=lambda ways: ways.count(None))


def _with_copies(plan: Plan, names: Sequence[str], clauses: Sequence[str | None]) -> Plan:
    lists = {
        clause: tuple(name for name, one in zip(names, clauses, strict=True) if one == clause) for clause in _CLAUSES
    }
    used = {clause: copied for clause, copied in lists.items() if copied}
    said = "; ".join(f"{', '.join(copied)} {clause}" for clause, copied in used.items())
    return msgspec.structs.replace(
        plan,
        **{clause: (*getattr(plan, clause), *copied) for clause, copied in used.items()},
        rationale=f"{plan.rationale} What the text leaves undecided has copies by a rule: {said}.".strip(),
        planned_by=f"rule: {' and '.join(used)} for undecided",
    )

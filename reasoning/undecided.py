"""Plans for a loop with variables whose role the facts leave undecided: copies by rule, with no model asked.

A buffer that a function out of sight fills is called shared for want of knowing what one iteration leaves in it to
another. In most programs it is scratch memory: the right clause is private, and where the loop only changes part of
what stood there before, firstprivate. So these are guesses, and no more: nothing proves them, and they are worth trying
where a check refutes the plan without them, and every check is put to them.

All undecided variables get the same clause, so there are two plans. Mixtures were tried (`training/evaluation.md`): the
more guesses, the likelier that one of them is wrong in a way that the runs do not show, and they found nothing right.

What the function may read after the loop is left alone. A copy would lose it without a sign where the runs leave the
value as it was, as an error flag that no run sets.
"""

from __future__ import annotations

import msgspec

from ..analysis.facts import LoopFacts
from .checker import check_plan
from .data_sharing import may_have_copies
from .plan import Plan
from .rules.private_copies import CODE as TOO_LARGE


def plans_for_undecided(plan: Plan, facts: LoopFacts) -> list[Plan]:
    """`plan`, which says nothing of the undecided variables, with copies of them, the likelier first.

    Only those that the facts do not refute, and whose copies fit on a thread's stack: a short run would not show that.
    `planned_by` names the rule.
    """
    names = tuple(each.name for each in facts.variables if may_have_copies(each) and not each.live_out)
    names = tuple(name for name in names if not _refused(_with_copies(plan, (name,), "private"), facts))
    if not names:
        return []
    plans = [_with_copies(plan, names, clause) for clause in ("private", "firstprivate")]
    return [each for each in plans if not _refused(each, facts)]


def _refused(plan: Plan, facts: LoopFacts) -> bool:
    return any(each.refuted or each.code == TOO_LARGE for each in check_plan(plan, facts))


def _with_copies(plan: Plan, names: tuple[str, ...], clause: str) -> Plan:
    words = f"What the text leaves undecided has copies by a rule: {', '.join(names)} {clause}."
    return msgspec.structs.replace(
        plan,
        **{clause: (*getattr(plan, clause), *names)},
        rationale=f"{plan.rationale} {words}".strip(),
        planned_by=f"rule: {clause} for undecided",
    )

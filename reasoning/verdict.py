"""What is to be said of a loop, given its facts, a plan, and whether every check of that plan passed."""

from __future__ import annotations

from ..analysis.facts import LoopFacts
from .checker import check_plan
from .plan import Plan, Verdict


def judge(facts: LoopFacts, plan: Plan | None, evidence_passed: bool = False) -> Verdict:
    """The verdict on a loop; it carries `plan` only where the plan may be shown (parallel or candidate).

    - serial: the facts hold a dependence or obstacle. Evidence does not overrule it: a run that shows no race proves
      nothing against one that is read off the text.
    - parallel, proved: the checker has nothing to say against the plan.
    - parallel, verified: the facts only leave it open, and `evidence_passed` says that every check passed.
    - candidate: the facts leave it open, and nothing has been checked.
    - unknown: there is no plan, or the facts refute it, or the text around the loop is incomplete.
    """
    if facts.blocking:
        return Verdict("serial")
    if plan is None:
        return Verdict("unknown")
    rejections = check_plan(plan, facts)
    if any(rejection.refuted for rejection in rejections):
        return Verdict("unknown")
    if not rejections:
        return Verdict("parallel", "proved", plan)
    if evidence_passed:
        return Verdict("parallel", "verified", plan)
    return Verdict("candidate", None, plan) if facts.complete else Verdict("unknown")

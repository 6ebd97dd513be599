"""Plans by the rule for undecided variables, with every check behind it: where the plan without copies is refuted."""

from __future__ import annotations

import time

from ...reasoning.strategies.protocol import Proposal
from ...reasoning.undecided import plans_for_undecided
from .judge import with_plan
from .judgement import JudgedLoop, Judgement
from .trying import Checks, try_plan
from .verify import Progress


async def plan_by_rule(
    path: str, text: bytes, judgement: Judgement, loop: JudgedLoop, checks: Checks, progress: Progress | None = None
) -> Proposal | None:
    """The first plan of the rule that passes every check.

    None where it has none for this loop, where no check refutes the plan that the loop has, and where each of the
    rule's own fails, or cannot be checked. Raises what `verify_loops` raises.
    """
    if loop.verdict.plan is None:
        return None
    plans = plans_for_undecided(loop.verdict.plan, loop.facts)
    if not plans or await _verdict(path, text, judgement, loop, checks) != "refuted":
        return None
    started = time.monotonic()
    for number, plan in enumerate(plans, 1):
        if progress is not None:
            words = f"line {loop.facts.keyword.line}: trying copies of what is undecided, {number} of {len(plans)}"
            progress(words, None)
        planned = with_plan(loop, plan)
        verdict = await _verdict(path, text, judgement, planned, checks)
        if verdict == "passed":
            seconds = time.monotonic() - started
            return Proposal(plan, planned.objections, plan.planned_by, calls=0, tokens=0, seconds=seconds)
        if verdict is None:
            return None
    return None


async def _verdict(path: str, text: bytes, judgement: Judgement, loop: JudgedLoop, checks: Checks) -> str | None:
    """What comes of the loop's plan; None where it cannot be put into the text."""
    verified = await try_plan(path, text, judgement, loop, checks)
    evidence = verified.evidence.get(loop.facts.id)
    return None if evidence is None else evidence.verdict

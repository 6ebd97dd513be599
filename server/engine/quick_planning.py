"""The quick pass with a model: a plan for one loop that the facts leave open, with nothing compiled or run.

What comes of it is a candidate, whatever the checker has to say for it: that a loop is proved is the static planner's
and the checker's to say, before any model was asked.
"""

from __future__ import annotations

import msgspec

from ...reasoning.plan import Plan, Verdict
from .judge import with_plan
from .judgement import JudgedLoop, Judgement
from .model_planning import Asked, ask_model


async def plan_quickly(judgement: Judgement, loop: JudgedLoop, asked: Asked) -> JudgedLoop | None:
    """The loop with the model's plan; None where it has none that stands, or the one that the loop has already.

    Raises `ModelError`.
    """
    proposal = await ask_model("", b"", judgement, loop, asked, None)
    if proposal.plan is None or _says(proposal.plan) == _says(loop.verdict.plan):
        return None
    planned = with_plan(loop, proposal.plan)
    if planned.verdict.plan is None:
        return None
    return msgspec.structs.replace(planned, verdict=Verdict("candidate", None, planned.verdict.plan))


def _says(plan: Plan | None) -> Plan | None:
    """The plan without the words about it."""
    return None if plan is None else msgspec.structs.replace(plan, rationale="", planned_by="")

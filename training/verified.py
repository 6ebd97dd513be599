"""Whether the product's own verification would insert a plan: the loop's file, and one with the functions it calls."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pragmatist.codegen.pragma import pragma_text
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan
from pragmatist.reasoning.verdict import judge
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.judgement import JudgedLoop
from pragmatist.server.engine.verify import verify_loops

from .case import Case


async def is_inserted(case: Case, plan: Plan) -> tuple[bool, str]:
    """Whether the plan passes all checks, and if not, the first that it does not pass, with its words.

    Speed is no matter here: the loops are tiny.
    """
    text = case.source.encode()
    judgement = judge_text(text, case.language)
    judged = next(each for each in judgement.loops if each.facts.id == plan.loop)
    verdict = judge(judged.facts, plan)
    if verdict.plan is None:
        return False, "the checker refuses it"
    loop = JudgedLoop(judged.facts, verdict, pragma_text(plan), True, check_plan(plan, judged.facts))
    suffix = ".cpp" if case.language == "cpp" else ".c"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"loop{suffix}"
        path.write_bytes(text)
        if case.hidden:
            (Path(folder) / f"others{suffix}").write_text(case.others())
        verified = await verify_loops(str(path), text, judgement, [loop], keep_slower=True, assume_no_overlap=True)
    if plan.loop in verified.inserted:
        return True, ""
    if plan.loop in verified.refused:
        return False, verified.refused[plan.loop]
    for evidence in (verified.evidence.get(plan.loop), verified.whole):
        if evidence is not None and evidence.verdict != "passed":
            first = next((each for each in evidence.checks if each.outcome == "refuted"), None)
            first = first or next((each for each in evidence.checks if each.outcome != "passed"), None)
            return False, evidence.verdict if first is None else f"{evidence.verdict}, {first.name}: {first.detail}"
    return False, "no evidence"

"""From text to judged loops: analysis, the static planner, the checker and the verdict, one loop at a time.

A failure of ours in one loop is reported beside the others and never hides them; a loop without facts or without a
plan is `unknown` or has no pragma, never silently parallel.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...analysis.analyze import analyze
from ...analysis.facts import FileFacts, Language, LoopFacts, TextError
from ...codegen.edit import text_digest
from ...codegen.pragma import pragma_text
from ...reasoning.checker import check_plan
from ...reasoning.plan import Plan, Rejection, Verdict
from ...reasoning.planner import plan_statically, why_no_plan
from ...reasoning.profitability import pays
from ...reasoning.verdict import judge
from .headers import Surroundings
from .ignored import ignored_by_comments
from .judgement import JudgedLoop, Judgement
from .reading import encoding_errors


def judge_text(text: bytes, language: Language, surroundings: Surroundings | None = None) -> Judgement:
    """Judge every loop of a text. Never raises for what the text is."""
    around = surroundings or Surroundings()
    try:
        facts = analyze(text, language, defines=around.defines, headers=around.headers)
    except Exception as error:
        return analysis_failed(text, language, error)
    return judgement_of(text, facts, *judge_loops(facts.loops, facts.loops))


def judge_loops(loops: Sequence[LoopFacts], all_loops: Sequence[LoopFacts]) -> tuple[list[JudgedLoop], list[TextError]]:
    """Some loops judged, of a file or function that has `all_loops`; and what went wrong."""
    judged: list[JudgedLoop] = []
    failures: list[TextError] = []
    for loop in loops:
        try:
            judged.append(_judge_loop(loop, all_loops))
        except Exception as error:
            failures.append(_internal(loop.place.line, error))
            judged.append(JudgedLoop(loop, Verdict("unknown")))
    return judged, failures


def judgement_of(
    text: bytes, facts: FileFacts, loops: Sequence[JudgedLoop], failures: Sequence[TextError]
) -> Judgement:
    errors = (*encoding_errors(text), *facts.errors, *failures)
    ignored, remarks = ignored_by_comments(text, facts)
    return Judgement(
        text_digest(text), facts.language, tuple(loops), facts.directives, errors, ignored=ignored, remarks=remarks
    )


def analysis_failed(text: bytes, language: Language, error: Exception) -> Judgement:
    """The judgement where the analysis itself failed."""
    errors = (*encoding_errors(text), _internal(1, error))
    return Judgement(text_digest(text), language, errors=errors, failed=True)


def _judge_loop(facts: LoopFacts, all_loops: Sequence[LoopFacts]) -> JudgedLoop:
    worth = pays(facts) is not False
    plan = plan_statically(facts, inner=all_loops)
    verdict = judge(facts, plan)
    if facts.existing_directive is not None:  # judged like any other, but nothing is proposed beside what stands there
        return JudgedLoop(facts, Verdict(verdict.verdict, verdict.basis), pays=worth)
    if verdict.plan is not None:
        return JudgedLoop(facts, verdict, pragma_text(verdict.plan), worth, check_plan(verdict.plan, facts))
    objections: tuple[Rejection, ...] = ()
    if verdict.verdict == "unknown":
        objections = why_no_plan(facts) if plan is None else check_plan(plan, facts)
    return JudgedLoop(facts, verdict, pays=worth, objections=objections)


def with_plan(loop: JudgedLoop, plan: Plan) -> JudgedLoop:
    """The loop judged anew, with this plan in place of the one it had."""
    verdict = judge(loop.facts, plan)
    pragma = None if verdict.plan is None else pragma_text(verdict.plan)
    return msgspec.structs.replace(loop, verdict=verdict, pragma=pragma, objections=check_plan(plan, loop.facts))


def _internal(line: int, error: Exception) -> TextError:
    import traceback  # only now: it loads the tokenizer, and a check should start at once

    where = traceback.extract_tb(error.__traceback__)[-1]
    return TextError(
        line,
        f"internal error: {type(error).__name__}: {error} ({where.name}, line {where.lineno}); facts from here on are "
        "missing, please report it with this file",
    )

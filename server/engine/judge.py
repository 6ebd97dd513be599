"""From text to judged loops: analysis, the static planner, the checker and the verdict, one loop at a time.

A failure of ours in one loop is reported beside the others and never hides them; a loop without facts or without a
plan is `unknown` or has no pragma, never silently parallel.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.analyze import analyze
from ...analysis.facts import Language, LoopFacts, TextError
from ...codegen.edit import text_digest
from ...codegen.pragma import pragma_text
from ...reasoning.checker import check_plan
from ...reasoning.plan import Rejection, Verdict
from ...reasoning.planner import plan_statically, why_no_plan
from ...reasoning.profitability import pays
from ...reasoning.verdict import judge
from .headers import Surroundings
from .judgement import JudgedLoop, Judgement
from .reading import encoding_errors


def judge_text(text: bytes, language: Language, surroundings: Surroundings | None = None) -> Judgement:
    """Judge every loop of a text. Never raises for what the text is."""
    around = surroundings or Surroundings()
    digest = text_digest(text)
    errors = encoding_errors(text)
    try:
        facts = analyze(text, language, defines=around.defines, headers=around.headers)
    except Exception as error:
        return Judgement(digest, language, errors=(*errors, _internal(1, error)), failed=True)
    loops: list[JudgedLoop] = []
    failures: list[TextError] = []
    for loop in facts.loops:
        try:
            loops.append(_judge_loop(loop, facts.loops))
        except Exception as error:
            failures.append(_internal(loop.place.line, error))
            loops.append(JudgedLoop(loop, Verdict("unknown")))
    return Judgement(digest, language, tuple(loops), facts.directives, (*errors, *facts.errors, *failures))


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


def _internal(line: int, error: Exception) -> TextError:
    import traceback  # only now: it loads the tokenizer, and a check should start at once

    where = traceback.extract_tb(error.__traceback__)[-1]
    return TextError(
        line,
        f"internal error: {type(error).__name__}: {error} ({where.name}, line {where.lineno}); facts from here on are "
        "missing, please report it with this file",
    )

"""The JSON that `check` and `fix` print (format version 1), as types: what is printed is what these types can hold.

`docs/json.md` describes the fields. Lines and columns are 1-based; columns count bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from ..analysis.facts import Assumption, DirectiveFacts, Language, Reason
from ..reasoning.condition import tests_assumption
from ..reasoning.plan import Plan
from ..verification.evidence import Evidence
from .engine.judgement import JudgedLoop, Judgement
from .words import decisive_reasons, needed_assumptions

ANSWER_VERSION = 1


class RelatedAnswer(msgspec.Struct):
    line: int
    column: int
    message: str


class ReasonAnswer(msgspec.Struct):
    code: str
    message: str
    line: int
    column: int
    related: list[RelatedAnswer]


class AssumptionAnswer(msgspec.Struct):
    code: str
    message: str
    discharged_by: str | None


class ClausesAnswer(msgspec.Struct, rename={"condition": "if", "maps": "map"}):
    private: list[str]
    firstprivate: list[str]
    lastprivate: list[str]
    reduction: list[tuple[str, str]]
    collapse: int | None
    schedule: str | None
    condition: str | None
    maps: list[tuple[str, str]]


class CheckAnswer(msgspec.Struct):
    name: str
    outcome: str
    detail: str
    seconds: float


class SpeedupAnswer(msgspec.Struct):
    threads: int
    ratio: float


class EvidenceAnswer(msgspec.Struct):
    id: str
    verdict: Literal["passed", "refuted", "inconclusive"]
    checks: list[CheckAnswer]
    speedup: SpeedupAnswer | None


class LoopAnswer(msgspec.Struct):
    id: str
    line: int
    end_line: int
    function: str | None
    depth: int
    verdict: Literal["parallel", "candidate", "serial", "unknown"]
    basis: Literal["proved", "verified"] | None
    directive: str | None
    pragma: str | None
    clauses: ClausesAnswer | None
    assumptions: list[AssumptionAnswer]
    reasons: list[ReasonAnswer]
    planned_by: str | None
    evidence: EvidenceAnswer | None


class DirectiveAnswer(msgspec.Struct):
    line: int
    loop_line: int | None
    directive: str
    verdict: Literal["race", "no_race", "unknown"]
    reasons: list[ReasonAnswer]
    fix: str | None


class ErrorAnswer(msgspec.Struct):
    line: int
    message: str


class FileAnswer(msgspec.Struct):
    path: str
    language: Literal["c", "cpp"]
    loops: list[LoopAnswer]
    directives: list[DirectiveAnswer]
    errors: list[ErrorAnswer]


class Answer(msgspec.Struct):
    version: int
    files: list[FileAnswer]


def file_answer(path: str, judgement: Judgement, evidence: Mapping[str, Evidence] | None = None) -> FileAnswer:
    """The answer for one file; `evidence` by loop id, where a verification ran."""
    evidence = evidence or {}
    return FileAnswer(
        path=printable_path(path),
        language=judgement.language,
        loops=[loop_answer(loop, evidence.get(loop.facts.id)) for loop in judgement.loops],
        directives=[_directive(directive) for directive in judgement.directives],
        errors=[
            *(ErrorAnswer(error.line, error.message) for error in judgement.errors),
            *(ErrorAnswer(remark.place.line, remark.message) for remark in judgement.remarks),
        ],
    )


def unreadable_answer(path: str, language: Language, message: str) -> FileAnswer:
    """The answer for a file that could not be analysed at all."""
    return FileAnswer(printable_path(path), language, [], [], [ErrorAnswer(1, message)])


def printable_path(path: str) -> str:
    """The path as text: bytes of a file name that are not UTF-8 become U+FFFD, which JSON can hold."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def loop_answer(loop: JudgedLoop, evidence: Evidence | None) -> LoopAnswer:
    facts, verdict = loop.facts, loop.verdict
    plan = verdict.plan
    return LoopAnswer(
        id=facts.id,
        line=facts.keyword.line,
        end_line=facts.place.end_line,
        function=facts.function,
        depth=facts.depth,
        verdict=verdict.verdict,
        basis=verdict.basis,
        directive=plan.directive if plan else None,
        pragma=loop.pragma,
        clauses=plan_clauses(plan) if plan else None,
        assumptions=[AssumptionAnswer(a.code, a.message, _discharged_by(a, plan)) for a in needed_assumptions(loop)],
        reasons=[reason_answer(reason) for reason in loop_reasons(loop)],
        planned_by=plan.planned_by if plan else None,
        evidence=_evidence(evidence) if evidence else None,
    )


def _discharged_by(assumption: Assumption, plan: Plan | None) -> str | None:
    if assumption.discharged_by is None and plan is not None and tests_assumption(plan, assumption):
        return "if clause"
    return assumption.discharged_by


def loop_reasons(loop: JudgedLoop) -> tuple[Reason, ...]:
    """Everything that speaks against the loop or is worth noting, what decides first."""
    facts = loop.facts
    return (*decisive_reasons(loop), *(facts.unknowns if facts.blocking else ()), *facts.notes)


def plan_clauses(plan: Plan) -> ClausesAnswer:
    schedule = plan.schedule
    return ClausesAnswer(
        private=list(plan.private),
        firstprivate=list(plan.firstprivate),
        lastprivate=list(plan.lastprivate),
        reduction=[(reduction.operator, reduction.variable) for reduction in plan.reductions],
        collapse=plan.collapse,
        schedule=None if schedule is None else f"{schedule.kind},{schedule.chunk}" if schedule.chunk else schedule.kind,
        condition=plan.condition,
        maps=[(item.type, item.item) for item in plan.maps],
    )


def reason_answer(reason: Reason) -> ReasonAnswer:
    return ReasonAnswer(
        reason.code,
        reason.message,
        reason.place.line,
        reason.place.column,
        [RelatedAnswer(related.place.line, related.place.column, related.message) for related in reason.related],
    )


def _directive(facts: DirectiveFacts) -> DirectiveAnswer:
    return DirectiveAnswer(
        facts.place.line,
        facts.loop_line,
        facts.directive,
        facts.verdict,
        [reason_answer(reason) for reason in facts.reasons],
        facts.fix,
    )


def _evidence(evidence: Evidence) -> EvidenceAnswer:
    speedup = evidence.speedup
    return EvidenceAnswer(
        evidence.id,
        evidence.verdict,
        [CheckAnswer(check.name, check.outcome, check.detail, check.seconds) for check in evidence.checks],
        SpeedupAnswer(speedup.threads, speedup.ratio) if speedup else None,
    )

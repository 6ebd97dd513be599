"""What is said of loops in plain words, the same in the terminal and in the editor."""

from __future__ import annotations

from ..analysis.facts import Assumption, Reason
from .engine.judgement import JudgedLoop


def headline(loop: JudgedLoop) -> str:
    """The verdict and its basis in one line."""
    verdict, facts = loop.verdict, loop.facts
    if facts.existing_directive is not None and verdict.verdict == "parallel":
        return f"{verdict.verdict}: its iterations are independent; `{facts.existing_directive}` governs it already"
    if verdict.verdict == "parallel":
        if verdict.basis == "verified":
            return f"parallel (verified): every check on this machine passed{_planner(loop, '; planned by {}')}"
        count = sum(1 for a in needed_assumptions(loop) if a.discharged_by is None)
        under = "" if not count else " under one assumption" if count == 1 else f" under {count} assumptions"
        return f"parallel (proved{under}): no iteration depends on another"
    if verdict.verdict == "candidate":
        return f"candidate: nothing refutes the plan{_planner(loop, ' ({})')}, and nothing has confirmed it yet"
    reasons = decisive_reasons(loop)
    if verdict.verdict == "serial":
        return f"serial: {reasons[0].message}" if reasons else "serial"
    return f"unknown: {reasons[0].message}" if reasons else "unknown"


def _planner(loop: JudgedLoop, words: str) -> str:
    """Who planned, in these words; nothing where it was the static planner, as is the rule."""
    plan = loop.verdict.plan
    return "" if plan is None or plan.planned_by == "static" else words.format(plan.planned_by)


def decisive_reasons(loop: JudgedLoop) -> tuple[Reason, ...]:
    """The reasons that decide the verdict: what shows that the loop is serial, else what the analysis could not tell.

    The checker's objections stand in where the facts themselves name none; they are about the loop as a whole.
    """
    facts = loop.facts
    if loop.verdict.verdict == "parallel":
        return ()
    named = facts.blocking or facts.unknowns
    if named:
        return named
    return tuple(Reason(objection.code, objection.message, facts.keyword) for objection in loop.objections)


def needed_assumptions(loop: JudgedLoop) -> list[Assumption]:
    """What the verdict rests on, each said once: nothing where there is no plan that would need it.

    Two pairs of pieces of memory may go by the same names; what is left open of one of them is told.
    """
    if loop.verdict.plan is None:
        return []
    told: dict[tuple[str, str], Assumption] = {}
    for each in loop.facts.assumptions:
        key = (each.code, each.message)
        if key not in told or (each.guard is None and each.discharged_by is None):
            told[key] = each
    return list(told.values())


def assumption_line(assumption: Assumption) -> str:
    """The assumption and what makes it hold, or what would."""
    if assumption.discharged_by is not None:
        return f"{assumption.message} (holds: {assumption.discharged_by})"
    if assumption.guard is not None:
        return f"{assumption.message} (tested at run time: {assumption.guard})"
    return f"{assumption.message} ({assumption.help})" if assumption.help else assumption.message

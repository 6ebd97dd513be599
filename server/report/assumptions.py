"""What the proof needs and the text does not say, and how it is discharged."""

from __future__ import annotations

from ...analysis.facts import Assumption
from ...reasoning.condition import tests_assumption
from ...reasoning.plan import Plan
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from ..words import needed_assumptions
from .markup import Child, Element, node, prose
from .reasons import background_link


def assumptions(judged: JudgedLoop, evidence: Evidence | None) -> Element | None:
    found = needed_assumptions(judged)
    if not found:
        return None
    head = node("tr", [node("th", each, scope="col") for each in ("It is assumed that", "Discharged by")])
    rows = [_row(each, judged.verdict.plan, evidence) for each in found]
    table = node("table", node("thead", head), node("tbody", rows), class_="facts")
    return node("section", node("h2", "Assumptions"), table, class_="card")


def _row(assumption: Assumption, plan: Plan | None, evidence: Evidence | None) -> Element:
    statement = [*prose(assumption.message), " (", background_link(assumption.code), ")"]
    return node("tr", node("th", statement, scope="row"), node("td", _discharged(assumption, plan, evidence)))


def _discharged(assumption: Assumption, plan: Plan | None, evidence: Evidence | None) -> list[Child]:
    if assumption.discharged_by is not None:
        return [f"{assumption.discharged_by}: it holds"]
    if plan is not None and tests_assumption(plan, assumption):
        return ["a test at run time, in the ", node("code", "if"), " clause: ", node("code", assumption.guard or "")]
    if evidence is not None and evidence.provided:
        return prose(f"nothing: the callers have to see to it that {evidence.provided}")
    words: list[Child] = ["nothing yet"]
    if evidence is not None and evidence.verdict == "passed":
        words = ["the checks that ran: none of them found it violated"]
    if assumption.help is not None:
        words += ["; ", *prose(assumption.help)]
    return words

"""The variables of the loop, and the role that each plays in it."""

from __future__ import annotations

from ...analysis.facts import Role, Variable
from ..engine.judgement import JudgedLoop
from .markup import Element, node
from .source_view import line_link

_MEANINGS: dict[Role, str] = {
    "local": "declared inside the loop: each iteration has its own",
    "induction": "counts the iterations",
    "shared": "one for all threads: only read, or each iteration writes elements of its own",
    "private": "each thread gets a copy, written before it is read in each iteration",
    "firstprivate": "each thread gets a copy with the value from before the loop",
    "lastprivate": "each thread gets a copy; the last iteration's value is kept after the loop",
    "reduction": "each thread accumulates for itself; the parts are combined at the end",
    "blocking": "carries a value from one iteration to another, which no clause removes",
}


def roles(judged: JudgedLoop) -> Element | None:
    variables = judged.facts.variables
    if not variables:
        return None
    head = node("tr", [node("th", each, scope="col") for each in ("Variable", "Role", "Meaning", "Type")])
    table = node("table", node("thead", head), node("tbody", [_row(each) for each in variables]), class_="facts")
    return node("section", node("h2", "Roles of variables"), node("div", table, class_="scroll"), class_="card")


def _row(variable: Variable) -> Element:
    role = variable.role if variable.operator is None else f"{variable.role} ({variable.operator})"
    name = node("code", variable.name + (variable.section or ""))
    meaning = _MEANINGS[variable.role]
    if variable.live_out and variable.role in ("lastprivate", "reduction"):
        meaning += "; read after the loop"
    return node(
        "tr",
        node("th", name, " ", node("span", "(", line_link(variable.place.line), ")", class_="note"), scope="row"),
        node("td", role), node("td", meaning), node("td", node("code", variable.type)),
    )  # fmt: skip

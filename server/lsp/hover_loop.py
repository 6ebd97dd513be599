"""What is said of a loop in a hover: verdict, why, roles, assumptions, evidence."""

from __future__ import annotations

from typing import Literal

from ...analysis.facts import Assumption, Reason, Variable
from ...reasoning.condition import tests_assumption
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from ..engine.switches import CANDIDATE, PARALLEL
from ..words import assumption_line, decisive_reasons, headline, needed_assumptions
from .markup import Markup

REASONS_SHOWN = 5
SwitchedOff = Literal["comment", "settings"]


def about_loop(loop: JudgedLoop, evidence: Evidence | None, write: Markup) -> str:
    """The whole hover; `evidence` where this very text was verified."""
    facts = loop.facts
    verdict, _, rest = headline(loop).partition(" ")
    parts = [f"{write.strong(verdict)} {write.words(rest)}"]
    if loop.pragma is not None:
        parts.append(write.block(loop.pragma))
        if not loop.pays:
            parts.append("It does too little work for a team of threads to pay.")
    parts += [reason_text(reason, write) for reason in decisive_reasons(loop)[:REASONS_SHOWN]]
    if variables := [v for v in facts.variables if v.role != "local"]:
        parts.append(_roles(variables, write))
    if needed := needed_assumptions(loop):
        lines = [f"{write.words(_assumption(each, loop))} ({write.finding(each.code)})" for each in needed]
        parts.append(write.list("Assumptions:", lines))
    parts += [f"{write.words(note.message)} ({write.finding(note.code)})" for note in facts.notes]
    if evidence is not None:
        parts.append(evidence_text(evidence, write))
    return "\n\n".join(parts)


def about_switches(loop: JudgedLoop, by: SwitchedOff | None, write: Markup) -> str:
    """How the loop is left out of lists, lenses and hints; or, where it is, what by."""
    if by == "comment":
        return write.words(
            "Switched off by a `pragmatist: ignore` comment, and shown here only. Without the comment it is on."
        )
    if by == "settings":
        return write.words(
            "Switched off by `diagnostics.disabled` in the settings or pragmatist.toml, and shown here only. "
            "Without its code there it is on."
        )
    code = _code(loop)
    if code is None:
        return write.words("To switch it off: `// pragmatist: ignore` at the loop.")
    return write.words(
        f"To switch it off: `// pragmatist: ignore {code}` at the loop, or `{code}` in `diagnostics.disabled`."
    )


def _code(loop: JudgedLoop) -> str | None:
    if loop.pragma is not None:
        return PARALLEL if loop.verdict.verdict == "parallel" else CANDIDATE
    reasons = decisive_reasons(loop)
    return reasons[0].code if reasons else None


def reason_text(reason: Reason, write: Markup) -> str:
    """The finding in words, its places by line, what helps, and its page."""
    head = f"{write.words(reason.message)} ({write.finding(reason.code)})"
    lines = []
    if reason.culprit is not None:
        lines.append(f"line {reason.place.line}: {write.code(reason.culprit)}")
    lines += [f"line {related.place.line}: {write.words(related.message)}" for related in reason.related]
    if reason.help is not None:
        lines.append(f"help: {write.words(reason.help)}")
    return write.list(head, lines) if lines else head


def evidence_text(evidence: Evidence, write: Markup) -> str:
    """What was checked and what came out, the speedup first."""
    words = f"Verification {evidence.verdict}"
    if evidence.speedup is not None:
        speedup = evidence.speedup
        words += f", {speedup.ratio:.1f} times as fast with {speedup.threads} threads"
    lines = [f"{check.name}: {check.outcome} {write.words(f'({check.detail})')}" for check in evidence.checks]
    if evidence.provided:
        lines.append(f"for the callers to see to: {write.words(evidence.provided)}")
    return write.list(f"{words}:", lines)


def _assumption(assumption: Assumption, loop: JudgedLoop) -> str:
    plan = loop.verdict.plan
    if assumption.discharged_by is None and plan is not None and tests_assumption(plan, assumption):
        return f"{assumption.message} (tested at run time by the pragma's `if`, which runs the loop serially otherwise)"
    return assumption_line(assumption)


def _roles(variables: list[Variable], write: Markup) -> str:
    rows = []
    for variable in variables:
        role = variable.role
        if variable.operator is not None:
            role = f"{role} ({variable.operator})"
        if variable.live_out and variable.role in ("lastprivate", "reduction"):
            role += ", read after the loop"
        name = variable.name + (variable.section or "")
        rows.append((write.code(name), role, write.code(variable.type)))
    return write.table(("variable", "role", "type"), rows)

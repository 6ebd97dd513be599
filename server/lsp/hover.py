"""Hover on a loop's header or on a directive: the verdict, and why, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...analysis.facts import DirectiveFacts, Place, Reason, Variable
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop, Judgement
from ..links import finding_page
from ..words import assumption_line, decisive_reasons, headline

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
BAR = "\\|"
REASONS_SHOWN = 5


def hover_at(
    judgement: Judgement, offset: int, evidence: Mapping[str, Evidence], *, markdown: bool
) -> tuple[Place, str] | None:
    """(what the hover is about, its text) at a byte offset: a directive, or the header of the innermost loop there.

    `evidence` is by loop id.
    """
    write = _Writer(markdown)
    for directive in judgement.directives:
        if directive.place.start <= offset < directive.place.end:
            return directive.place, _directive(directive, write)
    found: JudgedLoop | None = None
    for loop in judgement.loops:  # source order: an inner loop comes later
        if loop.facts.keyword.start <= offset < max(loop.facts.body.start, loop.facts.keyword.end):
            found = loop
    if found is None:
        return None
    return found.facts.keyword, _loop(found, evidence.get(found.facts.id), write)


class _Writer:
    """Text in Markdown or without."""

    def __init__(self, markdown: bool) -> None:
        self.markdown = markdown

    def words(self, text: str) -> str:
        """Plain words; what stands between backticks in them is code."""
        if not self.markdown:
            return text
        parts = text.split("`")
        if len(parts) % 2 == 0:
            return _escape(text)
        return "".join(self.code(part) if number % 2 else _escape(part) for number, part in enumerate(parts))

    def code(self, text: str) -> str:
        if not self.markdown or not text:
            return text
        fence = "``" if "`" in text else "`"
        return f"{fence}{text}{fence}"

    def block(self, text: str) -> str:
        return f"```c\n{text}\n```" if self.markdown else text

    def strong(self, text: str) -> str:
        return f"**{text}**" if self.markdown else text

    def finding(self, code: str) -> str:
        page = finding_page(code)
        return f"[{code}]({page})" if self.markdown and page is not None else code

    def table(self, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
        if self.markdown:
            cells = [head, tuple("---" for _ in head), *rows]
            return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in cells)
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in [head, *rows])


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _loop(loop: JudgedLoop, evidence: Evidence | None, write: _Writer) -> str:
    facts = loop.facts
    verdict, _, rest = headline(loop).partition(" ")
    parts = [f"{write.strong(verdict)} {write.words(rest)}"]
    if loop.pragma is not None:
        parts.append(write.block(loop.pragma))
        if not loop.pays:
            parts.append("It does too little work for a team of threads to pay.")
    parts += [_reason(reason, write) for reason in decisive_reasons(loop)[:REASONS_SHOWN]]
    if variables := [v for v in facts.variables if v.role != "local"]:
        parts.append(_roles(variables, write))
    if facts.assumptions and loop.verdict.plan is not None:
        lines = [f"- {write.words(assumption_line(a))} ({write.finding(a.code)})" for a in facts.assumptions]
        parts.append("\n".join(["Assumptions:", *([""] if write.markdown else []), *lines]))
    parts += [f"{write.words(note.message)} ({write.finding(note.code)})" for note in facts.notes]
    if evidence is not None:
        parts.append(_evidence(evidence, write))
    return "\n\n".join(parts)


def _reason(reason: Reason, write: _Writer) -> str:
    lines = [f"{write.words(reason.message)} ({write.finding(reason.code)})"]
    places = [(reason.place.line, reason.culprit)] if reason.culprit is not None else []
    lines += [f"- line {line}: {write.code(culprit)}" for line, culprit in places]
    lines += [f"- line {related.place.line}: {write.words(related.message)}" for related in reason.related]
    if reason.help is not None:
        lines.append(f"- help: {write.words(reason.help)}")
    if write.markdown and len(lines) > 1:
        lines.insert(1, "")
    return "\n".join(lines)


def _roles(variables: list[Variable], write: _Writer) -> str:
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


def _evidence(evidence: Evidence, write: _Writer) -> str:
    lines = [f"- {check.name}: {check.outcome} {write.words(f'({check.detail})')}" for check in evidence.checks]
    words = f"Verification {evidence.verdict}"
    if evidence.speedup is not None:
        words += f", {evidence.speedup.ratio:.1f} times as fast with {evidence.speedup.threads} threads"
    return "\n".join([f"{words}:", *([""] if write.markdown else []), *lines])


def _directive(directive: DirectiveFacts, write: _Writer) -> str:
    words = {"race": "races", "no_race": "no race found", "unknown": "cannot tell whether it races"}[directive.verdict]
    parts = [f"{write.code(directive.directive)}: {write.strong(words)}"]
    parts += [_reason(reason, write) for reason in directive.reasons[:REASONS_SHOWN]]
    if directive.fix is not None:
        parts += ["Corrected:", write.block(directive.fix)]
    return "\n\n".join(parts)

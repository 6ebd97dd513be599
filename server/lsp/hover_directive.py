"""What is said of an OpenMP directive in a hover: whether it races, what each clause does, what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from ...analysis.facts import DirectiveFacts, LoopFacts
from ...analysis.openmp.directive import Clause
from ...analysis.openmp.parse import parse_directive
from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from .clause_words import Sentence, sentences, unlisted
from .hover_loop import REASONS_SHOWN, evidence_text, reason_text
from .markup import Markup

_VERDICTS = {"race": "races", "no_race": "no race found", "unknown": "cannot tell whether it races"}
_CREATES_A_TEAM = ("parallel", "teams")


def about_directive(
    directive: DirectiveFacts,
    text: bytes,
    governed: JudgedLoop | None,
    evidence: Mapping[str, Evidence],
    write: Markup,
) -> str:
    """The whole hover; `text` is what was judged, `governed` the loop below the directive."""
    parts = [f"{write.code(directive.directive)}: {write.strong(_VERDICTS[directive.verdict])}"]
    parts += [reason_text(reason, write) for reason in directive.reasons[:REASONS_SHOWN]]
    if directive.fix is not None:
        parts += ["Corrected:", write.block(directive.fix)]
    place = directive.place
    parsed = parse_directive(text[place.start : place.end].decode("utf-8", "replace"), place.start, place.end)
    if parsed is not None:
        loop = governed.facts if governed is not None else None
        parts += _clauses(parsed.clauses, loop, write)
        if loop is not None and any(map(parsed.has, _CREATES_A_TEAM)):
            parts += _shared(parsed.clauses, loop, write)
    if governed is not None and (known := evidence.get(governed.facts.id)) is not None:
        parts.append(evidence_text(known, write))
    return "\n\n".join(parts)


def _clauses(clauses: tuple[Clause, ...], loop: LoopFacts | None, write: Markup) -> list[str]:
    found = sentences(clauses, loop)
    return [write.list("Its clauses:", [_line(each, write) for each in found])] if found else []


def _line(sentence: Sentence, write: Markup) -> str:
    line = f"{write.code(sentence.clause)}: {write.words(sentence.meaning)}"
    if sentence.doubt is not None:
        line += f". {write.strong('But')} {write.words(sentence.doubt)}"
    return line


def _shared(clauses: tuple[Clause, ...], loop: LoopFacts, write: Markup) -> list[str]:
    """The variables that no clause names, which are shared unless `default` says otherwise."""
    if any(clause.name == "default" and clause.items != ("shared",) for clause in clauses):
        return []
    names = [write.code(variable.name) for variable in unlisted(clauses, loop)]
    return [f"Shared, since no clause names them: {', '.join(names)}."] if names else []

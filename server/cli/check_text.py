"""The text that `check` prints: one paragraph a loop, compiler-style, with the source and both places of a reason."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from ...analysis.facts import DirectiveFacts, LoopFacts, Reason
from ..answers import printable_path
from ..engine.files import JudgedFile
from ..engine.judgement import JudgedLoop, Judgement
from ..engine.reading import Unreadable, read_source
from ..words import assumption_line, decisive_reasons, headline
from .excerpt import Mark, SourceLines, excerpt
from .terminal import Paint, printable, shows_colour, width

STYLES = {"parallel": "green", "candidate": "cyan", "serial": "bold", "unknown": "yellow"}
REASONS_SHOWN = 3


def render(files: Sequence[JudgedFile]) -> Iterator[str]:
    """The report, a piece at a time."""
    paint = Paint(shows_colour(sys.stdout))
    for file in files:
        if file.judgement is not None:
            yield from _file(file, file.judgement, paint)
    yield _summary(files, paint)


def _file(file: JudgedFile, judgement: Judgement, paint: Paint) -> Iterator[str]:
    if not judgement.loops and not judgement.directives and not judgement.errors:
        return
    try:
        lines = SourceLines(read_source(file.path))
    except Unreadable:  # gone since: the places still say where
        lines = SourceLines(b"")
    renderer = _Renderer(printable(printable_path(file.shown)), lines, paint, width())
    for error in judgement.errors:
        yield f"{renderer.where(error.line, 1)} {paint('yellow', 'note')}: {printable(error.message)}\n\n"
    for directive in judgement.directives:
        yield renderer.directive(directive)
    for loop in judgement.loops:
        yield renderer.loop(loop)


class _Renderer:
    def __init__(self, path: str, lines: SourceLines, paint: Paint, columns: int) -> None:
        self._path, self._lines, self._paint, self._columns = path, lines, paint, columns

    def where(self, line: int, column: int) -> str:
        return self._paint("bold", f"{self._path}:{line}:{column}:")

    def loop(self, loop: JudgedLoop) -> str:
        facts = loop.facts
        verdict, _, rest = headline(loop).partition(" ")
        style = STYLES[loop.verdict.verdict]
        head = f"{self.where(facts.keyword.line, facts.keyword.column)} {self._paint(style, verdict)} {printable(rest)}"
        reasons = decisive_reasons(loop)
        code = f" [{reasons[0].code}]" if reasons else ""
        lines = [head.rstrip() + self._paint("dim", code)]
        marks: list[Mark] = [(facts.keyword, "this loop", "blue")] if reasons else []
        lines += self._reasons(reasons, marks)
        if loop.pragma is not None:
            lines.append(f"  {self._paint('green', '+')} {printable(loop.pragma)}")
        lines += self._assumptions(facts)
        lines += [f"  note: {printable(note.message)} [{note.code}]" for note in facts.notes]
        return "\n".join(lines) + "\n\n"

    def directive(self, directive: DirectiveFacts) -> str:
        place = directive.place
        if directive.verdict == "no_race":
            return ""
        racy = directive.verdict == "race"
        first = directive.reasons[0] if directive.reasons else None
        title = self._paint("red", "race") if racy else self._paint("yellow", "unknown")
        words = first.message if first else "cannot tell whether what it governs races"
        code = self._paint("dim", f" [{first.code}]") if first else ""
        lines = [f"{self.where(place.line, place.column)} {title} in `{directive.directive}`: {printable(words)}{code}"]
        lines += self._reasons(directive.reasons, [(place, "this directive", "blue")])
        if directive.fix is not None:
            lines.append(f"  {self._paint('green', 'fix:')} {printable(directive.fix)}")
        return "\n".join(lines) + "\n\n"

    def _reasons(self, reasons: Sequence[Reason], marks: list[Mark]) -> list[str]:
        """The first reason in full below its headline, the others with a line of their own."""
        lines: list[str] = []
        for number, reason in enumerate(reasons[:REASONS_SHOWN]):
            if number:
                lines.append(f"  also: {printable(reason.message)}{self._paint('dim', f' [{reason.code}]')}")
            places: list[Mark] = [*marks, (reason.place, "", "red")]
            places += [(related.place, printable(related.message), "red") for related in reason.related]
            lines += excerpt(self._lines, places, self._paint, self._columns)
            if reason.help is not None:
                lines.append(f"  help: {printable(reason.help)}")
        if len(reasons) > REASONS_SHOWN:
            lines.append(f"  and {len(reasons) - REASONS_SHOWN} more (--format json lists them all)")
        return lines

    def _assumptions(self, facts: LoopFacts) -> list[str]:
        return [f"  assumes {printable(assumption_line(a))} [{a.code}]" for a in facts.assumptions]


def _summary(files: Sequence[JudgedFile], paint: Paint) -> str:
    judged = [file.judgement for file in files if file.judgement is not None]
    verdicts = Counter(loop.verdict.verdict for judgement in judged for loop in judgement.loops)
    races = sum(directive.verdict == "race" for judgement in judged for directive in judgement.directives)
    loops = sum(verdicts.values())
    parts = [
        f"{verdicts[verdict]} {paint(STYLES[verdict], verdict)}"
        for verdict in ("parallel", "candidate", "serial", "unknown")
        if verdicts[verdict]
    ]
    text = f"{_count(loops, 'loop')} in {_count(len(judged), 'file')}"
    if parts:
        text += f": {', '.join(parts)}"
    if races:
        text += f"; {paint('red', _count(races, 'racy directive'))}"
    if unread := len(files) - len(judged):
        text += f"; {_count(unread, 'file')} could not be read"
    return text + "\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

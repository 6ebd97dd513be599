"""The text that `check` prints: one paragraph a loop, compiler-style, with the source and both places of a reason."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from ...analysis.facts import DirectiveFacts, Place, Reason
from ..answers import printable_path
from ..engine.files import JudgedFile
from ..engine.judgement import JudgedLoop, Judgement
from ..engine.reading import Unreadable, read_source
from ..words import assumption_line, decisive_reasons, headline, needed_assumptions
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
    if not (judgement.loops or judgement.directives or judgement.errors or judgement.remarks):
        return
    try:
        lines = SourceLines(read_source(file.path))
    except Unreadable:  # gone since: the places still say where
        lines = SourceLines(b"")
    renderer = _Renderer(printable(printable_path(file.shown)), lines, paint, width())
    for error in judgement.errors:
        yield f"{renderer.where(error.line, 1)} {paint('yellow', 'note')}: {printable(error.message)}\n\n"
    for remark in judgement.remarks:
        yield renderer.remark(remark)
    for directive in judgement.directives:
        yield renderer.directive(directive)
    for loop in judgement.loops:
        yield renderer.loop(loop)


class _Renderer:
    def __init__(self, path: str, lines: SourceLines, paint: Paint, columns: int) -> None:
        self._path, self._lines, self._paint, self._columns = path, lines, paint, columns

    def where(self, line: int, column: int) -> str:
        return self._paint("bold", f"{self._path}:{line}:{column}:")

    def remark(self, remark: Reason) -> str:
        place = remark.place
        where, note = self.where(place.line, place.column), self._paint("yellow", "note")
        return f"{where} {note}: {printable(remark.message)}{self._code(remark.code)}\n\n"

    def loop(self, loop: JudgedLoop) -> str:
        facts = loop.facts
        verdict, _, rest = headline(loop).partition(" ")
        style = STYLES[loop.verdict.verdict]
        head = f"{self.where(facts.keyword.line, facts.keyword.column)} {self._paint(style, verdict)} {printable(rest)}"
        titled = loop.verdict.verdict in ("serial", "unknown")  # by the first reason's words
        assumed = {assumption.code for assumption in facts.assumptions}
        reasons = [r for r in decisive_reasons(loop) if titled or r.code not in assumed]
        lines = [head.rstrip() + (self._code(reasons[0].code) if titled and reasons else "")]
        lines += self._reasons(reasons, [(facts.keyword, "this loop", "blue")], titled=titled, whole=facts.keyword)
        if loop.pragma is not None:
            line = self._lines[facts.keyword.line].decode("utf-8", "replace")
            indent = printable(line[: len(line) - len(line.lstrip())])
            lines.append(f"  {self._paint('green', f'+ {indent}{printable(loop.pragma)}')}")
            lines.append(f"    {printable(line)}")
            if not loop.pays:
                lines.append("  note: too little work for threads to pay")
        needed = needed_assumptions(loop)
        lines += [f"  assumes {printable(assumption_line(a))}{self._code(a.code)}" for a in needed]
        lines += [f"  note: {printable(note.message)}{self._code(note.code)}" for note in facts.notes]
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
        lines += self._reasons(directive.reasons, [(place, "this directive", "blue")], titled=True)
        if directive.fix is not None:
            lines.append(f"  {self._paint('green', 'fix:')} {printable(directive.fix)}")
        return "\n".join(lines) + "\n\n"

    def _reasons(
        self, reasons: Sequence[Reason], around: list[Mark], *, titled: bool, whole: Place | None = None
    ) -> list[str]:
        """Each reason with its places. `titled`: the headline says the first one's words already.

        A reason at `whole` is about the loop as a whole, and pointing at it would say nothing.
        """
        lines: list[str] = []
        for number, reason in enumerate(reasons[:REASONS_SHOWN]):
            if number or not titled:
                also = "also: " if number else ""
                lines.append(f"  {also}{printable(reason.message)}{self._code(reason.code)}")
            if reason.place != whole:
                marks = [*(around if not number else ()), *_marks(reason)]
                lines += excerpt(self._lines, marks, self._paint, self._columns)
            if reason.help is not None:
                lines.append(f"  help: {printable(reason.help)}")
        if len(reasons) > REASONS_SHOWN:
            lines.append(f"  and {len(reasons) - REASONS_SHOWN} more (--format json lists them all)")
        return lines

    def _code(self, code: str) -> str:
        return self._paint("dim", f" [{code}]")


def _marks(reason: Reason) -> list[Mark]:
    """The reason's places; one that a related place covers exactly has that one's words."""
    related: list[Mark] = [(other.place, printable(other.message), "red") for other in reason.related]
    own: list[Mark] = [] if any(place == reason.place for place, _, _ in related) else [(reason.place, "", "red")]
    return [*own, *related]


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

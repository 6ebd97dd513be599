"""The text that `fix` prints: the loops and why, what each check found, the measured speedup, the diff."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import StringIO

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from ...codegen.diff import diff_text
from ...verification.evidence import Check, Evidence
from ..answers import printable_path
from ..engine.fix import FixedFile
from ..engine.judgement import JudgedLoop
from ..engine.verify import words_of_check
from ..words import decisive_reasons
from .terminal import printable, shows_colour, width

STYLES = {"parallel": "bold green", "candidate": "cyan", "serial": "bold", "unknown": "yellow"}
OUTCOMES = {
    "passed": ("✓", "green"),
    "refuted": ("✗", "bold red"),
    "inconclusive": ("?", "yellow"),
    "skipped": ("–", "dim"),
}
VERDICTS = {"passed": "green", "refuted": "bold red", "inconclusive": "yellow"}


def render(files: Sequence[FixedFile], *, written: bool) -> Iterator[str]:
    """The report, a file at a time."""
    for fixed in files:
        stream = StringIO()
        colour = shows_colour(sys.stdout)
        console = Console(
            file=stream, width=width(), force_terminal=colour, no_color=not colour, highlight=False, markup=False
        )
        for part in _file(fixed, written):
            console.print(part)
        yield "\n".join(line.rstrip() for line in stream.getvalue().split("\n"))


def _file(fixed: FixedFile, written: bool) -> Iterator[object]:
    name = printable(printable_path(fixed.file.shown))
    yield Text(name, style="bold underline")
    if not fixed.judgement.loops:
        yield Text("no loops\n")
        return
    if len(fixed.hidden) < len(fixed.judgement.loops):
        yield _loops(fixed)
    else:
        yield Text("no loops that are not switched off")
    yield from _races(fixed)
    verified = fixed.verified
    if verified.evidence:
        yield _checks(fixed)
        yield from _remarks(fixed)
    if verified.whole is not None and len(verified.inserted) > 1:
        yield _together(verified.whole, len(verified.inserted))
    if verified.edit is None:
        yield Text(f"{name}: nothing to insert\n")
        return
    yield Padding(Syntax(printable_diff(fixed), "diff", background_color="default", theme="ansi_dark"), (1, 0))
    count = f"{len(verified.inserted)} pragma{'s' * (len(verified.inserted) != 1)}"
    yield Text(
        f"{name}: {count} written\n" if written else f"{name}: not changed; --write inserts {count}\n", style="bold"
    )


def printable_diff(fixed: FixedFile) -> str:
    assert fixed.verified.edit is not None
    diff = diff_text(fixed.text, fixed.verified.edit)
    return "\n".join(printable(line) for line in diff.split("\n")).rstrip("\n")


def _loops(fixed: FixedFile) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("line", justify="right")
    table.add_column("in")
    table.add_column("verdict", no_wrap=True)
    table.add_column("why")
    for loop in fixed.reported().loops:
        facts, verdict = loop.facts, loop.verdict
        words = f"{verdict.verdict}" + (f", {verdict.basis}" if verdict.basis else "")
        indent = "  " * facts.depth
        table.add_row(
            f"{facts.keyword.line}", printable(facts.function or ""), Text(indent + words, STYLES[verdict.verdict]),
            printable(_why(loop, fixed)),
        )  # fmt: skip
    return table


def _races(fixed: FixedFile) -> Iterator[Text]:
    """Directives that stand in the text and race: `fix` inserts, and leaves the author's own for the author."""
    for directive in fixed.reported().directives:
        if directive.verdict == "race":
            words = directive.reasons[0].message if directive.reasons else "what it governs races"
            text = Text(f"line {directive.place.line}: ").append("race", "bold red").append(f": {printable(words)}")
            yield text.append(f"; correct is: {printable(directive.fix)}" if directive.fix is not None else "")


def _why(loop: JudgedLoop, fixed: FixedFile) -> str:
    loop_id = loop.facts.id
    if loop_id in fixed.verified.refused:
        return fixed.verified.refused[loop_id]
    reasons = decisive_reasons(loop)
    if loop.verdict.verdict in ("serial", "unknown") and reasons:
        reason = reasons[0]
        if reason.place == loop.facts.keyword:  # about the loop as a whole
            return reason.message
        lines = dict.fromkeys([reason.place.line, *(related.place.line for related in reason.related)])
        return f"{reason.message} (line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))})"
    if loop.facts.existing_directive is not None:
        return f"{loop.facts.existing_directive} governs it already"
    if loop_id in fixed.verified.slower:
        found = fixed.verified.evidence[loop_id]
        busy = found.speedup is not None and found.speedup.busy >= 1
        here = "here, on a busy machine" if busy else "here"
        words = "slower" if found.gain == "slower" else "no faster"
        return f"left as it is: {words} in parallel {here} (--keep-slower inserts it)"
    if loop_id in fixed.verified.provided:
        only = fixed.verified.evidence[loop_id].provided
        return f"left as it is: right only if {only}, for which no if clause can ask (--assume-no-overlap inserts it)"
    if loop.pragma is None:
        return ""
    if not loop.pays:
        return "left as it is: too little work for threads to pay"
    if all(loop_id != chosen.facts.id for chosen in fixed.chosen):
        return "left as it is: the loop around it runs in parallel"
    return loop.pragma.removeprefix("#pragma omp ")


def _checks(fixed: FixedFile) -> Table:
    evidence = fixed.verified.evidence
    names = list(dict.fromkeys(check.name for each in evidence.values() for check in each.checks))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("line", justify="right")
    for name in names:
        table.add_column(name, justify="center")
    table.add_column("evidence")
    table.add_column("speedup of the loop")
    for loop in fixed.chosen:
        if (found := evidence.get(loop.facts.id)) is None:
            continue
        checks = {check.name: check for check in found.checks}
        marks = [Text(*OUTCOMES[checks[name].outcome]) if name in checks else Text("") for name in names]
        line = str(loop.facts.keyword.line)
        table.add_row(line, *marks, Text(found.verdict, VERDICTS[found.verdict]), _speedup(found))
    return table


def _speedup(evidence: Evidence) -> str:
    speedup = evidence.speedup
    if speedup is None:
        return ""
    ratio = speedup.loop_ratio if speedup.loop_ratio is not None else speedup.ratio
    return f"{ratio:.2f} × on {speedup.threads} threads"


def _remarks(fixed: FixedFile) -> Iterator[Text]:
    """What the marks of the table do not say: what is assumed, and what each check that did not pass found."""
    said: dict[str, list[int]] = {}
    for loop in fixed.chosen:
        evidence = fixed.verified.evidence.get(loop.facts.id)
        for check in evidence.checks if evidence is not None else ():
            if check.outcome != "passed" or check.name == "assumptions":
                said.setdefault(_remark(check), []).append(loop.facts.keyword.line)
    for words, lines in said.items():
        where = f"line{'s' * (len(lines) != 1)} {', '.join(map(str, lines))}"
        yield Text(f"{where}: {printable(words)}")


def _remark(check: Check) -> str:
    return f"{check.name} {check.outcome}: {words_of_check(check)}"


def _together(evidence: Evidence, count: int) -> Group:
    lines = [Text(f"All {count} together: ").append(evidence.verdict, VERDICTS[evidence.verdict])]
    for check in evidence.checks:
        mark, style = OUTCOMES[check.outcome]
        lines.append(Text("  ").append(mark, style).append(f" {check.name}: {printable(check.detail)}"))
    speedup = evidence.speedup
    if speedup is not None:
        took = f"{speedup.parallel_seconds:.3g} s on {speedup.threads} threads"
        serial = f"the best serial build ({speedup.serial_build}) {speedup.serial_seconds:.3g} s"
        ratio = f"{speedup.ratio:.2f} × ({speedup.spread[0]:.2f} to {speedup.spread[1]:.2f})"
        lines.append(Text(f"The program takes {took}, {serial}: {ratio}", style="bold"))
    return Group(*lines)

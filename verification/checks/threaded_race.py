"""The threaded race check: real threads under clang's ThreadSanitizer, which Archer tells of OpenMP's synchronisation.

The pragma is run as inserted, except that the schedule is chosen here where the plan leaves it open: a dynamic one
gives neighbouring iterations to one thread so often that races hide. Two blocks show what crosses the middle, as long
as it is not too long ago for ThreadSanitizer. Dealing out one iteration at a time shows every odd distance, and seven
at a time on three threads the others, but for multiples of 42, a rare factor of the sizes in programs. -O0, since an
optimiser may keep in a register what would race in memory, and for exact places.

A clean run says something only where the loop did run, in more than one thread: harness/observe.c counts that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ..compilers import RACE_STATUS, race_environment
from ..concurrency import concurrently
from ..copies import CHUNK, Copy, line_starts, observed, serial, with_schedule
from ..evidence import Check, Trace
from ..request import PlannedEdit
from ..sources import source_texts
from ..turns import Turn, side_by_side
from ..workbench import Build, Observation, Ran, Workbench
from .answers import Stopwatch, first_error
from .program import NotRunnable, meanwhile, serial_run


class _Setting(msgspec.Struct, frozen=True):
    """`chunk`: so many iterations at a time; None for one block a thread."""

    threads: int
    chunk: int | None = None

    @property
    def schedule(self) -> str:
        return "static" if self.chunk is None else f"static,{self.chunk}"

    def in_text(self, bench: Workbench) -> str:
        """All that have a chunk are of one build. Of short runs all are: asking the runtime for each chunk makes short
        loops many times slower, but not ours slow, and takes a build less."""
        if bench.has_short_runs:
            return "runtime"
        return "static" if self.chunk is None else f"static,{CHUNK}"

    def environment(self, bench: Workbench) -> dict[str, str]:
        """What tells the text the rest."""
        if bench.has_short_runs:
            return {"OMP_SCHEDULE": self.schedule}
        return {} if self.chunk is None else {"PRAGMATIST_CHUNK": str(self.chunk)}


RUNS = (_Setting(2), _Setting(2, 1), _Setting(3, 7))
_FLAGS = ("-O0", "-g", "-fno-omit-frame-pointer", "-fsanitize=thread")
_MANY_ITERATIONS = 50_000  # beyond, ThreadSanitizer forgets the first of two accesses that lie far apart in time
_REPORT = re.compile(r"^WARNING: ThreadSanitizer: (.*?) \(pid=\d+\)$(.*?)^SUMMARY", re.MULTILINE | re.DOTALL)
_ACCESS = re.compile(
    r"^  ((?:Previous )?(?:atomic )?(?:read|write) of size \d+).*? by (main thread|thread T\d+).*?:$"
    r"((?:\n    #\d+ .*)+)",
    re.MULTILINE | re.IGNORECASE,
)
_FRAME = re.compile(r"^    #\d+ (.*?) (/.*?):(\d+)(?::(\d+))?(?: \(|$)", re.MULTILINE)
# The OpenMP runtime gives the memory of one task to the next, of which ThreadSanitizer hears nothing.
_OF_RUNTIME = re.compile(
    r"^  Location is heap block .* allocated by .*:\n    #0 \S*alloc\S* .*\n    #1 .*\((?:libomp|libiomp5)\.so",
    re.MULTILINE,
)
# Of these Archer tells ThreadSanitizer nothing: what they order looks like a race. The lanes know of all of them.
_UNHEARD = {
    "what `depend(sink)` and `depend(source)` order": re.compile(
        rb"\bdepend[ \t]*\([ \t]*(?:sink|source)|\bdoacross\b"
    ),
    "reductions over tasks": re.compile(
        rb"\b(?:task_reduction|in_reduction)\b|\breduction[ \t]*\([ \t]*task\b|\btaskloop\b[^\n]*\breduction\b"
    ),
    "`flush`": re.compile(rb"\bomp[ \t]+flush\b"),
}
_LOCATION = re.compile(r"^  Location is (.*?)(?: at 0x[0-9a-f]+)?(?: \(.*\)| allocated by.*)?:?$", re.MULTILINE)


class Race(msgspec.Struct, frozen=True):
    """One report: a trace for each of its two accesses, and the lines of the copy that its stacks pass through."""

    traces: tuple[Trace, ...]
    lines: frozenset[int]


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[Check]:
    watch = Stopwatch("threaded-race")
    tools = bench.toolchain.race
    if tools is None:
        help = "Debian, Ubuntu: apt install clang-19 libomp-19-dev llvm-19"
        return [watch.answer("skipped", f"{bench.toolchain.race_problem} ({help})")] * len(edits)
    request = bench.request
    copies = [_copy(bench, edits, setting.in_text(bench)) for setting in RUNS]
    try:
        building = concurrently(_build(bench, copy) for copy in copies)
        builds = await meanwhile(bench, _can_be_asked(bench), building)
    except NotRunnable as problem:
        return [watch.answer("inconclusive", str(problem))] * len(edits)
    commands = [build.command for build in builds]
    for build in builds:
        if not build.ok:
            detail = f"the program cannot be built for the check: {build.stopped or first_error(build.messages)}"
            return [watch.answer("inconclusive", detail, commands=commands)] * len(edits)
    runs = await _runs(bench, builds, RUNS)
    commands += [ran.command for ran in runs]
    copy = copies[0]  # places are translated to the original, and there the copies are alike
    races = [race for each, ran in zip(copies, runs, strict=True) for race in _races(ran, each, request.path)]
    races = list(dict.fromkeys(races))
    answers = []
    for number, edit in enumerate(edits):
        own = [race for race in races if _passes_through(race, copy, edit)]
        of_nobody = [race for race in races if not any(_passes_through(race, copy, each) for each in edits)]
        if not own and of_nobody and bench.has_threads and all(len(race.traces) > 1 for race in of_nobody):
            # One that the unedited program, which was asked once, did not show by chance.
            words = f"the program seems to have a data race of its own: {_accesses(of_nobody[0])}"
            words += false_alarms([request.text, *source_texts(request)])
            answers.append(watch.answer("inconclusive", words, commands=commands))
        elif found := own or of_nobody:
            detail = f"{tools.compiler.name} with Archer: {_accesses(found[0])}"
            if len(found) > 1:
                detail += f", and {len(found) - 1} more pairs"
            traces = [trace for race in found[:5] for trace in race.traces]
            answers.append(watch.answer("refuted", detail, traces, commands))
        elif doubt := _doubt(runs, number):
            answers.append(watch.answer("inconclusive", doubt, commands=commands))
        else:
            answers.append(
                watch.answer("passed", _said(bench, edit, runs, number, tools.compiler.name), commands=commands)
            )
    return answers


def _copy(bench: Workbench, edits: Sequence[PlannedEdit], schedule: str) -> Copy:
    forced = [with_schedule(bench.request.text, edit, schedule) for edit in edits]
    return observed(bench.request.text, forced, iterations=True, language=bench.request.language)


async def _build(bench: Workbench, copy: Copy) -> Build:
    tools = bench.toolchain.race
    assert tools is not None
    return await bench.build(copy.text, tools.compiler, (*bench.flags.tuning, *_FLAGS), openmp=True, observe=True)


async def _runs(bench: Workbench, builds: Sequence[Build], settings: Sequence[_Setting]) -> Sequence[Ran]:
    tools = bench.toolchain.race
    assert tools is not None
    # Nested regions fork too: they would else be left unchecked within another's.
    more = {"OMP_STACKSIZE": "64M", "OMP_MAX_ACTIVE_LEVELS": "4"}
    turns = [
        Turn(build, each.threads, race_environment(tools, each.threads) | more | each.environment(bench))
        for build, each in zip(builds, settings, strict=True)
    ]
    return await side_by_side(bench, turns, report=True)


async def _can_be_asked(bench: Workbench) -> None:
    await serial_run(bench)
    await _original_is_clean(bench)


async def _original_is_clean(bench: Workbench) -> None:
    """Raises `NotRunnable` where the unedited program has threads of its own, and they race."""
    if not bench.has_threads:
        return

    async def run() -> list[Race]:
        copy = observed(bench.request.text, serial(()), iterations=False, language=bench.request.language)
        build = await _build(bench, copy)
        return _races((await _runs(bench, [build], RUNS[:1]))[0], copy, bench.request.path) if build.ok else []

    races = await bench.once("races of the original", run)
    if races:
        words = f"the unedited program has a data race already: {_accesses(races[0])}"
        raise NotRunnable(words + false_alarms([bench.request.text, *source_texts(bench.request)]))


def false_alarms(texts: Sequence[bytes]) -> str:
    """Words that go behind a report on a program of these texts, where it may be none."""
    unheard = [words for words, uses in _UNHEARD.items() if any(uses.search(text) for text in texts)]
    if not unheard:
        return ""
    return f"; that may be a false alarm, since ThreadSanitizer does not hear of {' and '.join(unheard)}"


def reports(text: str) -> list[re.Match[str]]:
    """ThreadSanitizer's reports of races, but for those about memory that the OpenMP runtime uses again."""
    return [report for report in _REPORT.finditer(text) if not _OF_RUNTIME.search(report[2])]


def _races(ran: Ran, copy: Copy, path: str) -> list[Race]:
    found = []
    for report in reports(ran.completed.text):
        location = _LOCATION.search(report[2])
        where = f" to {location[1]}" if location else ""
        traces: list[Trace] = []
        lines: set[int] = set()
        for access in _ACCESS.finditer(report[2]):
            frames = list(_FRAME.finditer(access[3]))
            lines.update(int(frame[3]) for frame in frames if frame[2] == path)
            here = next((frame for frame in frames if frame[2] == path), frames[0] if frames else None)
            if here is not None:
                line, column = int(here[3]), int(here[4]) if here[4] else None
                if here[2] == path:
                    line, column = copy.origin(line, column)
                traces.append(Trace(here[2], line, column, f"{access[1].lower()} by {access[2]}{where}"))
        found.append(Race(tuple(traces), frozenset(lines)))
    return found


def _passes_through(race: Race, copy: Copy, edit: PlannedEdit) -> bool:
    starts = line_starts(copy.original)
    for line in race.lines:
        at = starts[min(copy.origin(line)[0], len(starts)) - 1]
        end = next((start for start in starts if start > at), len(copy.original))
        if at < edit.statement.end and end > edit.statement.start:
            return True
    return False


def _accesses(race: Race) -> str:
    places = [f"{trace.message} at line {trace.line}" for trace in race.traces]
    return " and ".join(places) or "a data race outside the file"


def _doubt(runs: Sequence[Ran], number: int) -> str | None:
    """Why runs without a report say nothing of a loop; None where they do."""
    for setting, ran in zip(RUNS, runs, strict=True):
        done, how = ran.completed, f"under ThreadSanitizer, {setting.threads} threads, {setting.schedule}"
        if done.stopped:
            return f"the program was ended {how}: {done.stopped}; give it arguments with which it does less"
        if _OF_RUNTIME.search(done.text):
            return f"{how} it was ended by a false alarm: the runtime gives the memory of one task to the next"
        if done.status >= 128 or (done.status == RACE_STATUS and "ThreadSanitizer" in done.text):
            return f"the program died {how}: status {done.status}"
        if ran.program_seconds is None:
            return f"the program ended without a report {how} (by _exit or abort), so nobody saw whether the loop ran"
        seen = ran.loops.get(number, Observation(0, 0, 0, 0.0))
        if seen.entries == 0:
            return "the loop is not reached in this run of the program; give it arguments with which it is"
        if seen.threads < 2:
            return (
                "the loop ran on one thread only: fewer than two iterations in this run, or an if clause that is false"
            )
    return None


def _asks(edit: PlannedEdit) -> bool:
    return any(re.search(r"\bif[ \t]*\(", change.text) for change in edit.changes)


def _said(bench: Workbench, edit: PlannedEdit, runs: Sequence[Ran], number: int, compiler: str) -> str:
    schedules = ", ".join(f"{setting.threads} threads {setting.schedule}" for setting in RUNS)
    seen = runs[0].loops[number]
    detail = f"{compiler} with Archer saw no race in {seen.iterations} iterations ({schedules})"
    # Without a count of the longest entry, as from a test command's processes, their mean has to do.
    most = seen.most or seen.iterations // seen.entries
    if most > _MANY_ITERATIONS:
        detail += f"; with {most} iterations a time, races between far-apart iterations may go unseen"
        if bench.driver is not None and not bench.driver.given:
            # Where an if clause asks for much work, the smaller inputs ran on one thread.
            detail += "" if _asks(edit) else " there, but not on the smaller inputs"
        elif bench.request.command is None:
            detail += "; to have it look there too, give the program arguments with which the loop is shorter"
    return detail

"""The lane race check: our own OpenMP runtime, on which two iterations meet whatever the schedule or the cores.

The program is built with gcc's ThreadSanitizer and linked with lanes/runtime instead of gcc's own runtime. One thread
runs all lanes in turn, and the only order between them is OpenMP's own, so every two accesses that it leaves
unordered are seen, if the two iterations come to lie on different lanes. Which do follows from a seed; two are tried,
and a second run of the same seed says the same.

What it cannot watch it says: an unfinished run, or a loop that the compiler would not have dealt out, is inconclusive.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..concurrency import Precedence, preceding
from ..copies import Copy, line_starts, observed, serial
from ..evidence import Check, Trace
from ..lanes.build import LaneBuild, lane_build
from ..lanes.commanded import prepared_for_lanes
from ..lanes.run import DEFAULT_LANES, DEFAULT_SEEDS, LaneRace, LaneRun, lane_runs, merged
from ..request import PlannedEdit
from ..user_command import CommandBench
from ..workbench import Observation, Workbench
from .answers import Stopwatch, first_error
from .program import NotRunnable, meanwhile, serial_run

_HELP = "Debian, Ubuntu: apt install gcc binutils"


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[Check]:
    watch = Stopwatch("lane-race")
    tools = bench.toolchain.lanes
    if tools is None:
        return [watch.answer("skipped", f"{bench.toolchain.lanes_problem} ({_HELP})")] * len(edits)
    copy = observed(bench.request.text, edits, iterations=True, language=bench.request.language)
    try:
        with preceding(Precedence.CHAIN):  # preprocessing, compiling, linking and running, each after the other
            built = await meanwhile(bench, _can_be_asked(bench), _build(bench, copy.text, observe=True))
    except NotRunnable as problem:
        return [watch.answer("inconclusive", str(problem))] * len(edits)
    commands = [built.build.command]
    if not built.build.ok:
        detail = (
            f"the program cannot be built for the check: {built.build.stopped or first_error(built.build.messages)}"
        )
        return [watch.answer("inconclusive", detail, commands=commands)] * len(edits)
    with preceding(Precedence.CHAIN):
        runs = await lane_runs(bench, built.build, {bench.request.path: copy.text}, observe=True)
    commands += [run.ran.command for run in runs]
    races = merged(runs)
    answers = []
    for number, edit in enumerate(edits):
        own = [race for race in races if _passes_through(bench, race, copy, edit)]
        of_nobody = [race for race in races if not any(_passes_through(bench, race, copy, each) for each in edits)]
        if found := own or of_nobody:
            detail = _said(bench, found[0], copy)
            if len(found) > 1:
                detail += f"; {len(found) - 1} more {'pair' if len(found) == 2 else 'pairs'}"
            traces = [trace for race in found[:5] for trace in _traces(bench, race, copy)]
            answers.append(watch.answer("refuted", detail, traces, commands))
        elif doubt := _doubt(bench, built, runs, number, copy, edit):
            answers.append(watch.answer("inconclusive", doubt, commands=commands))
        else:
            seen = runs[0].ran.loops[number]
            detail = (
                f"no race between any of {seen.iterations} iterations on {DEFAULT_LANES} lanes "
                f"({tools.compiler.name}, seeds {', '.join(map(str, DEFAULT_SEEDS))})"
            )
            answers.append(watch.answer("passed", detail, commands=commands))
    return answers


async def _build(bench: Workbench, text: bytes, *, observe: bool = False) -> LaneBuild:
    if isinstance(bench, CommandBench):
        return await prepared_for_lanes(bench, text, observe=observe)
    return await lane_build(bench, text, observe=observe)


async def _can_be_asked(bench: Workbench) -> None:
    await serial_run(bench)
    await _original_is_clean(bench)


async def _original_is_clean(bench: Workbench) -> None:
    """Raises `NotRunnable` where the unedited program has parallel regions of its own, and they race."""
    if b"omp" not in bench.request.text and not bench.has_threads:
        return

    async def run() -> list[LaneRace]:
        copy = observed(bench.request.text, serial(()), iterations=False, language=bench.request.language)
        built = await _build(bench, copy.text)
        if not built.build.ok:
            return []
        return merged(await lane_runs(bench, built.build, {bench.request.path: copy.text}, seeds=DEFAULT_SEEDS[:1]))

    races = await bench.once("lane races of the original", run)
    if races:
        raise NotRunnable(f"the unedited program has a data race already: {races[0]}")


def _traces(bench: Workbench, race: LaneRace, copy: Copy) -> list[Trace]:
    traces = []
    for access in race.accesses:
        if access.spot is None:
            continue
        line, column = access.spot.line, access.spot.column
        if access.spot.file == bench.request.path:
            line, column = copy.origin(line, column)
        what = f"{access.kind} of `{access.expression}`" if access.expression else access.kind
        where = f" in {access.within}" if access.within else ""
        traces.append(Trace(access.spot.file, line, column, what + where))
    return traces


def _said(bench: Workbench, race: LaneRace, copy: Copy) -> str:
    words = [f"{trace.message} at line {trace.line}" for trace in _traces(bench, race, copy)]
    places = " and ".join(words) or "two accesses outside the program's sources"
    about = f"`{race.variable}`: " if race.variable else ""
    return f"data race on {about}{places}, with no order between them" if about else f"data race: {places}"


def _passes_through(bench: Workbench, race: LaneRace, copy: Copy, edit: PlannedEdit) -> bool:
    starts = line_starts(copy.original)
    for access in race.accesses:
        for spot in access.stack:
            if spot.file != bench.request.path:
                continue
            at = starts[min(copy.origin(spot.line)[0], len(starts)) - 1]
            end = next((start for start in starts if start > at), len(copy.original))
            if at < edit.statement.end and end > edit.statement.start:
                return True
    return False


def _doubt(
    bench: Workbench, built: LaneBuild, runs: Sequence[LaneRun], number: int, copy: Copy, edit: PlannedEdit
) -> str | None:
    """Why runs without a race say nothing of a loop; None where they do."""
    for each in built.unwatched:
        if each.file == bench.request.path and 0 <= edit.line - copy.origin(each.line)[0] <= 2:
            return f"the loop is not watched iteration by iteration: {each.why}"
    for run in runs:
        if run.problem is not None:
            return run.problem
        if run.ran.program_seconds is None:
            return "the program ended without a report (by _exit or abort), so nobody saw whether the loop ran"
        seen = run.ran.loops.get(number, Observation(0, 0, 0, 0.0))
        if seen.entries == 0:
            return "the loop is not reached in this run of the program; give it arguments with which it is"
        if seen.threads < 2:
            return "the loop ran on one lane only: fewer than two iterations in this run, or an if clause that is false"
    return None

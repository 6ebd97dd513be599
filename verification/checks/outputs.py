"""The outputs check: the parallel program leaves what the serial one leaves.

Compared are exit status, standard output, standard error and the files in the scratch directory (../expectation.py
says how numbers are). The serial program is built several ways, with and without optimisation and once with leave to
reorder sums, so that the rounding which a reordering makes is measured rather than assumed. Where the plan itself
combines numbers in whatever order iterations run, what reversing and shuffling them in serial makes of the sums is
measured too (serial_orders.py), as long as it is small enough to be rounding; elsewhere they must leave the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ..compilers import Compiler
from ..concurrency import both, concurrently
from ..copies import Copy, merged, with_schedule
from ..evidence import Check
from ..expectation import Expectation, Outcome, Unusable
from ..request import PlannedEdit
from ..rivals import begun_parallel_build, begun_serial_builds
from ..turns import Turn, side_by_side
from ..workbench import Build, Ran, Workbench
from . import serial_orders
from .answers import Stopwatch, first_error
from .program import NotRunnable, meanwhile, reference_build, serial_build, serial_run
from .serial_orders import SerialRuns, may_reorder_sums, serial_runs

# -fassociative-math needs the two behind it. It is what lets a compiler sum in another order, as threads do.
REORDERED = ("-O3", "-march=native", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math")


class Setting(msgspec.Struct, frozen=True):
    """One way to run in parallel; without a `schedule` the pragma runs as inserted."""

    family: str
    threads: int
    schedule: str | None = None


THOROUGH = (
    Setting("gcc", 1),
    Setting("gcc", 2),
    Setting("gcc", 4),
    Setting("gcc", 8),
    Setting("clang", 2),
    Setting("clang", 3),
    Setting("clang", 2, "static,1"),
    Setting("clang", 3, "guided"),
    Setting("clang", 4, "dynamic,3"),
    Setting("clang", 8, "dynamic,3"),
)
# For one plan of several that are also checked thoroughly in one text.
BRIEF = (Setting("gcc", 3),)


async def check(bench: Workbench, edits: Sequence[PlannedEdit], settings: Sequence[Setting] = THOROUGH) -> list[Check]:
    watch = Stopwatch("outputs")
    try:
        await meanwhile(bench, _expected(bench), _builds(bench, edits, settings))
        expectation = await _expected(bench)
    except (NotRunnable, Unusable) as problem:
        return [watch.answer("inconclusive", str(problem))] * len(edits)
    serial, runs = await both(serial_runs(bench, edits), _runs(bench, edits, settings))
    commands = [serial.build.command, *(each.ran.command for each in serial.runs)]
    commands += [command for _, build, ran in runs for command in (build.command, *([ran.command] if ran else []))]
    unclear: str | None = None
    measured: list[Outcome] = []
    combining = may_reorder_sums(bench, edits)
    for each in serial.runs:
        how = f"{serial.compiler} -O2, one thread, {each.words}"
        if each.ran.completed.stopped:
            unclear = unclear or f"{how}: it was ended: {each.ran.completed.stopped}"
            continue
        difference, _ = expectation.compare(_outcome(each.ran))
        if difference is not None and difference.kind == "refuted":
            return [watch.answer("refuted", f"{how}: {difference.message}", commands=commands)] * len(edits)
        if difference is not None and not (each.reorders and combining):
            unclear = unclear or f"{how}: {difference.message}"
        elif each.reorders and combining:
            measured.append(_outcome(each.ran))
    try:
        expectation = expectation.widened(measured) if measured else expectation
    except Unusable as problem:
        return [watch.answer("inconclusive", str(problem), commands=commands)] * len(edits)
    largest = 0.0
    for setting, (compiler, build, ran) in zip(settings, runs, strict=True):
        how = (
            f"{compiler.name} {_level(build)}, {setting.threads} threads, schedule {setting.schedule or 'as inserted'}"
        )
        if ran is None:
            unclear = unclear or f"{how}: it cannot be built: {build.stopped or first_error(build.messages)}"
        elif ran.completed.stopped:
            unclear = unclear or f"{how}: it was ended: {ran.completed.stopped}"
        else:
            difference, relative = expectation.compare(_outcome(ran))
            largest = max(largest, relative)
            if difference is not None and difference.kind == "refuted":
                return [watch.answer("refuted", f"{how}: {difference.message}", commands=commands)] * len(edits)
            if difference is not None:
                unclear = unclear or f"{how}: {difference.message}"
    if unclear is None and any(re.search(r"\btarget\b", change.text) for edit in edits for change in edit.changes):
        unclear = "target regions ran on the host, which shares its memory with them: their map clauses are not checked"
    if unclear is not None:
        return [watch.answer("inconclusive", unclear, commands=commands)] * len(edits)
    said = _said(expectation, largest, settings, serial, await _not_compared(bench))
    return [watch.answer("passed", said, commands=commands)] * len(edits)


async def serial_builds(bench: Workbench) -> list[Build]:
    """The unedited program, as `serial_run` has it and in the other ways. Raises `NotRunnable` where one fails.

    Of a compiler that builds it to be timed as well that build will do: one that may reorder sums is enough.
    """
    first, *others = bench.toolchain.representatives
    timed = {way.compiler: build for way, build in (await begun_serial_builds(bench)).items() if build.ok}
    ways = [(first, ("-O0",)), *((each, REORDERED) for each in (first, *(o for o in others if o not in timed)))]
    builds = await concurrently([reference_build(bench), *(serial_build(bench, *way) for way in ways)])
    return [*builds, *(timed[other] for other in others if other in timed)]


async def _expected(bench: Workbench) -> Expectation:
    return await bench.once("expectation", lambda: _expectation(bench))


async def _expectation(bench: Workbench) -> Expectation:
    """Raises `NotRunnable` and `Unusable`."""
    reference = await serial_run(bench)  # first: without a compiler it says so
    first = bench.toolchain.representatives[0]

    async def serial() -> list[Outcome | None]:
        turns = [Turn(build, 1) for build in await serial_builds(bench)]
        return [_unless_stopped(ran) for ran in await side_by_side(bench, turns)]

    async def own_threads(threads: int) -> Outcome | None:
        """A program with OpenMP in it already may well print how many threads it has, or sum in their order."""
        build = await bench.build(bench.request.text, first, (*bench.flags.tuning, "-O2"), openmp=True)
        return _unless_stopped(await bench.run(build, threads=threads, collect=True)) if build.ok else None

    (again, *variants), threaded = await both(
        serial(),
        concurrently(own_threads(threads) for threads in ((2, 4) if bench.has_threads else ())),
    )
    if again is None:
        raise Unusable("the serial program ended by itself once, and by a limit when it was run again")
    return Expectation(
        [_outcome(reference), again],
        [variant for variant in [*variants, *threaded] if variant is not None],
        single_precision=re.search(rb"\bfloat\b", bench.request.text) is not None,
    )


async def _builds(bench: Workbench, edits: Sequence[PlannedEdit], settings: Sequence[Setting]) -> None:
    """All that the edited program is asked for in: while the serial one is run, there are cores for it."""
    ways = dict.fromkeys((setting.family, setting.schedule is not None) for setting in settings)
    await both(serial_orders.build(bench, edits), concurrently(_build(bench, edits, *way) for way in ways))


async def _build(bench: Workbench, edits: Sequence[PlannedEdit], family: str, at_run_time: bool) -> Build:
    """One build serves all schedules of the check's own: the runtime is told which by a variable. Of the text as
    inserted one that is built to be timed will do."""
    text, compiler = bench.request.text, _compiler(bench, family)
    if not at_run_time and (timed := await begun_parallel_build(bench, edits, compiler)) is not None:
        return timed
    edits = [with_schedule(text, edit, _at_run_time(edit)) for edit in edits] if at_run_time else edits
    return await bench.build(Copy(text, merged(edits)).text, compiler, (*bench.flags.tuning, "-O2"), openmp=True)


def _compiler(bench: Workbench, family: str) -> Compiler:
    return bench.toolchain.newest(family) or bench.toolchain.representatives[0]


async def _runs(
    bench: Workbench, edits: Sequence[PlannedEdit], settings: Sequence[Setting]
) -> list[tuple[Compiler, Build, Ran | None]]:
    """In the order of the settings."""
    of_one_compiler: dict[str, list[Setting]] = {}
    for setting in settings:
        of_one_compiler.setdefault(setting.family, []).append(setting)
    found: dict[Setting, tuple[Compiler, Build, Ran | None]] = {}

    async def run(family: str, alike: Sequence[Setting]) -> None:
        compiler = _compiler(bench, family)
        builds = await concurrently(_build(bench, edits, family, each.schedule is not None) for each in alike)
        found.update({setting: (compiler, build, None) for setting, build in zip(alike, builds, strict=True)})
        good = [(setting, build) for setting, build in zip(alike, builds, strict=True) if build.ok]
        ran = await side_by_side(bench, [_turn(build, setting) for setting, build in good])
        found.update({setting: (compiler, build, each) for (setting, build), each in zip(good, ran, strict=True)})

    await concurrently(run(*each) for each in of_one_compiler.items())
    return [found[setting] for setting in settings]


def _level(build: Build) -> str:
    return re.findall(r"(?<!\S)-O\w*", " ".join(build.command))[-1]


def _turn(build: Build, setting: Setting) -> Turn:
    environment = {"OMP_WAIT_POLICY": "passive"}
    if setting.schedule is not None:
        environment["OMP_SCHEDULE"] = setting.schedule
    return Turn(build, setting.threads, environment)


def _at_run_time(edit: PlannedEdit) -> str:
    """A schedule left to the runtime, such that an `if` clause still keeps iterations in order where it is false.

    clang takes iterations under such a schedule for independent of one another, and vectorises them, whatever the
    `if` clause says when it runs; unless the schedule is monotonic.
    """
    guarded = any(re.search(r"\bif[ \t]*\(", change.text) for change in edit.changes)
    return "monotonic:runtime" if guarded else "runtime"


def _unless_stopped(ran: Ran) -> Outcome | None:
    return None if ran.completed.stopped else _outcome(ran)


def _outcome(ran: Ran) -> Outcome:
    done = ran.completed
    files = {f"file {name}": content for name, content in done.files.items()}
    return Outcome(done.status, {"standard output": done.stdout, "standard error": done.stderr, **files})


async def _not_compared(bench: Workbench) -> list[str]:
    """What the function leaves and a driver of ours does not print (harness/driver.c)."""
    if bench.driver is None or bench.driver.given:
        return []
    printed = (await serial_run(bench)).completed.stdout
    return list(dict.fromkeys(match.decode() for match in re.findall(rb"\{not compared: ([^}\n]*)\}", printed)))


def _said(
    expectation: Expectation,
    largest: float,
    settings: Sequence[Setting],
    serial: SerialRuns,
    untold: Sequence[str],
) -> str:
    threads = sorted({setting.threads for setting in settings})
    schedules = sorted({setting.schedule or "as inserted" for setting in settings})
    runs = f"{len(settings)} runs" if len(settings) > 1 else "a run"
    detail = f"{runs} ({', '.join(map(str, threads))} threads; {', '.join(schedules)})"
    if serial.runs:
        detail += f", and on one thread {', '.join(dict.fromkeys(each.words for each in serial.runs))},"
    detail += " agree" if len(settings) > 1 or serial.runs else " agrees"
    detail += f" with the serial program in {_count(expectation.numbers - expectation.ignored)}"
    if largest or expectation.noise:
        detail += f", within {largest:.1g} (serial builds and orders: {expectation.noise:.1g})"
    if untold:
        words = ", ".join(f"`{each}`" for each in untold)
        detail += f"; not compared: what is behind {words}, since it is not known what is there, or how much"
    if expectation.ignored:
        detail += f"; left out: {_count(expectation.ignored)} that serial runs do not agree on"
    return "; ".join([detail, *serial.missing])


def _count(numbers: int) -> str:
    return f"{numbers} number" if numbers == 1 else f"{numbers} numbers"

"""The memory check: AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer on the edited program, in parallel.

Plans with private copies are put to MemorySanitizer as well (uninitialised.py).

The unedited program must be clean first. One that is not tells nothing about the edit: whatever is wrong with it
may well look different in parallel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..compilers import SANITIZERS
from ..concurrency import both
from ..copies import Copy, merged
from ..evidence import Check, Trace
from ..request import PlannedEdit
from ..workbench import Build, Ran, Workbench
from . import leaks, uninitialised
from .answers import Stopwatch, first_error
from .program import NotRunnable, meanwhile, serial_run

THREADS = 3
_STATUS = 67
_OPTIONS = f"exitcode={_STATUS}:detect_leaks=1:print_stacktrace=1"
_RUNTIME_ERROR = re.compile(r"^(\S.*?):(\d+):(\d+): runtime error: (.*)$", re.MULTILINE)
_ADDRESS_ERROR = re.compile(r"==\d+==ERROR: AddressSanitizer: (.*?)(?: on (?:unknown )?address.*)?$", re.MULTILINE)
_FRAME = re.compile(r"^    #\d+ 0x[0-9a-f]+ in (.*?) (/.*?):(\d+)(?::(\d+))?$", re.MULTILINE)


def flags(bench: Workbench) -> tuple[str, ...]:
    """A program of the user's may take long. Where inputs are ours, and small, compiling is what takes long."""
    level = "-O0" if bench.has_short_runs else "-O1"
    return (*bench.flags.tuning, level, "-g", *SANITIZERS)


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[Check]:
    watch = Stopwatch("memory")
    clang = bench.toolchain.newest("clang")
    compiler = next((each for each in (clang, *bench.toolchain.compilers) if each and each.sanitizers), None)
    if compiler is None:
        return [watch.answer("skipped", "no compiler found has working address and undefined sanitizers")] * len(edits)
    request = bench.request

    async def run(copy: Copy, openmp: bool, threads: int) -> tuple[Build, Ran | None, str | None, list[Trace]]:
        build = await bench.build(copy.text, compiler, flags(bench), openmp=openmp)
        if not build.ok:
            words = f"it cannot be built: {build.stopped or first_error(build.messages)}"
            return build, None, words, []
        settings = {"ASAN_OPTIONS": _OPTIONS, "UBSAN_OPTIONS": _OPTIONS, "LSAN_OPTIONS": leaks.OPTIONS}
        settings |= {"OMP_STACKSIZE": "64M", "OMP_WAIT_POLICY": "passive"}
        if (race := bench.toolchain.race) is not None:
            settings |= {"ASAN_SYMBOLIZER_PATH": race.symbolizer, "UBSAN_SYMBOLIZER_PATH": race.symbolizer}
        ran = await bench.run(build, settings, threads=threads)
        problem, traces = _problem(ran, copy, request.path)
        return build, ran, problem, traces

    def commands(*built: tuple[Build, Ran | None]) -> list[tuple[str, ...]]:
        return [command for build, ran in built for command in (build.command, *([ran.command] if ran else []))]

    original, edited = Copy(request.text, ()), Copy(request.text, merged(edits))
    try:
        building = bench.build(edited.text, compiler, flags(bench), openmp=True)
        await meanwhile(bench, serial_run(bench), building)
    except NotRunnable as problem:
        return [watch.answer("inconclusive", str(problem))] * len(edits)
    first = await bench.once("memory of the original", lambda: run(original, bench.serial_openmp, 1))
    if first[2] is not None:
        detail = f"the unedited program is not clean under {compiler.name}'s sanitizers: {first[2]}"
        return [watch.answer("inconclusive", detail, first[3], commands(first[:2]))] * len(edits)
    (build, ran, problem, traces), private = await both(
        run(edited, True, THREADS), uninitialised.ask(bench, edits, THREADS)
    )
    shown = commands(first[:2], (build, ran)) + list(private.commands if private else ())
    if problem is not None and (ran is None or ran.completed.stopped):
        return [watch.answer("inconclusive", f"the edited program: {problem}", commands=shown)] * len(edits)
    if problem is not None:
        return [watch.answer("refuted", f"{compiler.name}: {problem}", traces, shown)] * len(edits)
    if private is not None and private.found is not None:
        detail = f"{compiler.name} with MemorySanitizer: {private.words}"
        return [watch.answer("refuted", detail, [private.found] if private.found.line else (), shown)] * len(edits)
    assert first[1] is not None
    assert ran is not None
    before = leaks.leaks(first[1], original, request.path, request.sources)
    after = leaks.leaks(ran, edited, request.path, request.sources)
    lost = leaks.new_leaks(before, after, own_threads=bench.has_threads)
    if lost:
        words = "; ".join(f"{trace.message} (line {trace.line})" for trace in lost[:3])
        detail = f"{compiler.name}: in parallel, and not in serial, memory is lost: {words}"
        return [watch.answer("refuted", detail, lost, shown)] * len(edits)
    silent = "AddressSanitizer and UndefinedBehaviorSanitizer are silent"
    detail = f"{compiler.name}: {silent}, {THREADS} threads"
    detail += (
        ", and no memory is lost that serial runs keep" if lost is not None else "; LeakSanitizer does not work here"
    )
    if private is not None:
        detail += f"; {private.words}"
    return [watch.answer("passed", detail, commands=shown)] * len(edits)


def _problem(ran: Ran, copy: Copy, path: str) -> tuple[str | None, list[Trace]]:
    done = ran.completed
    if done.stopped:
        return f"it was ended: {done.stopped}", []
    text = done.stderr.decode("utf-8", "replace")
    if (match := _RUNTIME_ERROR.search(text)) and done.status == _STATUS:
        line, column = copy.origin(int(match[2]), int(match[3])) if match[1] == path else (int(match[2]), int(match[3]))
        return f"{match[4]} at line {line}", [Trace(match[1], line, column, match[4])]
    if match := _ADDRESS_ERROR.search(text):
        frame = next((each for each in _FRAME.finditer(text) if each[2] == path), None)
        if frame is None:
            return match[1], []
        line, column = copy.origin(int(frame[3]), int(frame[4]) if frame[4] else None)
        return f"{match[1]} at line {line}", [Trace(path, line, column, match[1])]
    if done.status >= 128:
        return f"it dies by signal {done.status - 128}", []
    return None, []

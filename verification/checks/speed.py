"""The speed check: how much faster the parallel program is than the best serial build found, and each loop alone.

Runs of both are interleaved in pairs, with the machine to themselves as far as this program has a say, and the median
of the pairs' ratios counts. Each loop is timed inside the same runs, by clock readings around it. A loop's own
ratio is the smaller of two: against the same serial build, and against whichever serial build ran that loop best.

This check decides nothing about safety. "inconclusive" means that no gain was shown, and the detail says why.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from ..compilers import Compiler
from ..concurrency import concurrently
from ..copies import Copy, merged, observed, serial
from ..evidence import Check, Speedup
from ..request import PlannedEdit, cores
from ..workbench import Build, Ran, Workbench
from .answers import Stopwatch, first_error
from .program import NotRunnable, serial_run

LEVELS = (("-O2", "-march=native"), ("-O3", "-march=native"))
LEAST_SECONDS = 2e-3  # a program or loop that takes less cannot be timed apart from noise
NEAR = 1.1  # builds whose first run took up to this much longer than the best's get a second one,
LONG_SECONDS = 5.0  # unless it took longer than this
PAIRS = ((9, 4.0), (5, 30.0), (3, float("inf")))  # so many pairs while they have taken less than so many seconds


class Timed(msgspec.Struct, frozen=True):
    """The speed of a text with several plans in it: of the program, and of each loop (None where it has none)."""

    program: tuple[Check, Speedup | None]
    loops: tuple[tuple[Check, Speedup | None], ...]


class _Way(msgspec.Struct, frozen=True):
    compiler: Compiler
    level: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.compiler.name} {' '.join(self.level)}"


class _Candidate(msgspec.Struct, frozen=True):
    way: _Way
    build: Build
    ran: Ran

    @property
    def seconds(self) -> float:
        return _seconds(self.ran)


class _Measurement(msgspec.Struct, frozen=True):
    """Paired runs of the best serial and the best parallel build, and the serial builds that it was chosen from."""

    threads: int
    best: _Candidate
    fastest: _Candidate
    serial: tuple[_Candidate, ...]
    pairs: tuple[tuple[Ran, Ran], ...]
    busy: float


class _Unmeasurable(Exception):
    """Why there is nothing to measure, and the commands that showed it."""

    def __init__(self, reason: str, commands: Sequence[tuple[str, ...]] = ()) -> None:
        super().__init__(reason)
        self.commands = commands


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> Timed:
    watch = Stopwatch("speed")
    try:
        measured = await _measure(bench, edits)
    except (NotRunnable, _Unmeasurable) as problem:
        commands = problem.commands if isinstance(problem, _Unmeasurable) else ()
        answer = watch.answer("inconclusive", str(problem), commands=commands)
        return Timed((answer, None), ((answer, None),) * len(edits))
    times = [(_seconds(a), _seconds(b)) for a, b in measured.pairs]
    program = _judge(watch, measured, times, None, "the program")
    loops = tuple(_judge_loop(watch, measured, number) for number in range(len(edits)))
    if len(loops) == 1 and program[1] is not None and loops[0][1] is not None:
        ratio = loops[0][1].ratio
        detail = f"{program[0].detail}; the loop alone {ratio:.2f}"
        program = (
            msgspec.structs.replace(program[0], detail=detail),
            msgspec.structs.replace(program[1], loop_ratio=ratio),
        )
    return Timed(program, loops)


async def _measure(bench: Workbench, edits: Sequence[PlannedEdit]) -> _Measurement:
    threads = bench.request.speed_threads
    if cores() < 2:
        raise _Unmeasurable("this machine gives one core only: nothing can be faster in parallel here")
    await serial_run(bench)
    serial_builds, parallel_builds = await concurrently(
        [_builds(bench, serial(edits), False), _builds(bench, edits, True)]
    )
    commands = [build.command for build in (*serial_builds.values(), *parallel_builds.values())]
    async with bench.cores.take_all():
        candidates = await _candidates(bench, serial_builds, 1, commands)
        best = min(candidates, key=lambda each: each.seconds)
        if best.seconds < LEAST_SECONDS:
            words = f"the serial program takes {best.seconds * 1e3:.2g} ms, too short to time: give it more to do"
            raise _Unmeasurable(words, [*commands, best.ran.command])
        # In parallel each compiler at the level that is its best in serial.
        fit = {each.way.compiler: each.way for each in sorted(candidates, key=lambda each: -each.seconds)}
        chosen = {way: build for way, build in parallel_builds.items() if way in fit.values()}
        fastest = min(await _candidates(bench, chosen, threads, commands), key=lambda each: each.seconds)
        if fastest.ran.completed.stopped:
            raise _Unmeasurable(f"the parallel program was ended: {fastest.ran.completed.stopped}", commands)
        pairs: list[tuple[Ran, Ran]] = []
        spent, others = 0.0, 0
        while any(len(pairs) < most and spent < seconds for most, seconds in PAIRS):
            others += _others_running()
            pairs.append((await _timed(bench, best.build, 1), await _timed(bench, fastest.build, threads)))
            spent += sum(ran.completed.seconds for ran in pairs[-1])
    return _Measurement(threads, best, fastest, tuple(candidates), tuple(pairs), others / len(pairs))


def _judge_loop(watch: Stopwatch, measured: _Measurement, number: int) -> tuple[Check, Speedup | None]:
    if not all(number in ran.loops for pair in measured.pairs for ran in pair):
        return watch.answer("inconclusive", "the loop could not be timed apart in this run"), None
    times = [(a.loops[number].seconds, b.loops[number].seconds) for a, b in measured.pairs]
    rival = min(each.ran.loops[number].seconds for each in measured.serial if number in each.ran.loops)
    return _judge(watch, measured, times, rival, "the loop")


def _judge(
    watch: Stopwatch, measured: _Measurement, times: Sequence[tuple[float, float]], rival: float | None, what: str
) -> tuple[Check, Speedup | None]:
    """`times` are seconds in serial and in parallel; `rival` those of the serial build that was best at this loop."""
    before, after = median(a for a, _ in times), median(b for _, b in times)
    if before < LEAST_SECONDS:
        return watch.answer("inconclusive", f"{what} takes {before * 1e3:.2g} ms, too short to time"), None
    handicap = 1.0 if rival is None else min(1.0, rival / before)
    ratios = [handicap * a / max(b, 1e-9) for a, b in times]
    ratio, low, high = median(ratios), min(ratios), max(ratios)
    speedup = Speedup(
        threads=measured.threads,
        ratio=ratio,
        spread=(low, high),
        serial_seconds=before,
        parallel_seconds=after,
        serial_build=str(measured.best.way),
        scope="program" if rival is None else "loop",
        busy=measured.busy,
    )
    how = f"{measured.fastest.way} against {measured.best.way}"
    if measured.busy >= 1:
        how += f"; other programs kept the machine busy, about {measured.busy:.0f} at a time"
    words = f"{what}: {ratio:.2f} times as fast on {measured.threads} threads ({low:.2f} to {high:.2f}; {how})"
    commands = [each for one in (measured.best, measured.fastest) for each in (one.build.command, one.ran.command)]
    if low > 1:
        return watch.answer("passed", words, commands=commands), speedup
    if measured.busy >= 1:
        words = f"safe; the machine was too busy to tell; {words}"
    else:
        words = f"safe, but slower here; {words}" if ratio <= 1 else f"no gain beyond the noise; {words}"
    return watch.answer("inconclusive", words, commands=commands), speedup


async def _builds(bench: Workbench, edits: Sequence[PlannedEdit], openmp: bool) -> dict[_Way, Build]:
    """The program by the newest compilers, at each level, with its loops timed where clock readings can stand there."""
    text = bench.request.text
    tuning = [flag for flag in bench.flags.tuning if not re.match(r"-O|-march=|-mtune=", flag)]
    openmp = openmp or bench.serial_openmp

    async def build(way: _Way) -> Build:
        flags = (*tuning, *way.level)
        copy = observed(text, edits, iterations=False, language=bench.request.language)
        built = await bench.build(copy.text, way.compiler, flags, openmp=openmp, observe=True)
        if not built.ok:
            plain = Copy(text, merged(edits)).text
            built = await bench.build(plain, way.compiler, flags, openmp=openmp, observe=True)
        return built

    ways = [_Way(compiler, level) for compiler in bench.toolchain.representatives for level in LEVELS]
    return dict(zip(ways, await concurrently(build(way) for way in ways), strict=True))


async def _candidates(
    bench: Workbench, builds: Mapping[_Way, Build], threads: int, commands: Sequence[tuple[str, ...]]
) -> list[_Candidate]:
    """One run each, and for those near the best a second: the better of the two counts."""
    found = [_Candidate(way, build, await _timed(bench, build, threads)) for way, build in builds.items() if build.ok]
    if not found:
        messages = next(iter(builds.values())).messages
        raise _Unmeasurable(f"the program cannot be built: {first_error(messages)}", commands)
    best = min(each.seconds for each in found)
    for index, each in enumerate(found):
        if each.seconds < NEAR * best and each.seconds < LONG_SECONDS:
            again = await _timed(bench, each.build, threads)
            found[index] = msgspec.structs.replace(each, ran=min(each.ran, again, key=_seconds))
    return found


async def _timed(bench: Workbench, build: Build, threads: int) -> Ran:
    return await bench.run(build, threads=threads, report=True, measured=True)


def _others_running() -> int:
    """How many other threads on this machine were ready to run just now, while nothing of ours was."""
    with contextlib.suppress(OSError, ValueError), open("/proc/loadavg", encoding="ascii") as file:
        return int(file.read().split()[3].partition("/")[0]) - 1
    return 0


def _seconds(ran: Ran) -> float:
    return ran.program_seconds or ran.completed.seconds

"""The speed check: how much faster the parallel program is than the best serial build found, and each loop alone.

Runs of both are interleaved in pairs, with the machine to themselves as far as this program has a say, and the median
of the pairs' ratios counts. Each loop is timed inside the same runs, by clock readings around it. A loop's own
ratio is the smaller of two: against the same serial build, and against whichever serial build ran that loop best.

This check decides nothing about safety. "inconclusive" means that no gain was shown, and the detail says why.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
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
NEAR = 1.25  # builds whose first run took up to this much longer than the best's get a second one
FEWEST_PAIRS, MOST_PAIRS = 5, 9
PAIR_BUDGET_SECONDS = 6.0


class Timed(msgspec.Struct, frozen=True):
    """The speed of a text with several plans in it: of the program, and of each loop (None where it has none)."""

    program: tuple[Check, Speedup | None]
    loops: tuple[tuple[Check, Speedup | None], ...]


class _Candidate(msgspec.Struct, frozen=True):
    name: str
    build: Build
    ran: Ran

    @property
    def seconds(self) -> float:
        return _seconds(self.ran)


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> Timed:
    watch = Stopwatch("speed")
    threads = bench.request.speed_threads

    def nothing(detail: str, commands: Sequence[tuple[str, ...]] = ()) -> Timed:
        answer = watch.answer("inconclusive", detail, commands=commands)
        return Timed((answer, None), ((answer, None),) * len(edits))

    if cores() < 2:
        return nothing("this machine gives one core only: nothing can be faster in parallel here")
    try:
        await serial_run(bench)
    except NotRunnable as problem:
        return nothing(str(problem))
    serial_builds, parallel_builds = await concurrently(
        [_builds(bench, serial(edits), False), _builds(bench, edits, True)]
    )
    commands = [build.command for _, build in (*serial_builds, *parallel_builds)]
    for built in (serial_builds, parallel_builds):
        if not any(build.ok for _, build in built):
            return nothing(f"the program cannot be built: {first_error(built[0][1].messages)}", commands)
    async with bench.cores.take_all():
        candidates = await _candidates(bench, serial_builds, 1)
        best = min(candidates, key=lambda each: each.seconds)
        if best.seconds < LEAST_SECONDS:
            words = f"the serial program takes {best.seconds * 1e3:.2g} ms, too short to time: give it more to do"
            return nothing(words, [*commands, best.ran.command])
        fastest = min(await _candidates(bench, parallel_builds, threads), key=lambda each: each.seconds)
        if fastest.ran.completed.stopped:
            return nothing(f"the parallel program was ended: {fastest.ran.completed.stopped}", commands)
        pairs: list[tuple[Ran, Ran]] = []
        spent, rivals = 0.0, 0
        while len(pairs) < FEWEST_PAIRS or (len(pairs) < MOST_PAIRS and spent < PAIR_BUDGET_SECONDS):
            rivals += _others_running()
            pair = await _timed(bench, best.build, 1), await _timed(bench, fastest.build, threads)
            pairs.append(pair)
            spent += sum(ran.completed.seconds for ran in pair)
    commands += [best.ran.command, fastest.ran.command]
    builds = f"{fastest.name} against {best.name}"
    busy = rivals / len(pairs)
    if busy >= 1:
        builds += f"; other programs kept the machine busy, about {busy:.0f} at a time"

    def judge(times: list[tuple[float, float]], rival: float | None, what: str) -> tuple[Check, Speedup | None]:
        """`rival` is the time of the best serial build for this loop, where that is another one."""
        before, after = median(a for a, _ in times), median(b for _, b in times)
        if before < LEAST_SECONDS:
            return watch.answer("inconclusive", f"{what} takes {before * 1e3:.2g} ms, too short to time"), None
        ratios = [a / b for a, b in times]
        ratio, low, high = median(ratios), min(ratios), max(ratios)
        if rival is not None and rival < before:
            ratio, low, high = ratio * rival / before, low * rival / before, high * rival / before
        scope = "program" if rival is None else "loop"
        speedup = Speedup(threads, ratio, (low, high), before, after, best.name, scope=scope, busy=busy)
        words = f"{what}: {ratio:.2f} times as fast on {threads} threads ({low:.2f} to {high:.2f}; {builds})"
        if busy >= 1 and low <= 1:
            return watch.answer(
                "inconclusive", f"safe; the machine was too busy to tell; {words}", commands=commands
            ), speedup
        if ratio <= 1:
            return watch.answer("inconclusive", f"safe, but slower here; {words}", commands=commands), speedup
        if low <= 1:
            return watch.answer("inconclusive", f"no gain beyond the noise; {words}", commands=commands), speedup
        return watch.answer("passed", words, commands=commands), speedup

    whole = judge([(_seconds(a), _seconds(b)) for a, b in pairs], None, "the program")
    loops = []
    for number in range(len(edits)):
        if not all(number in ran.loops for pair in pairs for ran in pair):
            loops.append((watch.answer("inconclusive", "the loop could not be timed apart in this run"), None))
            continue
        times = [(a.loops[number].seconds, b.loops[number].seconds) for a, b in pairs]
        rival = min(each.ran.loops[number].seconds for each in candidates if number in each.ran.loops)
        loops.append(judge(times, rival, "the loop"))
    if len(loops) == 1 and whole[1] is not None and loops[0][1] is not None:
        ratio = loops[0][1].ratio
        words = f"{whole[0].detail}; the loop alone {ratio:.2f}"
        whole = msgspec.structs.replace(whole[0], detail=words), msgspec.structs.replace(whole[1], loop_ratio=ratio)
    return Timed(whole, tuple(loops))


async def _builds(bench: Workbench, edits: Sequence[PlannedEdit], openmp: bool) -> list[tuple[str, Build]]:
    """The program by the newest compilers, at each level, with its loops timed where clock readings can stand there."""
    text = bench.request.text
    tuning = [flag for flag in bench.flags.tuning if not re.match(r"-O|-march=|-mtune=", flag)]

    async def build(compiler: Compiler, level: tuple[str, ...]) -> tuple[str, Build]:
        flags = (*tuning, *level)
        copy = observed(text, edits, iterations=False, language=bench.request.language)
        on = openmp or bench.serial_openmp
        built = await bench.build(copy.text, compiler, flags, openmp=on, observe=True)
        if not built.ok:
            built = await bench.build(Copy(text, merged(edits)).text, compiler, flags, openmp=on, observe=True)
        return f"{compiler.name} {' '.join(level)}", built

    return await concurrently(
        build(compiler, level) for compiler in bench.toolchain.representatives for level in LEVELS
    )


async def _candidates(bench: Workbench, builds: Sequence[tuple[str, Build]], threads: int) -> list[_Candidate]:
    """One run each, and for those near the best a second: the better of the two counts."""
    found = [_Candidate(name, build, await _timed(bench, build, threads)) for name, build in builds if build.ok]
    best = min(each.seconds for each in found)
    for index, each in enumerate(found):
        if each.seconds < NEAR * best:
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

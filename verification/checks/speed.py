"""The speed check: how much faster the parallel program is than the best serial build found, and each loop alone.

Runs of both are interleaved in pairs, with the machine to themselves as far as this program has a say, and the median
of the pairs' ratios counts. Each loop is timed inside the same runs, by clock readings around it. A loop's own
ratio is the smaller of two: against the same serial build, and against whichever serial build ran that loop best.

This check decides nothing about safety. "inconclusive" means that no gain was shown, and the detail says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import msgspec

from ..evidence import Check, Speedup
from ..request import PlannedEdit, cores
from ..rivals import LEAST_SECONDS, TOO_SHORT, Rivals, Unmeasurable, Way, find_rivals, seconds
from ..turns import BUSY, Turn, Turns, in_turn
from ..workbench import Ran, Workbench
from .answers import Stopwatch
from .program import NotRunnable, serial_run

PAIRS = ((9, 4.0), (5, 30.0), (3, float("inf")))  # so many pairs while they have taken less than so many seconds;
DRIVEN_PAIRS = (3, 2, 2)  # of a driver, which repeats its calls: so many at a time, until
CLEAR = 1.1  # all of them say by so much that one is faster
# On a busy machine so many more: not longer ones, since a short run is more likely to be left alone from its beginning
# to its end.
MORE_PAIRS = ((4, 4, 4), 60.0)  # unless all have taken so many seconds
OUTLIERS = 10  # of so many pairs one may be disturbed
SCALING_RUNS = 3


class Timed(msgspec.Struct, frozen=True):
    """The speed of a text with several plans in it: of the program, and of each loop (None where it has none)."""

    program: tuple[Check, Speedup | None]
    loops: tuple[tuple[Check, Speedup | None], ...]


class Measurement(msgspec.Struct, frozen=True):
    """Paired runs of the rivals, serial and parallel; by number of threads, runs of the parallel one with others."""

    threads: int
    rivals: Rivals
    pairs: tuple[tuple[Ran, Ran], ...]
    busy: float
    scaling: dict[int, tuple[Ran, ...]] = {}


async def check(bench: Workbench, edits: Sequence[PlannedEdit], fit: Sequence[Way] | None = None) -> Timed:
    """`fit` are the ways to build in parallel that are known to be best already."""
    watch = Stopwatch("speed")
    try:
        measured = await _measure(bench, edits, fit)
    except (NotRunnable, Unmeasurable) as problem:
        commands = problem.commands if isinstance(problem, Unmeasurable) else ()
        answer = watch.answer("inconclusive", str(problem), commands=commands)
        return Timed((answer, None), ((answer, None),) * len(edits))
    program = _judge(watch, measured, None, None)
    loops = tuple(_judge_loop(watch, measured, number) for number in range(len(edits)))
    if len(loops) == 1 and program[1] is not None and loops[0][1] is not None:
        ratio = loops[0][1].ratio
        detail = f"{program[0].detail}; the loop alone {ratio:.2f}"
        program = (
            msgspec.structs.replace(program[0], detail=detail),
            msgspec.structs.replace(program[1], loop_ratio=ratio),
        )
    return Timed(program, loops)


async def _measure(bench: Workbench, edits: Sequence[PlannedEdit], fit: Sequence[Way] | None) -> Measurement:
    threads = bench.request.speed_threads
    if cores() > 1:
        await serial_run(bench)
    rivals = await find_rivals(bench, edits, threads, fit)
    others = [each for each in numbers_of_threads(cores()) if each != threads]
    async with bench.cores.take_all():
        if bench.has_short_runs:
            return await _measure_driven(bench, rivals, threads, others)
        return await _measure_program(bench, rivals, threads, others)


async def _measure_program(bench: Workbench, rivals: Rivals, threads: int, others: Sequence[int]) -> Measurement:
    """As many pairs as take a reasonable time."""
    fastest, pair = rivals.fastest.build, _pair(rivals, threads)
    turns: list[Turns] = []
    spent = 0.0
    while any(len(turns) < most and spent < limit for most, limit in PAIRS):
        turns.append(await _in_turn(bench, rivals, pair))
        spent += sum(ran.completed.seconds for ran in turns[-1].runs)
    scaling: dict[int, tuple[Ran, ...]] = {}
    for other in others:
        if spent < PAIRS[1][1]:
            scaling[other] = (await _in_turn(bench, rivals, [Turn(fastest, other)] * SCALING_RUNS)).runs
            spent += sum(ran.completed.seconds for ran in scaling[other])
    turns += await _more(bench, rivals, pair, turns, spent)
    return _measured(rivals, threads, turns, scaling)


async def _measure_driven(bench: Workbench, rivals: Rivals, threads: int, others: Sequence[int]) -> Measurement:
    """As few pairs as it takes to tell."""
    pair = _pair(rivals, threads)
    more = [Turn(rivals.fastest.build, other) for other in others for _ in range(SCALING_RUNS)]
    turns: list[Turns] = []
    scaled: tuple[Ran, ...] = ()
    for many in DRIVEN_PAIRS:
        found = await _in_turn(bench, rivals, [*pair * many, *more])
        scaled, more = scaled or found.runs[2 * many :], []
        turns.append(msgspec.structs.replace(found, runs=found.runs[: 2 * many]))
        ratios = _ratios(turns)
        if min(ratios) > CLEAR or max(ratios) < 1 / CLEAR:
            break
    spent = sum(ran.completed.seconds for each in turns for ran in each.runs)
    turns += await _more(bench, rivals, pair, turns, spent)
    groups = [scaled[at : at + SCALING_RUNS] for at in range(0, len(scaled), SCALING_RUNS)]
    return _measured(rivals, threads, turns, dict(zip(others, groups, strict=True)))


async def _more(
    bench: Workbench, rivals: Rivals, pair: Sequence[Turn], turns: Sequence[Turns], spent: float
) -> list[Turns]:
    """More pairs, where other programs kept the machine busy and no gain was seen."""
    found: list[Turns] = []
    rounds, limit = MORE_PAIRS
    for many in rounds:
        if _busy([*turns, *found]) < BUSY or spread(_ratios([*turns, *found]))[0] > 1 or spent > limit:
            break
        found.append(await _in_turn(bench, rivals, [*pair] * many))
        spent += sum(ran.completed.seconds for ran in found[-1].runs)
    return found


def _ratios(turns: Sequence[Turns]) -> list[float]:
    runs = [ran for each in turns for ran in each.runs]
    return [seconds(a) / max(seconds(b), 1e-9) for a, b in zip(runs[::2], runs[1::2], strict=True)]


def _busy(turns: Sequence[Turns]) -> float:
    return sum(each.others * len(each.runs) for each in turns) / sum(len(each.runs) for each in turns)


def spread(ratios: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest, but for one in ten at each end."""
    aside = len(ratios) // OUTLIERS
    found = sorted(ratios)
    return found[aside], found[-1 - aside]


async def _in_turn(bench: Workbench, rivals: Rivals, turns: Sequence[Turn]) -> Turns:
    """Raises `Unmeasurable` where a run is ended."""
    found = await in_turn(bench, turns, rivals.arguments)
    for turn, ran in zip(turns, found.runs, strict=True):
        if ran.completed.stopped:
            what = "serial" if turn.build == rivals.best.build else "parallel"
            words = f"the {what} program was ended: {ran.completed.stopped}"
            raise Unmeasurable(words, [rivals.best.build.command, rivals.fastest.build.command, ran.command])
    return found


def _pair(rivals: Rivals, threads: int) -> list[Turn]:
    return [Turn(rivals.best.build, 1), Turn(rivals.fastest.build, threads)]


def _measured(rivals: Rivals, threads: int, turns: Sequence[Turns], scaling: dict[int, tuple[Ran, ...]]) -> Measurement:
    runs = [ran for each in turns for ran in each.runs]
    return Measurement(threads, rivals, tuple(zip(runs[::2], runs[1::2], strict=True)), _busy(turns), scaling)


def numbers_of_threads(most: int) -> list[int]:
    """1, 2, 4 and so on, and as many as there are cores."""
    return [*(2**power for power in range(int(math.log2(most)) + 1) if 2**power < most), most]


def _judge_loop(watch: Stopwatch, measured: Measurement, number: int) -> tuple[Check, Speedup | None]:
    if not all(number in ran.loops for pair in measured.pairs for ran in pair):
        return watch.answer("inconclusive", "the loop could not be timed apart in this run"), None
    rival = min(each.ran.loops[number].seconds for each in measured.rivals.serial if number in each.ran.loops)
    return _judge(watch, measured, number, rival)


def _judge(
    watch: Stopwatch, measured: Measurement, number: int | None, rival: float | None
) -> tuple[Check, Speedup | None]:
    """Of one loop, or of the program. `rival`: the seconds of the serial build that was best at this loop."""

    def took(ran: Ran) -> float:
        return seconds(ran) if number is None else ran.loops[number].seconds

    what = "the program" if number is None else "the loop"
    times = [(took(a), took(b)) for a, b in measured.pairs]
    before, after = median(a for a, _ in times), median(b for _, b in times)
    if before < LEAST_SECONDS:
        return watch.answer("inconclusive", f"{what} takes {before * 1e3:.2g} ms, {TOO_SHORT}"), None
    handicap = 1.0 if rival is None else min(1.0, rival / before)
    ratios = [handicap * a / max(b, 1e-9) for a, b in times]
    ratio, (low, high) = median(ratios), spread(ratios)
    speedup = Speedup(
        threads=measured.threads,
        ratio=ratio,
        spread=(low, high),
        serial_seconds=before,
        parallel_seconds=after,
        serial_build=str(measured.rivals.best.way),
        scope="program" if rival is None else "loop",
        busy=measured.busy,
        scaling=_scaling(measured, number, handicap * before, ratio),
    )
    rivals = measured.rivals
    how = f"{rivals.fastest.way} against {rivals.best.way}"
    if measured.busy >= BUSY:
        how += f"; other programs kept the machine busy, about {measured.busy:.0f} at a time"
    words = f"{what}: {ratio:.2f} times as fast on {measured.threads} threads ({low:.2f} to {high:.2f}; {how})"
    if len(speedup.scaling) > 1:
        words += f"; by number of threads {', '.join(f'{threads}: {each:.2f}' for threads, each in speedup.scaling)}"
    (one, other), *_ = measured.pairs
    commands = [rivals.best.build.command, one.command, rivals.fastest.build.command, other.command]
    if low > 1:
        return watch.answer("passed", words, commands=commands), speedup
    if measured.busy >= BUSY and high >= 1:
        words = f"safe; the machine was too busy to tell whether it is faster; {words}"
    else:
        words = f"safe, but slower here; {words}" if ratio <= 1 else f"no gain beyond the noise; {words}"
    return watch.answer("inconclusive", words, commands=commands), speedup


def _scaling(measured: Measurement, number: int | None, before: float, ratio: float) -> tuple[tuple[int, float], ...]:
    """Numbers of threads, and how much faster than in serial the parallel build is on so many."""
    found = {measured.threads: ratio}
    for threads, runs in measured.scaling.items():
        if number is None or all(number in ran.loops for ran in runs):
            after = median(seconds(ran) if number is None else ran.loops[number].seconds for ran in runs)
            found[threads] = before / max(after, 1e-9)
    return tuple(sorted(found.items()))

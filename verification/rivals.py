"""The builds that race each other: the best serial one that can be found, and the best parallel one.

Both are tried by the newest gcc, at two levels of optimisation, and the newest clang. What is timed carries clock
readings around its loops.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence

import msgspec

from .checks.answers import first_error
from .clocks import clocked
from .compilers import Compiler
from .concurrency import concurrently
from .copies import Copy, merged, observed, serial
from .drivers.driver import CLOCK
from .request import PlannedEdit, cores
from .turns import Turn, in_turn
from .workbench import Build, Ran, Workbench

# What clang does to loops at -O2 it does at -O3 too, and more.
LEVELS = {"gcc": (("-O2", "-march=native"), ("-O3", "-march=native")), "clang": (("-O3", "-march=native"),)}
LEAST_SECONDS = 2e-3  # a program or loop that takes less cannot be timed apart from noise
TOO_SHORT = "too short to time here"
ENOUGH_SECONDS = 5e-3  # a driver's call is repeated until all take this long,
MOST_REPEATS = 40  # but not oftener than this
NEAR = 1.1  # builds whose first run took up to this much longer than the best's get a second one,
LONG_SECONDS = 5.0  # unless it took longer than this


class Way(msgspec.Struct, frozen=True):
    compiler: Compiler
    level: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.compiler.name} {' '.join(self.level)}"


class Contender(msgspec.Struct, frozen=True):
    way: Way
    build: Build


class Candidate(Contender, frozen=True):
    """One that was timed."""

    ran: Ran

    @property
    def seconds(self) -> float:
        return seconds(self.ran)


class Unmeasurable(Exception):
    """Why there is nothing to measure, and the commands that showed it."""

    def __init__(self, reason: str, commands: Sequence[tuple[str, ...]] = ()) -> None:
        super().__init__(reason)
        self.commands = commands


class Rivals(msgspec.Struct, frozen=True):
    """The serial builds, timed; the best of them; the best parallel build, and on which arguments they ran."""

    serial: tuple[Candidate, ...]
    best: Candidate
    fastest: Contender
    arguments: tuple[str, ...] | None  # None: the program's own


async def find_rivals(
    bench: Workbench, edits: Sequence[PlannedEdit], threads: int, fit: Sequence[Way] | None = None
) -> Rivals:
    """Builds and times them. `fit` are the ways to build in parallel that are known to be best already.

    Raises `Unmeasurable`.
    """
    if cores() < 2:
        raise Unmeasurable("this machine gives one core only: nothing can be faster in parallel here")
    key = ("serial rivals", bench.driver and (bench.driver.text, bench.driver.large), tuple(e.statement for e in edits))
    candidates, arguments = await bench.once(key, lambda: _serial(bench, edits), shared=bench.driver is not None)
    commands = [each.build.command for each in candidates]
    best = min(candidates, key=lambda each: each.seconds)
    if best.seconds < LEAST_SECONDS and bench.driver is None:
        words = f"the serial program takes {best.seconds * 1e3:.2g} ms, {TOO_SHORT}: give it more to do"
        raise Unmeasurable(words, [*commands, best.ran.command])
    if fit is None:  # each compiler at the level that is its best in serial
        fit = list({each.way.compiler: each.way for each in sorted(candidates, key=lambda c: -c.seconds)}.values())
    builds = await _parallel_builds(bench, edits, fit)
    commands += [build.command for build in builds.values()]
    if len(builds) == 1 and all(build.ok for build in builds.values()):  # there is nothing to choose from
        return Rivals(tuple(candidates), best, Contender(*builds.popitem()), arguments)
    async with bench.cores.take_all():
        fastest = min(await _timed(bench, builds, threads, arguments, commands), key=lambda each: each.seconds)
    if fastest.ran.completed.stopped:
        raise Unmeasurable(f"the parallel program was ended: {fastest.ran.completed.stopped}", commands)
    return Rivals(tuple(candidates), best, fastest, arguments)


def begin_serial_builds(bench: Workbench, edits: Sequence[PlannedEdit]) -> None:
    """Before any plan is looked at, for `begun_serial_builds`."""
    bench.start(_begun(bench), lambda: serial_builds(bench, edits), shared=True)


async def begun_serial_builds(bench: Workbench) -> dict[Way, Build]:
    """Empty where none were begun."""
    return await bench.started(_begun(bench), shared=True) or {}


def _begun(bench: Workbench) -> Hashable:
    return "serial builds to be timed", bench.driver and bench.driver.program


def begin_parallel_builds(bench: Workbench, edits: Sequence[PlannedEdit], ways: Iterable[Way] | None = None) -> None:
    """For `begun_parallel_build`. Without `ways` those that will be asked for whatever is best in serial."""
    compilers = bench.toolchain.representatives
    sure = [Way(each, *LEVELS[each.family]) for each in compilers if len(LEVELS[each.family]) == 1]
    for way in sure if ways is None else ways:
        bench.start(_begun_in_parallel(bench, edits, way), lambda way=way: _built(bench, edits, way), shared=True)


async def begun_parallel_build(bench: Workbench, edits: Sequence[PlannedEdit], compiler: Compiler) -> Build | None:
    """One of this very text that was begun to be timed."""
    for level in LEVELS[compiler.family]:
        key = _begun_in_parallel(bench, edits, Way(compiler, level))
        if (build := await bench.started(key, shared=True)) is not None and build.ok:
            return build
    return None


async def _parallel_builds(bench: Workbench, edits: Sequence[PlannedEdit], ways: Sequence[Way]) -> dict[Way, Build]:
    async def build(way: Way) -> Build:
        return await bench.once(_begun_in_parallel(bench, edits, way), lambda: _built(bench, edits, way), shared=True)

    return dict(zip(ways, await concurrently(build(way) for way in ways), strict=True))


async def _built(bench: Workbench, edits: Sequence[PlannedEdit], way: Way) -> Build:
    return (await _builds(bench, edits, [way], openmp=True))[way]


def _begun_in_parallel(bench: Workbench, edits: Sequence[PlannedEdit], way: Way) -> Hashable:
    text = Copy(bench.request.text, merged(edits)).text
    return "parallel build to be timed", bench.driver and bench.driver.program, text, way


async def serial_builds(bench: Workbench, edits: Sequence[PlannedEdit]) -> dict[Way, Build]:
    """Those among which the best serial one is looked for."""
    ways = [Way(compiler, level) for compiler in bench.toolchain.representatives for level in LEVELS[compiler.family]]
    return await _builds(bench, serial(edits), ways, openmp=bench.serial_openmp)


async def _serial(bench: Workbench, edits: Sequence[PlannedEdit]) -> tuple[list[Candidate], tuple[str, ...] | None]:
    builds = await serial_builds(bench, edits)
    commands = [build.command for build in builds.values()]
    async with bench.cores.take_all():
        if bench.driver is None:
            return await _timed(bench, builds, 1, None, commands), None
        arguments = bench.driver.large
        first = next((build for build in builds.values() if build.ok), None)
        if first is not None and arguments:
            once = seconds((await in_turn(bench, [Turn(first, 1)], arguments)).runs[0])
            arguments = _repeated(arguments, 1, once)
        candidates = await _timed(bench, builds, 1, arguments, commands)
        best = min(each.seconds for each in candidates)
        if (
            arguments and best < ENOUGH_SECONDS / 2
        ):  # something disturbed the first run, or another build is much better
            times = len(arguments) // len(bench.driver.large)
            if (more := _repeated(bench.driver.large, times, best)) != arguments:
                return await _timed(bench, builds, 1, more, commands), more
        return candidates, arguments


def _repeated(arguments: tuple[str, ...], times: int, took: float) -> tuple[str, ...]:
    """So often that it takes long enough, where so many times took so long."""
    return arguments * min(MOST_REPEATS, max(times, round(times * ENOUGH_SECONDS / max(took, 1e-6))))


async def _builds(
    bench: Workbench, edits: Sequence[PlannedEdit], ways: Sequence[Way], *, openmp: bool
) -> dict[Way, Build]:
    """The program built in each way, with its loops timed where clock readings can stand there."""
    text, language = bench.request.text, bench.request.language
    tuning = [flag for flag in bench.flags.tuning if not re.match(r"-O|-march=|-mtune=", flag)]
    also = [CLOCK] if bench.driver is not None else []
    copy = clocked(text, edits, language) if also else observed(text, edits, iterations=False, language=language)

    async def build(way: Way) -> Build:
        flags = (*tuning, *way.level)
        built = await bench.build(copy.text, way.compiler, flags, openmp=openmp, observe=True, also=also)
        if not built.ok:
            plain = Copy(text, merged(edits)).text
            built = await bench.build(plain, way.compiler, flags, openmp=openmp, observe=True)
        return built

    return dict(zip(ways, await concurrently(build(way) for way in ways), strict=True))


async def _timed(
    bench: Workbench,
    builds: Mapping[Way, Build],
    threads: int,
    arguments: Sequence[str] | None,
    commands: Sequence[tuple[str, ...]],
) -> list[Candidate]:
    """One run each, and where several are near the best a second of those: the better of the two counts."""
    good = {way: build for way, build in builds.items() if build.ok}
    if not good:
        messages = next(iter(builds.values())).messages
        raise Unmeasurable(f"the program cannot be built: {first_error(messages)}", commands)

    async def once(ways: Iterable[Way]) -> list[Candidate]:
        ways = list(ways)
        ran = await in_turn(bench, [Turn(good[way], threads) for way in ways], arguments)
        return [Candidate(way, good[way], run) for way, run in zip(ways, ran.runs, strict=True)]

    found = {each.way: each for each in await once(good)}
    best = min(each.seconds for each in found.values())
    near = [way for way, each in found.items() if each.seconds < min(NEAR * best, LONG_SECONDS)]
    for again in await once(near) if len(near) > 1 else ():
        found[again.way] = min(found[again.way], again, key=lambda each: each.seconds)
    return list(found.values())


def seconds(ran: Ran) -> float:
    return ran.program_seconds or ran.completed.seconds

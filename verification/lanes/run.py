"""Running a program on the lanes, and the races that it shows, in the words of its sources."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ..concurrency import concurrently
from ..user_command import CommandBench
from ..workbench import Build, Ran, Workbench
from .commanded import in_project, reports_of
from .expression import expression_at, root_of
from .report import Mark, RawAccess, RunReport, parse_report
from .symbols import Spot, spots_of, variables_of
from .tools import DEADLOCK, UNSUPPORTED, environment

_REPORT = ".pragmatist-lanes"
SYSTEM = ("/usr/", "/opt/", "/lib/")  # where what stands in a header is the library's doing, not the program's
DEFAULT_LANES = 8
DEFAULT_SEEDS = (1, 2)


class LaneAccess(msgspec.Struct, frozen=True):
    """One of two accesses that race. `kind`: "read", "write", "atomic read" or "atomic write". `stack` are the calls
    that led there, the innermost first, from which `spot` is the first outside of libraries. `within` tells which
    iteration of a worksharing loop (by the loop variable), section or task made it."""

    kind: str
    spot: Spot | None
    expression: str | None
    within: Mark | None
    stack: tuple[Spot, ...] = ()

    def __str__(self) -> str:
        what = f"{self.kind} of `{self.expression}`" if self.expression else self.kind
        where = f" at line {self.spot.line}" if self.spot else ""
        return f"{what}{where}" + (f" in {self.within}" if self.within else "")


class LaneRace(msgspec.Struct, frozen=True):
    """Two accesses to one place in memory that OpenMP leaves unordered, one of them a write. `variable` is what is
    known of that place: a global variable's name, or that which both expressions begin with."""

    accesses: tuple[LaneAccess, LaneAccess]
    variable: str | None
    seed: int

    def __str__(self) -> str:
        first, second = self.accesses
        return f"{first}, and {second}, without an order between them"


class LaneRun(msgspec.Struct, frozen=True):
    """One run. `problem` says why it tells nothing where no race was found; None where it ended by itself."""

    seed: int
    races: tuple[LaneRace, ...]
    ran: Ran
    problem: str | None = None


async def lane_runs(
    bench: Workbench,
    build: Build,
    texts: Mapping[str, bytes],
    *,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    lanes: int = DEFAULT_LANES,
    observe: bool = False,
) -> list[LaneRun]:
    """One run for each seed. `texts` are the sources by the path that debug information names, to quote from."""
    return await concurrently(_run(bench, build, texts, seed, lanes, observe) for seed in seeds)


async def _run(
    bench: Workbench, build: Build, texts: Mapping[str, bytes], seed: int, lanes: int, observe: bool
) -> LaneRun:
    tools = bench.toolchain.lanes
    assert tools is not None
    assert build.program is not None
    variables = {**environment(seed, lanes), "PRAGMATIST_REPORT_FILE": _REPORT}
    ran = await bench.run(build, variables, report=observe, collect=True, start=tools.start)
    if isinstance(bench, CommandBench):
        return await _of_command(bench, ran, texts, seed)
    report = parse_report(ran.completed.files.get(_REPORT, b""))
    races = await _explained(bench, build.program, report, texts, seed)
    return LaneRun(seed, tuple(races), ran, None if races else _problem(ran, report))


async def _of_command(bench: CommandBench, ran: Ran, texts: Mapping[str, bytes], seed: int) -> LaneRun:
    """A run of the project's test command: of any number of programs."""

    def at_home(path: str) -> str:
        return in_project(bench, ran, path)

    reports = [(parse_report(content), program) for content, program in reports_of(bench, ran)]
    races = [
        race
        for report, program in reports
        if program
        for race in await _explained(bench, program, report, texts, seed, at_home)
    ]
    problem = next((each for report, _ in reports if (each := _problem(ran, report))), None)
    if not reports:
        problem = ran.completed.stopped or "nothing that the test command built ran on the lanes"
    return LaneRun(seed, tuple(dict.fromkeys(races)), ran, None if races else problem)


def _problem(ran: Ran, report: RunReport) -> str | None:
    done = ran.completed
    said = done.text.rpartition("pragmatist lanes: ")[2].strip().partition("\n")[0]
    if done.stopped:
        return f"the program was ended on the lanes: {done.stopped}"
    if done.status == DEADLOCK:
        return f"on the lanes the program does not go on: {said}"
    if done.status == UNSUPPORTED:
        return f"the lane runtime cannot run the program: {said}"
    if done.status >= 128:
        return f"the program died on the lanes, by signal {done.status - 128}"
    if "ThreadSanitizer" in done.text and "FATAL" in done.text:
        line = next(line for line in done.text.splitlines() if "FATAL" in line)
        return f"ThreadSanitizer cannot run the program: {line.strip()}"
    if not report.complete:
        return "the program ended on the lanes without a report (by _exit or abort), so nobody saw what it did"
    return None


async def _explained(
    bench: Workbench,
    program: str,
    report: RunReport,
    texts: Mapping[str, bytes],
    seed: int,
    at_home: Callable[[str], str] = str,
) -> list[LaneRace]:
    if not report.races:
        return []
    frames = [frame for race in report.races for access in race.accesses for frame in access.frames]
    spots = {
        frame: msgspec.structs.replace(each, file=at_home(each.file))
        for frame, each in (await spots_of(bench, program, frames)).items()
    }
    named = [race.accesses[0].offset for race in report.races if race.location == "global"]
    names = await variables_of(bench, program, named)
    found = []
    for race in report.races:
        name = names.get(race.accesses[0].offset) if race.location == "global" else None
        first, second = (_access(each, spots, texts, name) for each in race.accesses)
        if not _is_of_compiler(first, second, texts):
            found.append(LaneRace((first, second), name or _common_root(first, second), seed))
    return list(dict.fromkeys(found))


def _is_of_compiler(first: LaneAccess, second: LaneAccess, texts: Mapping[str, bytes]) -> bool:
    """Whether both are what gcc adds at a directive whose loop had no iterations: each lane writes the lastprivate
    variables then, which OpenMP leaves without a value (5.2, section 5.4.5)."""
    for access in (first, second):
        if access.within is None or access.within.kind != "empty loop" or access.spot is None:
            return False
        line = texts.get(access.spot.file, b"").split(b"\n")[access.spot.line - 1 : access.spot.line]
        if not line or b"pragma" not in line[0].lower():
            return False
    return first.spot == second.spot


def _access(raw: RawAccess, spots: dict[int, Spot], texts: Mapping[str, bytes], name: str | None) -> LaneAccess:
    stack = tuple(spots[frame] for frame in raw.frames if frame in spots)
    own = (each for each in stack if each.file in texts or not each.file.startswith(SYSTEM))
    spot = next(own, stack[0] if stack else None)
    expression = None
    if spot is not None and spot.column is not None and stack[0] == spot:
        lines = texts.get(spot.file, b"").split(b"\n")
        if spot.line <= len(lines):
            line = lines[spot.line - 1]
            # A column counts bytes.
            before = line[: spot.column - 1].decode("utf-8", "replace")
            reads = not raw.kind.endswith("write")
            expression = expression_at(line.decode("utf-8", "replace"), len(before) + 1, reads=reads)
    if name is not None and (expression is None or root_of(expression) != name.rpartition("::")[2]):
        expression = name if expression is None or "[" not in expression else None
    return LaneAccess(raw.kind.replace("-", " "), spot, expression, raw.mark, stack)


def _common_root(first: LaneAccess, second: LaneAccess) -> str | None:
    roots = {root_of(each.expression) for each in (first, second) if each.expression}
    return roots.pop() if len(roots) == 1 else None


def merged(runs: Iterable[LaneRun]) -> list[LaneRace]:
    """The races of several runs, those between the same two places once."""
    found: dict[tuple[object, ...], LaneRace] = {}
    for run in runs:
        for race in run.races:
            places = sorted(str((each.spot, each.kind)) for each in race.accesses)
            found.setdefault(tuple(places), race)
    return list(found.values())


def relative(path: str, root: str) -> str:
    """The path for a person: from `root` where it lies below it."""
    return os.path.relpath(path, root) if path.startswith(root.rstrip("/") + "/") else path

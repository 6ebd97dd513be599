"""`find_races`: any OpenMP program run on the lanes, with nothing planned or changed by us."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from .certificates import CertificateStore
from .checks.answers import first_error
from .lanes.build import LaneBuild, Unwatched, lane_build
from .lanes.run import DEFAULT_LANES, DEFAULT_SEEDS, SYSTEM, LaneRace, LaneRun, lane_runs, merged
from .request import VerificationRequest
from .toolchain import discover
from .workbench import Build, Workbench

Progress = Callable[[str, float | None], None]
_OF_LANES = b"pragmatist lanes: "  # what the runtime says stands in every program linked with it
_LARGEST = 16 * 1024 * 1024


class RaceReport(msgspec.Struct, frozen=True):
    """ "clean" only if the program was built, every run ended by itself, and no access was left unordered. `problem`
    says why it is "inconclusive"; `ran` is false where the program could not even be built. `unwatched` are loops whose
    iterations were not dealt out one by one: with such a loop a program is never "clean".
    """

    outcome: Literal["race", "clean", "inconclusive"]
    races: tuple[LaneRace, ...] = ()
    problem: str | None = None
    ran: bool = True
    unwatched: tuple[Unwatched, ...] = ()
    seeds: tuple[int, ...] = ()
    lanes: int = DEFAULT_LANES
    commands: tuple[tuple[str, ...], ...] = ()
    seconds: tuple[float, float] = (0.0, 0.0)  # building, and running with the slowest seed


async def find_races(
    request: VerificationRequest,
    *,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    lanes: int = DEFAULT_LANES,
    store: CertificateStore | None = None,
    progress: Progress | None = None,
) -> RaceReport:
    """Builds and runs the request's program; its edits are not looked at.

    Raises `SandboxUnavailable` where nothing can be confined and the request does not say `no_sandbox`, `UnsafeFlag`
    for compile flags that would run the project's code.
    """
    request = request.with_absolute_paths()
    toolchain = await discover(request.language, store or CertificateStore())
    if toolchain.lanes is None:
        problem = f"{toolchain.lanes_problem} (Debian, Ubuntu: apt install gcc g++)"
        return RaceReport("inconclusive", problem=problem, ran=False)
    async with Workbench.open(request, toolchain) as bench:
        if progress:
            progress("building the program", 0.1)
        built = await lane_build(bench, request.text)
        commands = (built.build.command,)
        if not built.build.ok:
            problem = f"the program cannot be built: {built.build.stopped or first_error(built.build.messages)}"
            return RaceReport("inconclusive", problem=problem, ran=False, commands=commands)
        if progress:
            progress("running it on lanes", 0.4)
        texts = {request.path: request.text}
        for source in request.sources:
            with contextlib.suppress(OSError):
                texts[source] = Path(source).read_bytes()
        runs = await lane_runs(bench, built.build, texts, seeds=seeds, lanes=lanes)
    return _report(runs, seeds, lanes, built, commands)


async def find_races_of_program(
    request: VerificationRequest,
    *,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    lanes: int = DEFAULT_LANES,
    store: CertificateStore | None = None,
    progress: Progress | None = None,
) -> RaceReport:
    """Runs a program that lanes/standin.py has built: the request's path is the executable's, its text what is in it.

    Raises `SandboxUnavailable`.
    """
    request = request.with_absolute_paths()
    if _OF_LANES not in request.text:
        problem = f"{request.path} was not linked for the lanes (build it with CC='pragmatist race-cc')"
        return RaceReport("inconclusive", problem=problem, ran=False)
    toolchain = await discover(request.language, store or CertificateStore())
    if toolchain.lanes is None:
        return RaceReport("inconclusive", problem=toolchain.lanes_problem, ran=False)
    async with Workbench.open(request, toolchain) as bench:
        if progress:
            progress("running it on lanes", 0.1)
        build = Build(True, "", (), bench.file(os.path.basename(request.path), request.text, executable=True))
        runs = await lane_runs(bench, build, _TextsOnDisk(), seeds=seeds, lanes=lanes)
    return _report(runs, seeds, lanes, LaneBuild(build), ())


def _report(
    runs: Sequence[LaneRun],
    seeds: Sequence[int],
    lanes: int,
    built: LaneBuild,
    commands: tuple[tuple[str, ...], ...],
) -> RaceReport:
    races = tuple(merged(runs))
    problem = next((run.problem for run in runs if run.problem is not None), None)
    if problem is None and (count := len(built.unwatched)):
        loops = "a loop was" if count == 1 else f"{count} loops were"
        problem = f"no race in this run of the program, but {loops} not watched iteration by iteration"
    return RaceReport(
        outcome="race" if races else "inconclusive" if problem else "clean",
        races=races,
        problem=None if races else problem,
        unwatched=built.unwatched,
        seeds=tuple(seeds),
        lanes=lanes,
        commands=(*commands, *(run.ran.command for run in runs)),
        seconds=(built.seconds, max(run.ran.completed.seconds for run in runs)),
    )


class _TextsOnDisk(Mapping[str, bytes]):
    """The sources that debug information names, as they are now, but those of the system."""

    def __init__(self) -> None:
        self._known: dict[str, bytes | None] = {}

    def __getitem__(self, path: str) -> bytes:
        if path not in self._known:
            self._known[path] = None
            with contextlib.suppress(OSError):
                if not path.startswith(SYSTEM) and os.path.getsize(path) <= _LARGEST:
                    self._known[path] = Path(path).read_bytes()
        if (text := self._known[path]) is None:
            raise KeyError(path)
        return text

    def __iter__(self) -> Iterator[str]:
        return (path for path, text in self._known.items() if text is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

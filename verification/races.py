"""`find_races`: any OpenMP program run on the lanes, with nothing planned or changed by us."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from .certificates import CertificateStore
from .checks.answers import first_error
from .lanes.build import Unwatched, lane_build
from .lanes.run import DEFAULT_LANES, DEFAULT_SEEDS, LaneRace, lane_runs, merged
from .request import VerificationRequest
from .toolchain import discover
from .workbench import Workbench

Progress = Callable[[str, float | None], None]


class RaceReport(msgspec.Struct, frozen=True):
    """ "clean" only if the program was built, every run ended by itself, and no access was left unordered. `problem`
    says why it is "inconclusive"; `ran` is false where the program could not even be built. `unwatched` are loops whose
    iterations were not dealt out one by one: what is said of the program does not hold for races between those.
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
    races = tuple(merged(runs))
    problem = next((run.problem for run in runs if run.problem is not None), None)
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

"""Runs of several programs, or of one in several settings.

Those on inputs that we make are short, so that what a sandbox costs would be most of what they take: there all of them
take one (harness/turns.sh). A program of the user's gets one for each run, with its limits.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from .clocks import REPORT
from .concurrency import concurrently
from .drivers.driver import HARNESS
from .sandbox import Completed
from .workbench import Build, Ran, Workbench, parse_report

_SCRIPT = HARNESS / "turns.sh"
_FOLDER = "turns"
BUSY = 1.0  # from so many threads of other programs on, what was timed says little


class Turn(msgspec.Struct, frozen=True):
    """One run to come: a program, on how many threads, and the environment."""

    build: Build
    threads: int
    environment: Mapping[str, str] = {}

    @property
    def settings(self) -> dict[str, str]:
        return {"OMP_NUM_THREADS": str(self.threads), "OMP_DYNAMIC": "false", **self.environment}


class Turns(msgspec.Struct, frozen=True):
    """The runs, in order; what harness/clock.c wrote is among a timed run's files. `others`: how many threads of other
    programs were ready to run meanwhile, on average."""

    runs: tuple[Ran, ...]
    others: float


async def in_turn(bench: Workbench, turns: Sequence[Turn], arguments: Sequence[str] | None) -> Turns:
    """Timed, one after another. The caller has taken all cores. `arguments` None: the program's own."""
    if bench.has_short_runs:
        return await _in_one_sandbox(bench, turns, _or_own(bench, arguments, measured=True), measured=True)
    runs: list[Ran] = []
    others = 0
    for turn in turns:
        others += _others_running()
        runs.append(await bench.run(turn.build, threads=turn.threads, report=True, measured=True, arguments=arguments))
    return Turns(tuple(runs), others / max(1, len(runs)))


async def side_by_side(bench: Workbench, turns: Sequence[Turn], *, report: bool = False) -> Sequence[Ran]:
    """On the program's own arguments, in any order, with all that they print and write, or with the observer's
    `report` instead."""
    blank = any(re.search(r"\s", value) for turn in turns for value in turn.environment.values())  # TURNS has none
    if bench.has_short_runs and len(turns) > 1 and not blank:
        found = await _in_one_sandbox(bench, turns, _or_own(bench, None, measured=False), measured=False)
        if not any(ran.completed.stopped for ran in found.runs):  # else it is not known which of them was too much
            return found.runs
    return await concurrently(
        bench.run(turn.build, dict(turn.environment), threads=turn.threads, collect=not report, report=report)
        for turn in turns
    )


def _or_own(bench: Workbench, arguments: Sequence[str] | None, *, measured: bool) -> Sequence[str]:
    assert bench.driver is not None
    return arguments if arguments is not None else bench.driver.large if measured else bench.driver.arguments


async def _in_one_sandbox(
    bench: Workbench, turns: Sequence[Turn], arguments: Sequence[str], *, measured: bool
) -> Turns:
    lines = [f"{' '.join(f'{k}={v}' for k, v in turn.settings.items())} -- {turn.build.program}" for turn in turns]
    command = ["/bin/sh", str(_SCRIPT), "\n".join(lines), *arguments]
    threads = max(turn.threads for turn in turns)
    done = await bench.execute(command, collect=_FOLDER, threads=threads, measured=measured)
    runs: list[Ran] = []
    ready: list[int] = []
    for number, turn in enumerate(turns):
        with contextlib.suppress(ValueError):
            ready.append(int(done.files.get(f"{_FOLDER}/ready-{number}", b"")) - 1)
        shown = ("env", *(f"{name}={value}" for name, value in sorted(turn.settings.items())), "./program", *arguments)
        report = done.files.get(f"{_FOLDER}/report-{number}", b"")
        completed = _one_of(done, number, len(turns))
        if measured and (clock := done.files.get(f"{_FOLDER}/clock-{number}")):
            completed = msgspec.structs.replace(completed, files={**completed.files, REPORT: clock})
        runs.append(Ran(completed, shown, *parse_report(report)))
    return Turns(tuple(runs), sum(ready) / max(1, len(ready)))


def _one_of(done: Completed, number: int, many: int) -> Completed:
    def left(kind: str) -> bytes:
        return done.files.get(f"{_FOLDER}/{kind}-{number}", b"")

    own = f"{_FOLDER}/{number}/"
    files = {name.removeprefix(own): content for name, content in done.files.items() if name.startswith(own)}
    status = left("status").strip()
    return msgspec.structs.replace(
        done,
        status=int(status) if status.isdigit() else done.status,
        stdout=left("out"),
        stderr=left("err"),
        seconds=done.seconds / many,
        files=files,
    )


def _others_running() -> int:
    """How many other threads on this machine were ready to run just now, while nothing of ours was."""
    with contextlib.suppress(OSError, ValueError), open("/proc/loadavg", encoding="ascii") as file:
        return int(file.read().split()[3].partition("/")[0]) - 1
    return 0

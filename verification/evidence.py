"""`Evidence`: what was checked of a plan and what came out, as a value that can be stored, shown and checked again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ..analysis.facts import Place

Outcome = Literal[
    "passed",  # the check ran to its end and found nothing
    "refuted",  # the check shows that the plan is wrong
    "inconclusive",  # the check ran and could not tell (a limit, an input that is not clean, noise)
    "skipped",  # the check could not run here; `detail` says why and what would help
]

CheckName = Literal["plan", "compile", "lane-race", "threaded-race", "memory", "outputs", "assumptions", "speed"]

Mode = Literal[
    "program",  # the file's own main was run
    "test command",  # the project's own test command built it and ran it
    "function",  # a driver called the function that holds the loop, on inputs made for it
]

Gain = Literal[
    "faster",  # by more than the noise
    "slower",  # each time it was timed; where other programs kept the machine busy, often
    "none",  # on inputs of every size that could be made, or of one size and not of another; on a quiet machine
    "unknown",  # the machine was too busy to tell or has one core, the program is too short to time, or it was not run
]


def weakest(modes: Iterable[Mode]) -> Mode:
    """Of several the one furthest from how the program is really used."""
    order: tuple[Mode, ...] = ("function", "program", "test command")
    return min(modes, key=order.index)


# Raise it whenever a check changes what it finds: certificates of other versions are not used.
EVIDENCE_VERSION = 11


class Trace(msgspec.Struct, frozen=True):
    """Where a refutation shows: `file` as the tool named it, the place where it is known."""

    file: str
    line: int
    column: int | None
    message: str
    place: Place | None = None


class Check(msgspec.Struct, frozen=True):
    """One named check. `command` is what was run, as argument vectors, for a person who wants to repeat it."""

    name: CheckName
    outcome: Outcome
    detail: str
    seconds: float
    traces: tuple[Trace, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()


class Speedup(msgspec.Struct, frozen=True):
    """Median serial seconds (best serial build found) over median parallel seconds, at `threads` threads.

    `scope` says what was timed: the whole program (or driver), or this loop alone where several plans were timed in
    one program. `loop_ratio` is the loop's, beside a program's. `spread` is (smallest, largest) ratio over the paired
    runs, of ten and more without one in ten at each end. `scaling` are ratios by number of threads, up to the cores
    there are. `busy` is how many threads of other programs wanted the machine meanwhile, on average: from 1 on, the
    figures say little.
    """

    threads: int
    ratio: float
    spread: tuple[float, float]
    serial_seconds: float
    parallel_seconds: float
    serial_build: str
    loop_ratio: float | None = None
    scope: Literal["program", "loop"] = "program"
    busy: float = 0.0
    scaling: tuple[tuple[int, float], ...] = ()


class Evidence(msgspec.Struct, frozen=True):
    """The verdict is "passed" when compile, memory, outputs and at least one of the two race checks passed, none
    refuted the plan and, on inputs that were made, no assumption of it is in doubt.

    `mode` is how the loop got to run; `inputs` says on what in function mode, and which test command it was. Speed
    decides nothing about safety: there "inconclusive" also says that the plan is slower here. See docs/verification.md.

    `provided`: what the callers have to see to, because no `if` clause can ask for it and no input shows it.
    `least`: what was checked, and is to be inserted, asks for more work than this in its `if` clause. `gain` is what
    measuring says of it: whether it pays to insert the plan.
    """

    id: str
    verdict: Literal["passed", "refuted", "inconclusive"]
    checks: tuple[Check, ...]
    speedup: Speedup | None = None
    toolchain: tuple[str, ...] = ()
    created: str = ""  # ISO 8601, UTC
    mode: Mode = "program"
    inputs: str = ""
    least: int | None = None
    provided: str = ""
    gain: Gain = "unknown"
    version: int = EVIDENCE_VERSION

    @property
    def pays(self) -> bool:
        """Whether it is inserted unless somebody says otherwise: it is faster, or nobody could tell."""
        return self.gain in ("faster", "unknown")


# Of each group one must have passed.
DECIDING: tuple[tuple[CheckName, ...], ...] = (("compile",), ("lane-race", "threaded-race"), ("memory",), ("outputs",))


def verdict(checks: Sequence[Check]) -> Literal["passed", "refuted", "inconclusive"]:
    """What these checks amount to; see `Evidence`."""
    outcomes = {check.name: check.outcome for check in checks}
    if "refuted" in outcomes.values():
        return "refuted"
    doubtful = outcomes.get("assumptions", "passed") != "passed"
    decided = all(any(outcomes.get(name) == "passed" for name in names) for names in DECIDING)
    return "passed" if decided and not doubtful else "inconclusive"

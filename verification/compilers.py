"""`Compiler` and `RaceTools`: installed programs, with what trying them showed."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

RACE_STATUS = 66  # ThreadSanitizer's exit status after it reported a race
Family = Literal["gcc", "clang", "icx", "icc", "cl", "clang-cl"]
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


class Compiler(msgspec.Struct, frozen=True):
    """One installed compiler for one language.

    `openmp` and `openmp_link` are the arguments that switch OpenMP on when compiling and when linking; None where
    OpenMP does not work with it, `problem` then says what the trial showed. `linker` are arguments for a faster
    linker, `prefix` is the directory it is installed under. `sanitizers` tells whether ASan and UBSan work. `start` are
    arguments of every command, `stand_in` marks clang in the place of a cl that is not here.
    """

    family: Family
    version: str
    path: str
    prefix: str
    openmp: tuple[str, ...] | None = None
    openmp_link: tuple[str, ...] = ()
    linker: tuple[str, ...] = ()
    sanitizers: bool = False
    problem: str | None = None
    start: tuple[str, ...] = ()
    stand_in: bool = False

    @property
    def cl_like(self) -> bool:
        """Whether its command lines are cl's."""
        return self.family in ("cl", "clang-cl")

    @property
    def name(self) -> str:
        return f"{self.family} {self.version}"

    @property
    def release(self) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", self.version))


class RaceTools(msgspec.Struct, frozen=True):
    """clang with ThreadSanitizer and Archer, tried on a planted race and on a clean loop."""

    compiler: Compiler
    archer: str
    symbolizer: str


def race_environment(tools: RaceTools, threads: int) -> dict[str, str]:
    """What a program built with ThreadSanitizer needs for Archer to tell it of OpenMP's synchronisation."""
    # One report is enough, and a loop that races in every iteration would take minutes to report them all.
    options = "ignore_noninstrumented_modules=1:history_size=7:halt_on_error=1"
    return {
        "OMP_NUM_THREADS": str(threads),
        "OMP_DYNAMIC": "false",
        "OMP_WAIT_POLICY": "passive",
        "OMP_TOOL_LIBRARIES": tools.archer,
        "TSAN_OPTIONS": f"{options}:exitcode={RACE_STATUS}:external_symbolizer_path={tools.symbolizer}",
    }

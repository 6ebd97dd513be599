"""Surveys: runs that find out which elements a function touches on an input, and how much work that is.

The analysis knows subscripts as far as they are affine; the function's own accesses are known always. A survey runs
the unedited, serial function with room to spare, and notes the lowest and highest subscript at each site. With
exactly that much memory, whatever the parallel function touches beyond is an error that AddressSanitizer sees.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..compilers import Compiler
from ..workbench import SURVEY_REPORT, Build, Workbench
from .cases import Case
from .driver import Undrivable

CPU_SECONDS = 10.0  # for one survey: an input that takes longer is too large
MOST_ELEMENTS = 1 << 23  # of one array: more does not fit into harness/survey.c's slots


class Surveyed(msgspec.Struct, frozen=True):
    """A case with its extents, the accesses to memory that it takes, and how many scalars its contents are."""

    case: Case
    accesses: int
    elements: int


class Surveyor:
    def __init__(self, bench: Workbench, build: Build, containers: Sequence[bool]) -> None:
        self._bench, self._build, self._containers = bench, build, containers
        self.failures: list[str] = []
        limits = bench.request.limits
        self._limits = msgspec.structs.replace(limits, cpu_seconds=min(CPU_SECONDS, limits.cpu_seconds))

    async def survey(self, cases: Sequence[Case]) -> list[Surveyed]:
        """What could be surveyed, in order. A case on which the function dies is left out, and `failures` says so."""
        found: list[Surveyed] = []
        rest = list(cases)
        rounds = 0
        while rest and rounds < 8 + len(cases):
            rounds += 1
            done, why = await self._run(rest)
            again: list[Case] = []
            for case, surveyed in zip(rest, done, strict=False):
                grown = self._grown(case, surveyed)
                if grown is None:
                    found.append(surveyed)
                else:
                    again.append(grown)
            if len(done) < len(rest):
                self.failures.append(f"size {rest[len(done)].size}: {why}")
            rest = again + rest[len(done) + 1 :]
        return sorted(found, key=lambda each: cases.index(_asked(each.case, cases)))

    def _grown(self, case: Case, surveyed: Surveyed) -> Case | None:
        """The case with larger containers, where an access went beyond one's end; else None."""
        pairs = zip(case.extents, surveyed.case.extents, self._containers, strict=True)
        extents = tuple((0, max(before[1], after[1])) if container else before for before, after, container in pairs)
        return msgspec.structs.replace(case, extents=extents) if extents != case.extents else None

    async def _run(self, cases: Sequence[Case]) -> tuple[list[Surveyed], str]:
        arguments = [case.argument(printing=False) for case in cases]
        environment = {"PRAGMATIST_SURVEY": SURVEY_REPORT}
        ran = await self._bench.run(
            self._build, environment, collect=SURVEY_REPORT, arguments=arguments, limits=self._limits
        )
        done = ran.completed
        why = done.stopped or (done.stderr.decode("utf-8", "replace").strip().splitlines() or [""])[-1]
        why = why or f"the function dies, status {done.status}"
        report = done.files.get(SURVEY_REPORT, b"").decode("ascii", "replace")
        found: list[Surveyed] = []
        for block in report.split("input ")[1:]:
            head, *lines = block.splitlines()
            _, accesses, elements = map(int, head.split())
            touched: dict[int, tuple[int, int]] = {}
            for line in lines:
                fields = line.split()
                if len(fields) == 5 and fields[0] == "site":
                    site, low, high, arrays = map(int, fields[1:])
                    touched[site] = low, high
                    elements += arrays * (high - low + 1)
            case = cases[len(found)]
            extents = tuple(
                before if container else touched.get(site, (0, -1))
                for site, (before, container) in enumerate(zip(case.extents, self._containers, strict=True))
            )
            grown = tuple(
                (0, max(each[1], touched.get(site, (0, -1))[1])) if container else each
                for site, (each, container) in enumerate(zip(extents, self._containers, strict=True))
            )
            found.append(Surveyed(msgspec.structs.replace(case, extents=grown), accesses, elements))
        return found, why


def _asked(case: Case, cases: Sequence[Case]) -> Case:
    return next(each for each in cases if (each.size, each.seed) == (case.size, case.seed))


async def build_survey(bench: Workbench, text: bytes) -> Build:
    """The driver with `text`, watched. Raises `Undrivable`."""
    compiler: Compiler | None = bench.toolchain.newest("clang") or bench.toolchain.newest("gcc")
    if compiler is None:
        raise Undrivable("no compiler with OpenMP was found on PATH")
    flags = (*bench.flags.tuning, "-O0", "-fno-builtin")
    return await bench.build(text, compiler, flags, openmp=bench.serial_openmp, survey=True)

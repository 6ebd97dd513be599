"""Compilers that are only asked whether they take a file: Intel's icx and icc, Microsoft's cl, and clang-cl.

Found by name on PATH and tried like the others. Where clang is here and neither cl nor clang-cl is, clang's own
`--driver-mode=cl` stands in for them, for projects that are built with cl; on a machine without Windows' headers
it reads the machine's own.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..analysis.facts import Language
from .asking import answer_of
from .cl_flags import cl_command
from .compilers import Compiler, Family
from .search_path import drivers_on_path

_PROBE = Path(__file__).parent / "harness" / "probe.c"
# By name for C: what compiles C++, how to ask for the version, what answers, and how OpenMP is switched on.
_KINDS: dict[Family, tuple[str, tuple[str, ...], str, tuple[str, ...]]] = {
    "icx": ("icpx", ("--version",), r"Intel\(R\) oneAPI DPC\+\+/C\+\+ Compiler (\d+[.\d]*)", ("-qopenmp",)),
    "icc": ("icpc", ("--version",), r"ic(?:c|pc) \(ICC\) (\d+[.\d]*)", ("-qopenmp",)),
    "cl": ("cl", (), r"Microsoft \(R\) .*Version (\d+[.\d]*)", ("/openmp",)),
    "clang-cl": ("clang-cl", ("--version",), r"clang version (\d+[.\d]*)", ("/openmp",)),
}
_NAME = re.compile(r"(icx|icc|cl|clang-cl)(-\d+)?")


def find_further(language: Language) -> list[str]:
    """Paths of the programs on PATH."""

    def driver(match: re.Match[str]) -> str:
        return match[0] if language == "c" else _KINDS[_family(match[1])][0] + (match[2] or "")

    return drivers_on_path(_NAME, driver)


def _family(name: str) -> Family:
    return next(family for family in _KINDS if family == name)


async def try_further(
    language: Language, programs: Sequence[str], compilers: Sequence[Compiler], scratch: str
) -> tuple[Compiler, ...]:
    """Those that work, and the stand-in where there is none of cl and clang-cl. `compilers` are the gccs and clangs."""
    tried = [each for each in await asyncio.gather(*(_try(language, path, scratch) for path in programs)) if each]
    if not any(each.family in ("cl", "clang-cl") and each.openmp for each in tried):
        clang = next((each for each in compilers if each.family == "clang" and each.openmp is not None), None)
        if clang is not None:
            stand_in = Compiler("clang-cl", clang.version, clang.path, clang.prefix, start=("--driver-mode=cl",))
            stand_in = await _probed(language, stand_in, scratch)
            if stand_in.openmp is not None:
                tried.append(msgspec.structs.replace(stand_in, stand_in=True))
    return tuple(tried)


async def _try(language: Language, path: str, scratch: str) -> Compiler | None:
    name = os.path.basename(path)
    match = _NAME.fullmatch(name) or _NAME.fullmatch(name.replace("icp", "ic"))
    assert match is not None
    family = _family(match[1])
    _, ask, answer, _ = _KINDS[family]
    _, words = await answer_of(path, *ask, cwd=scratch)
    version = re.search(answer, words)
    if version is None:
        return None
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(path)))
    return await _probed(language, Compiler(family, version[1], path, prefix), scratch)


async def _probed(language: Language, compiler: Compiler, scratch: str) -> Compiler:
    """The compiler with what the trial showed. clang-cl compiles for Windows, whose headers may not be here."""
    switches = _KINDS[compiler.family][3]
    ways = [compiler.start]
    if compiler.family == "clang-cl":
        ways.append((*compiler.start, f"--target={platform.machine()}-unknown-linux-gnu"))
    problem = None
    for number, start in enumerate(ways):
        output = os.path.join(scratch, f"{compiler.family}-{compiler.version}-{number}.o")
        if compiler.cl_like:
            command = cl_command(compiler.path, start, switches, language, str(_PROBE), output)
        else:
            kind = "c" if language == "c" else "c++"
            command = [compiler.path, *start, *switches, "-c", "-x", kind, str(_PROBE), "-o", output]
        status, words = await answer_of(*command, cwd=scratch)
        if status == 0:
            return msgspec.structs.replace(compiler, start=start, openmp=switches)
        problem = problem or next((line for line in words.splitlines() if "error" in line), "no message").strip()
    return msgspec.structs.replace(compiler, problem=problem)

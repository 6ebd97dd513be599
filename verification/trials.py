"""Trials: what each compiler and the race checker can do here, shown by compiling and running probe.c.

One libomp-N-dev can be installed beside any number of clangs. Its omp.h and library serve the others too, the header
by -idirafter, so that the rest of that clang's headers stay behind the compiler's own.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ..analysis.facts import Language
from .asking import answer_of
from .compilers import RACE_STATUS, SANITIZERS, Compiler, RaceTools, race_environment
from .further_compilers import try_further
from .lanes.tools import LaneTools
from .lanes.trial import try_lanes
from .scratch import working_directory

_PROBE = Path(__file__).parent / "harness" / "probe.c"


class Found(msgspec.Struct, frozen=True):
    """The compilers that work, newest first; the race tools and those of the lanes, or None and why there are none."""

    compilers: tuple[Compiler, ...]
    race: RaceTools | None
    race_problem: str | None
    lanes: LaneTools | None
    lanes_problem: str | None
    further: tuple[Compiler, ...] = ()


async def try_all(language: Language, programs: Sequence[str], further: Sequence[str] = ()) -> Found:
    turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def turn(coroutine):
        async with turns:
            return await coroutine

    with working_directory() as scratch:
        described = await asyncio.gather(*(turn(_describe(path)) for path in programs))
        compilers = sorted((each for each in described if each), key=lambda each: each.release, reverse=True)
        donors = [donor for each in compilers if each.family == "clang" and (donor := _donor(each))]
        tried = await asyncio.gather(*(turn(_try(each, language, donors[:1], scratch)) for each in compilers))
        (race, race_problem), (lanes, lanes_problem), others = await asyncio.gather(
            _try_race(tried, language, scratch),
            try_lanes(tried, language, scratch),
            try_further(language, further, tried, scratch),
        )
    return Found(tuple(tried), race, race_problem, lanes, lanes_problem, others)


def _prefix(path: str) -> str:
    return os.path.dirname(os.path.dirname(os.path.realpath(path)))


async def _describe(path: str) -> Compiler | None:
    status, words = await answer_of(path, "--version")
    first = words.partition("\n")[0]
    if status != 0:
        return None
    if match := re.search(r"clang version (\d+[.\d]*)", first):
        return Compiler("clang", match[1], path, _prefix(path))
    if match := re.search(r"(\d+\.\d+\.\d+)", first):
        return Compiler("gcc", match[1], path, _prefix(path))
    return None


def _donor(clang: Compiler) -> tuple[str, str] | None:
    """(directory of omp.h, directory of libomp.so) of a clang's own installation."""
    for directory in ("lib", "lib64"):
        library = Path(clang.prefix, directory)
        headers = sorted(library.glob("clang/*/include/omp.h"))
        if headers and (library / "libomp.so").exists():
            return str(headers[-1].parent), str(library)
    return None


async def _try(compiler: Compiler, language: Language, donors: list[tuple[str, str]], scratch: str) -> Compiler:
    """The compiler with what the trials showed filled in."""
    ways: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(("-fopenmp",), ())]
    if compiler.family == "clang" and not _donor(compiler):
        ways += [
            (("-fopenmp=libomp", "-idirafter", header), (f"-L{library}", f"-Wl,-rpath,{library}"))
            for header, library in donors
        ]
    problem = None
    for compile_arguments, link_arguments in ways:
        arguments = [*compile_arguments, *link_arguments]
        status, words = await _probe(compiler, language, scratch, arguments, [], OMP_NUM_THREADS="2")
        if status != 0:
            problem = problem or _first_error(words)
            continue
        compiler = msgspec.structs.replace(compiler, openmp=compile_arguments, openmp_link=link_arguments)
        with_lld = [*arguments, "-fuse-ld=lld"]
        if compiler.family == "clang" and (await _probe(compiler, language, scratch, with_lld, None))[0] == 0:
            compiler = msgspec.structs.replace(compiler, linker=("-fuse-ld=lld",))
        status, _ = await _probe(compiler, language, scratch, [*SANITIZERS, *arguments, *compiler.linker], [])
        return msgspec.structs.replace(compiler, sanitizers=status == 0)
    return msgspec.structs.replace(compiler, problem=problem)


async def _probe(
    compiler: Compiler, language: Language, scratch: str, flags: list[str], run: list[str] | None, **environment: str
) -> tuple[int, str]:
    """Compiles probe.c and, where `run` is a list, runs it with those arguments."""
    program = tempfile.mktemp(dir=scratch)  # nobody else writes in there
    status, words = await answer_of(compiler.path, *_standard(language), "-o", program, *flags, cwd=scratch)
    if status != 0 or run is None:
        return status, words
    return await answer_of(program, *run, cwd=scratch, **environment)


def _standard(language: Language) -> list[str]:
    """For C++ a library header as well: a compiler may be installed without its standard library."""
    return ["-x", "c", str(_PROBE)] if language == "c" else ["-x", "c++", "-include", "vector", str(_PROBE)]


def _first_error(words: str) -> str:
    lines = [line for line in words.splitlines() if "error" in line.lower()] or words.splitlines() or ["no message"]
    return lines[0].strip()


async def _try_race(
    compilers: Iterable[Compiler], language: Language, scratch: str
) -> tuple[RaceTools | None, str | None]:
    """The newest clang whose ThreadSanitizer with Archer reports the planted race and nothing on the clean loop."""
    problem = "no clang was found on PATH"
    for compiler in compilers:
        if compiler.family != "clang":
            continue
        libraries = [Path(compiler.prefix, directory, "libarcher.so") for directory in ("lib", "lib64")]
        archer = next((str(library) for library in libraries if library.exists()), None)
        own = Path(compiler.prefix, "bin", "llvm-symbolizer")
        symbolizer = str(own) if own.exists() else shutil.which("llvm-symbolizer")
        if compiler.openmp is None or archer is None:
            problem = f"{compiler.name} has no OpenMP runtime with libarcher.so beside it"
        elif symbolizer is None:
            problem = f"{compiler.name} has no llvm-symbolizer beside it"
        else:
            tools = RaceTools(compiler, archer, symbolizer)
            problem = await _try_race_tools(tools, language, scratch)
            if problem is None:
                return tools, None
    return None, problem


async def _try_race_tools(tools: RaceTools, language: Language, scratch: str) -> str | None:
    compiler = tools.compiler
    flags = ["-fsanitize=thread", *(compiler.openmp or ()), *compiler.openmp_link, *compiler.linker]
    program = tempfile.mktemp(dir=scratch)
    status, words = await answer_of(compiler.path, "-g", *_standard(language), "-o", program, *flags, cwd=scratch)
    if status != 0:
        return f"{compiler.name} cannot build with ThreadSanitizer: {_first_error(words)}"
    clean, _ = await answer_of(program, cwd=scratch, **race_environment(tools, 2))
    racy, _ = await answer_of(program, "race", cwd=scratch, **race_environment(tools, 2))
    if (clean, racy) == (0, RACE_STATUS):
        return None
    return f"{compiler.name} with Archer failed its trial: status {clean} on a clean loop, {racy} on a planted race"

"""Whether there is a program to run at all, and how it behaves without any edit."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from ..compilers import Compiler
from ..concurrency import both
from ..rivals import begun_serial_builds
from ..workbench import Build, Ran, Workbench
from .answers import first_error

T = TypeVar("T")


class NotRunnable(Exception):
    """The program cannot be built, or ends abnormally with nothing changed; `str()` says why and what would help."""


async def serial_build(bench: Workbench, compiler: Compiler, flags: tuple[str, ...]) -> Build:
    """The unedited program, its OpenMP pragmas silent. Raises `NotRunnable`."""
    flags = (*bench.flags.tuning, *flags)
    build = await bench.build(bench.request.text, compiler, flags, openmp=bench.serial_openmp)
    if not build.ok:
        raise NotRunnable(f"the unedited program cannot be built: {build.stopped or first_error(build.messages)}")
    return build


async def reference_build(bench: Workbench) -> Build:
    """The unedited program that all others are compared with, -O2. One that is built to be timed as well will do.

    Raises `NotRunnable`.
    """
    compilers = bench.toolchain.representatives
    if not compilers:
        raise NotRunnable("no compiler with OpenMP was found on PATH")
    begun = (await begun_serial_builds(bench)).items()
    timed = (build for way, build in begun if way.compiler == compilers[0] and "-O2" in way.level and build.ok)
    return next(timed, None) or await serial_build(bench, compilers[0], ("-O2",))


async def serial_run(bench: Workbench) -> Ran:
    """One run of the unedited program. Raises `NotRunnable` where it does not end by itself."""

    async def run() -> Ran:
        if bench.obstacle is not None and bench.toolchain.representatives:
            raise NotRunnable(bench.obstacle)
        ran = await bench.run(await reference_build(bench), collect=True)
        if ran.completed.stopped:
            raise NotRunnable(
                f"the unedited program was ended: {ran.completed.stopped}; give it arguments with which it does less"
            )
        if ran.completed.status >= 128:
            raise NotRunnable(f"the unedited program itself dies, by signal {ran.completed.status - 128}")
        return ran

    return await bench.once("serial run", run)


async def meanwhile(bench: Workbench, asked: Coroutine[Any, Any, object], builds: Coroutine[Any, Any, T]) -> T:
    """The builds, made while it is found out whether there is any use in them. Raises what `asked` does."""
    if bench.obstacle is None and bench.toolchain.representatives:
        return (await both(asked, builds))[1]
    try:
        await asked
    except BaseException:
        builds.close()
        raise
    return await builds

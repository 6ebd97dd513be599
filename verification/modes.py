"""How the plans of a file get to run: by the project's test command, in the file's own program, or in drivers for the
functions that hold the loops, the user's or ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ..analysis.ir import tree as ir
from .beforehand import begin_builds
from .commanded import by_command
from .copies import observed, serial
from .drivers.drive import drive, function_at, has_main, unit_of
from .drivers.driver import WAYS_OUT, Undrivable
from .drivers.given import users_driver
from .evidence import Mode
from .request import PlannedEdit
from .workbench import Workbench

_DIGIT = re.compile(rb"\d")


class Target(msgspec.Struct, frozen=True):
    """Plans that run in one program: the test command's, the file's own, or one with a driver for their function."""

    bench: Workbench
    edits: tuple[PlannedEdit, ...]
    mode: Mode
    inputs: str = ""


async def targets(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[Target]:
    """Every edit is in one of them. The test command is preferred where it reaches the loop and depends on it, then the
    program, where it reaches the loop and shows what it computed.

    Where none is possible the target's workbench says why, in `obstacle`.
    """
    found: list[Target] = []
    others: dict[str, str] = {}
    if (command := bench.request.command) is not None:
        commanded = await by_command(bench, command, edits)
        if commanded.edits:
            found.append(Target(commanded.bench, commanded.edits, "test command", commanded.bench.words))
        edits, others = [edit for edit in edits if edit.loop in commanded.others], commanded.others
        # The command compiles the file with these flags; nothing else of the project may say so.
        bench.request, bench.flags = commanded.bench.request, commanded.bench.flags
        if not edits:
            return found
    unit = unit_of(bench.request)
    reached, why = await _reached(bench, edits)
    if reached:
        found.append(Target(bench, tuple(reached), "program"))
    groups: dict[tuple[int, str], list[PlannedEdit]] = {}
    functions: dict[int, ir.Function | None] = {}
    for edit in [edit for edit in edits if edit not in reached]:
        function = function_at(unit, edit)
        key = function.start if function is not None else -1
        functions[key] = function
        groups.setdefault((key, others.get(edit.loop, "")), []).append(edit)
    for (key, before), group in groups.items():
        reasons = "; ".join(each for each in (before, why) if each)
        found.append(await _driven(bench, unit, functions[key], group, reasons))
    return found


async def _driven(
    bench: Workbench, unit: ir.Unit, function: ir.Function | None, edits: Sequence[PlannedEdit], why: str
) -> Target:
    try:
        if function is None:
            raise Undrivable("the loop stands in no function that could be called")
        if own := bench.request.drivers.get(function.name):
            driver = users_driver(bench.request, function.name, own)
            return Target(bench.with_driver(driver), tuple(edits), "function", driver.words)
        if function.name == "main":
            raise Undrivable("the loop stands in main itself")
        driver, driven = await drive(bench, unit, function, edits, lambda built: begin_builds(built, edits))
    except Undrivable as problem:
        obstacle = why
        if function is not None and function.name != "main":
            obstacle = "; ".join(each for each in (why, f"{function.name} cannot be called: {problem}") if each)
        other = bench.with_driver(None)
        other.obstacle = f"{obstacle}; {WAYS_OUT}" if obstacle else None
        return Target(other, tuple(edits), "program")
    return Target(driven, tuple(edits), "function", driver.words)


async def _reached(bench: Workbench, edits: Sequence[PlannedEdit]) -> tuple[list[PlannedEdit], str]:
    """The loops that the file's own program runs at least two iterations of, and why not the others."""
    compilers = bench.toolchain.representatives
    if not compilers:
        return list(edits), ""  # the checks say what is missing
    if not has_main(bench.request.text) and not bench.request.sources:
        return [], "the file has no main function, so it is not a program that can be run"
    request = bench.request
    copy = observed(request.text, serial(edits), iterations=True, language=request.language)
    flags = (*bench.flags.tuning, "-O2")
    build = await bench.build(copy.text, compilers[0], flags, openmp=bench.serial_openmp, observe=True)
    if not build.ok:
        plain = await bench.build(request.text, compilers[0], flags, openmp=bench.serial_openmp)
        # What cannot be observed may run nevertheless, and the checks will tell.
        return (list(edits), "") if plain.ok else ([], "")
    ran = await bench.run(build, report=True, collect=True)
    done = ran.completed
    if done.stopped or done.status >= 128 or ran.program_seconds is None:
        return [], ""
    shown = [done.stdout, done.stderr, *done.files.values()]
    if not any(_DIGIT.search(each) for each in shown):
        return [], ""
    counts = [ran.loops.get(number) for number in range(len(edits))]
    reached = [edit for edit, seen in zip(edits, counts, strict=True) if seen is not None and seen.iterations > 1]
    return reached, ""

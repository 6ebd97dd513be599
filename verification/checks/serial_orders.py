"""Serial runs of the outputs check: iterations in reversed and in shuffled order, and garbage in private copies.

All on one thread, so that whatever differs from the program as it was written is the plan's doing, and not chance's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ..concurrency import concurrently
from ..copies import Copy, merged
from ..privates import FILL, PHASES, filled
from ..reordering import ORDER, ORDERS, environment, keeps_its_order, reordered
from ..request import PlannedEdit
from ..workbench import Build, Ran, Workbench
from .answers import first_error
from .program import serial_run

LONG_SECONDS = 10.0  # a program that takes longer is run once of each kind


class SerialRun(msgspec.Struct, frozen=True):
    """`words` are for a person: "iterations reversed"; `reorders` tells whether sums may round differently."""

    words: str
    ran: Ran
    reorders: bool


class SerialRuns(msgspec.Struct, frozen=True):
    """`missing` says what could not be run, and why."""

    compiler: str
    build: Build
    runs: tuple[SerialRun, ...]
    missing: tuple[str, ...] = ()


async def serial_runs(bench: Workbench, edits: Sequence[PlannedEdit]) -> SerialRuns:
    """Raises `NotRunnable` where the unedited program does not run by itself."""
    text, language = bench.request.text, bench.request.language
    gcc = bench.toolchain.newest("gcc")
    compiler = gcc or bench.toolchain.representatives[0]
    why = keeps_its_order(text, edits) if gcc is not None else "it takes gcc"
    marked = reordered(text, edits) if why is None else list(edits)
    order = (ORDER,) if why is None else ()
    flags = (*bench.flags.tuning, "-O2")
    missing: list[str] = []
    copy = filled(text, marked, language)
    build: Build | None = None
    if copy is not None:
        build = await bench.build(copy.text, compiler, flags, openmp=True, also=(*order, FILL))
        if not build.ok:
            copy = None
            missing.append("private copies were not filled with garbage: the copy with the filler does not compile")
    if build is None or not build.ok:
        build = await bench.build(Copy(text, merged(marked)).text, compiler, flags, openmp=True, also=order)
    if not build.ok and why is None:
        why = build.stopped or first_error(build.messages)
    if why is not None:
        missing.append(f"iterations were not reordered in serial: {why}")
    if not build.ok:
        return SerialRuns(compiler.name, build, (), tuple(missing))
    each_kind = 1 if (await serial_run(bench)).completed.seconds > LONG_SECONDS else None
    ways: list[tuple[str, str | None, dict[str, str], bool]] = []
    if copy is not None:
        words = "private copies filled with garbage"
        ways += [(words, None, {"PRAGMATIST_FILL": phase}, False) for phase in PHASES[:each_kind]]
    if why is None:
        ways += [(f"iterations {each}", each, {}, True) for each in ORDERS[:each_kind]]

    async def run(words: str, order: str | None, more: dict[str, str], reorders: bool) -> SerialRun:
        settings = environment(text, edits, order) | more
        return SerialRun(words, await bench.run(build, settings, collect=True), reorders)

    runs = await concurrently(run(*way) for way in ways)
    return SerialRuns(compiler.name, build, tuple(runs), tuple(missing))


def may_reorder_sums(bench: Workbench, edits: Sequence[PlannedEdit]) -> bool:
    """Whether iterations of these loops combine numbers in the order in which they happen to run."""
    combining = re.compile(r"\b(reduction|atomic|critical|ordered)\b")
    for edit in edits:
        statement = bench.request.text[edit.statement.start : edit.statement.end].decode("utf-8", "replace")
        if any(combining.search(each) for each in (statement, *(change.text for change in edit.changes))):
            return True
    return False

"""Serial runs of the outputs check: iterations in reversed and in shuffled order, and garbage in private copies.

All on one thread, so that whatever differs from the program as it was written is the plan's doing, and not chance's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ..copies import Copy, merged
from ..privates import FILL, PHASES, filled
from ..reordering import ORDER, ORDERS, environment, keeps_its_order, reordered
from ..request import PlannedEdit
from ..turns import Turn, side_by_side
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


class Built(msgspec.Struct, frozen=True):
    """`filled`: private copies can be filled with garbage; `unordered`: why iterations cannot be reordered."""

    compiler: str
    build: Build
    filled: bool
    unordered: str | None
    missing: tuple[str, ...]


async def build(bench: Workbench, edits: Sequence[PlannedEdit]) -> Built:
    text, language = bench.request.text, bench.request.language
    gcc = bench.toolchain.newest("gcc")
    compiler = gcc or bench.toolchain.representatives[0]
    why = keeps_its_order(text, edits) if gcc is not None else "it takes gcc"
    marked = reordered(text, edits) if why is None else list(edits)
    order = (ORDER,) if why is None else ()
    flags = (*bench.flags.tuning, "-O2")
    missing: list[str] = []
    copy = filled(text, marked, language)
    built: Build | None = None
    if copy is not None:
        built = await bench.build(copy.text, compiler, flags, openmp=True, also=(*order, FILL))
        if not built.ok:
            copy = None
            missing.append("private copies were not filled with garbage: the copy with the filler does not compile")
    if built is None or not built.ok:
        built = await bench.build(Copy(text, merged(marked)).text, compiler, flags, openmp=True, also=order)
    if not built.ok and why is None:
        why = built.stopped or first_error(built.messages)
    if why is not None:
        missing.append(f"iterations were not reordered in serial: {why}")
    return Built(compiler.name, built, copy is not None, why, tuple(missing))


async def serial_runs(bench: Workbench, edits: Sequence[PlannedEdit]) -> SerialRuns:
    """Raises `NotRunnable` where the unedited program does not run by itself."""
    built = await build(bench, edits)
    if not built.build.ok:
        return SerialRuns(built.compiler, built.build, (), built.missing)
    each_kind = 1 if (await serial_run(bench)).completed.seconds > LONG_SECONDS else None
    ways: list[tuple[str, str | None, dict[str, str], bool]] = []
    if built.filled:
        words = "private copies filled with garbage"
        ways += [(words, None, {"PRAGMATIST_FILL": phase}, False) for phase in PHASES[:each_kind]]
    if built.unordered is None:
        ways += [(f"iterations {each}", each, {}, True) for each in ORDERS[:each_kind]]

    turns = [Turn(built.build, 1, environment(bench.request.text, edits, order) | more) for _, order, more, _ in ways]
    ran = await side_by_side(bench, turns)
    runs = [SerialRun(words, each, reorders) for (words, _, _, reorders), each in zip(ways, ran, strict=True)]
    return SerialRuns(built.compiler, built.build, tuple(runs), built.missing)


def may_reorder_sums(bench: Workbench, edits: Sequence[PlannedEdit]) -> bool:
    """Whether iterations of these loops combine numbers in the order in which they happen to run."""
    combining = re.compile(r"\b(reduction|atomic|critical|ordered)\b")
    for edit in edits:
        statement = bench.request.text[edit.statement.start : edit.statement.end].decode("utf-8", "replace")
        if any(combining.search(each) for each in (statement, *(change.text for change in edit.changes))):
            return True
    return False

"""Which loops the project's test command runs, and whether it would notice if one of them were wrong.

A command that passes whatever the loop computes shows nothing. So each loop is left out once, and what the command
then leaves must be something else.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..codegen.edit import TextChange
from .checks.answers import first_error
from .concurrency import concurrently
from .copies import Copy, observed, serial
from .request import PlannedEdit, ProjectCommand
from .user_command import NOT_BUILT, CommandBench
from .workbench import Ran, Workbench


class Commanded(msgspec.Struct, frozen=True):
    """The loops that the command is evidence about, and why not about each of the others, by loop.

    `bench.obstacle` is set where the command says nothing about any.
    """

    bench: CommandBench
    edits: tuple[PlannedEdit, ...]
    others: dict[str, str]


async def by_command(bench: Workbench, command: ProjectCommand, edits: Sequence[PlannedEdit]) -> Commanded:
    own = CommandBench.beside(bench, command)
    if own.obstacle is not None:
        return Commanded(own, tuple(edits), {})
    compilers = own.toolchain.representatives
    if not compilers:
        return Commanded(own, tuple(edits), {})  # the checks say what is missing
    request = own.request
    copy = observed(request.text, serial(edits), iterations=True, language=request.language)
    build = await own.build(copy.text, compilers[0], ("-O2",), openmp=own.serial_openmp, observe=True)
    if not build.ok:
        own.obstacle = f"the file cannot be observed: {build.stopped or first_error(build.messages)}"
        return Commanded(own, tuple(edits), {})
    ran = await own.run(build, report=True, collect=True)
    if (fails := _failure(own, ran)) is not None:
        own.obstacle = fails
        return Commanded(own, tuple(edits), {})
    why: dict[str, str] = {}
    reached = []
    for number, edit in enumerate(edits):
        seen = ran.loops.get(number)
        if seen is None or seen.iterations < 2:
            why[edit.loop] = f"the test command {own.words} does not run the loop" + (" twice" if seen else "")
        else:
            reached.append(edit)
    answers = await concurrently(_unnoticed(own, ran, edit) for edit in reached)
    why |= {edit.loop: answer for edit, answer in zip(reached, answers, strict=True) if answer is not None}
    return Commanded(own, tuple(edit for edit in reached if edit.loop not in why), why)


def _failure(bench: CommandBench, ran: Ran) -> str | None:
    done = ran.completed
    if done.stopped is not None:
        return f"the test command {bench.words} did not end well with nothing changed: {done.stopped}"
    if done.status != 0:
        lines = [line.strip() for line in done.text.splitlines() if line.strip()]
        last = f": {lines[-1][:200]}" if lines else ""
        return f"the test command {bench.words} fails with nothing changed, with status {done.status}{last}"
    return None


async def _unnoticed(bench: CommandBench, before: Ran, edit: PlannedEdit) -> str | None:
    """Why the command is no evidence about this loop; None where it notices that the loop is left out."""
    start = edit.statement.start
    copy = Copy(bench.request.text, (TextChange(start, start, "while (0) "),))
    compiler = bench.toolchain.representatives[0]
    build = await bench.build(copy.text, compiler, ("-O2",), openmp=bench.serial_openmp)
    ran = await bench.run(build, collect=True) if build.ok else None
    if ran is None or (ran.completed.stopped or "").startswith(NOT_BUILT):
        return f"the test command {bench.words} does not build with the loop left out: whether it depends on it is open"
    if ran.completed.stopped is None and _left(ran) == _left(before):
        return (
            f"the test command {bench.words} does not notice when the loop is left out: let it fail where the result "
            "is wrong, or print the result, or name the file with it ([verify] files)"
        )
    return None


def _left(ran: Ran) -> tuple[int, bytes, bytes, dict[str, bytes]]:
    done = ran.completed
    return done.status, done.stdout, done.stderr, done.files

"""The compile check: every compiler found takes the edited file, with the project's flags and nothing new to warn of.

Each file is compiled twice, as it was and as edited. A compiler that does not take the original says nothing about
the edit. Compiling goes as far as object code: gcc finds many errors of OpenMP only after the syntax. New warnings
count where they are about what was inserted, be it through a macro.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from ..cl_flags import SWITCHES
from ..compilers import Compiler
from ..concurrency import concurrently
from ..copies import Copy, merged
from ..drivers.drive import unit_of
from ..evidence import Check, Trace
from ..msvc_openmp import msvc_limits
from ..request import PlannedEdit
from ..workbench import Build, Workbench
from .answers import Stopwatch, first_error
from .messages import MAYBE_UNINITIALISED, UNINITIALISED, Message, messages

# About optimisations that a compiler did not find: no finding about the program.
_NEVER_COUNTS = re.compile(r"-Wpass-failed.*|-Rpass.*")
# icc says at each start that it is an old compiler.
_QUIET = {"clang": ("-fno-caret-diagnostics",), "icx": ("-fno-caret-diagnostics",), "icc": ("-diag-disable=10441",)}


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[Check]:
    watch = Stopwatch("compile")
    copy = Copy(bench.request.text, merged(edits))
    compilers = _compilers(bench)
    if not compilers:
        missing = "no compiler with OpenMP was found on PATH (Debian, Ubuntu: apt install gcc, or clang and libomp-dev)"
        return [watch.answer("skipped", missing)] * len(edits)
    pairs = await concurrently(_pair(bench, compiler, copy.text) for compiler in compilers)
    commands = [edited.command for _, edited in pairs]
    usable = [pair for pair in pairs if pair[0].ok]
    without = [each.name for each, (original, _) in zip(compilers, pairs, strict=True) if not original.ok]
    if not usable:
        detail = f"the unedited file does not compile: {first_error(pairs[0][0].messages)}"
        return [watch.answer("inconclusive", detail, commands=commands)] * len(edits)
    traces: list[Trace] = []
    problems: list[str] = []
    noted: list[Message] = []
    for compiler, (original, edited) in zip(compilers, pairs, strict=True):
        if original.ok:
            counting, other = _new_messages(bench, copy, original, edited)
            if counting or not edited.ok:
                words = counting[0].text if counting else edited.stopped or first_error(edited.messages)
                problems.append(f"{compiler.name}: {words}")
                traces += [_trace(bench.request.path, copy, compiler, each) for each in counting]
            noted += other
    lint = _msvc(bench, edits)
    if bench.request.cl_level is not None or any(each.family == "cl" for each in compilers):
        problems += lint
    if problems:
        return [watch.answer("refuted", "; ".join(problems), traces, commands)] * len(edits)
    if doubt := next((each for each in noted if each.option in MAYBE_UNINITIALISED), None):
        line = copy.origin(doubt.line)[0]
        detail = f"with the edit, and not without it, {doubt.text} (line {line}): a private copy may be read unset"
        return [watch.answer("inconclusive", detail, commands=commands)] * len(edits)
    names = ", ".join(each.name for each, (original, _) in zip(compilers, pairs, strict=True) if original.ok)
    new = dict.fromkeys(f"a new warning elsewhere: {each.text}" for each in noted)
    detail = "; ".join([f"{names}: no error, no new warning in what was inserted", *new])
    if without:
        detail += f"; {', '.join(without)} cannot compile the unedited file"
    if lint:
        detail += f"; {'; '.join(lint)}"
    return [watch.answer("passed", detail, commands=commands)] * len(edits)


def _compilers(bench: Workbench) -> list[Compiler]:
    """All that are here. clang stands in for cl where the project is built with cl and neither cl nor clang-cl is."""
    level = bench.request.cl_level
    found = [each for each in bench.toolchain.compilers if each.openmp is not None]
    for each in bench.toolchain.further:
        if each.openmp is None or (each.stand_in and level is None):
            continue
        switch = (SWITCHES[level],) if each.cl_like and level is not None else each.openmp
        found.append(msgspec.structs.replace(each, openmp=switch))
    return found


def _msvc(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[str]:
    """What cl would not take, where it is a compiler of the project's or of this machine, or clang-cl is."""
    level = bench.request.cl_level
    if level is None and not any(each.cl_like and not each.stand_in for each in bench.toolchain.further):
        return []
    unit = unit_of(bench.request)
    found = [limit for edit in edits for limit in msvc_limits(bench.request.text, edit, unit, level or "2.0")]
    return [f"Microsoft's cl does not take it: {each}" for each in dict.fromkeys(found)]


async def _pair(bench: Workbench, compiler: Compiler, text: bytes) -> tuple[Build, Build]:
    """The original and the edited file, compiled alike. -O1, since without optimising gcc sees no uninitialised use."""
    own = bench.flags.warnings
    warnings = own if any(flag.startswith("-Werror") for flag in own) else ("-Wall", "-Wextra", *own)
    flags = ("-O1", *bench.flags.tuning, *_QUIET.get(compiler.family, ()))
    edited = await bench.build(text, compiler, flags, openmp=True, link=False, warnings=warnings)
    if edited.ok and not edited.messages.strip():  # then there is nothing that the original could have said before
        return edited, edited
    original = await bench.build(bench.request.text, compiler, flags, openmp=True, link=False, warnings=warnings)
    return original, edited


def _new_messages(bench: Workbench, copy: Copy, original: Build, edited: Build) -> tuple[list[Message], list[Message]]:
    """What the edited file gives and the original does not: what counts against the edit, and what is only noted."""
    path, lines = bench.request.path, copy.changed_lines
    strict = any(flag == "-Werror" for flag in bench.flags.warnings)
    known = Counter((each.line, each.option or each.text) for each in messages(original, path))
    counting: list[Message] = []
    other: list[Message] = []
    for each in messages(edited, path):
        key = copy.origin(each.line)[0], each.option or each.text
        if each.severity != "warning":
            counting.append(each)
        elif known[key] > 0:
            known[key] -= 1
        elif not _NEVER_COUNTS.fullmatch(each.option):
            inserted = not lines.isdisjoint({each.line, *each.uses})
            (counting if strict or inserted or each.option in UNINITIALISED else other).append(each)
    return counting, other


def _trace(path: str, copy: Copy, compiler: Compiler, message: Message) -> Trace:
    line, column = copy.origin(message.line, message.column)
    option = f" [{message.option}]" if message.option else ""
    return Trace(path, line, column, f"{compiler.name}: {message.severity}: {message.text}{option}")

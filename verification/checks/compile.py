"""The compile check: every compiler found takes the edited file, with the project's flags and nothing new to warn of.

Each file is compiled twice, as it was and as edited. A compiler that does not take the original says nothing about
the edit. Compiling goes as far as object code: gcc finds many errors of OpenMP only after the syntax.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from ..compilers import Compiler
from ..concurrency import concurrently
from ..copies import Copy, merged
from ..evidence import Check, Trace
from ..request import PlannedEdit
from ..workbench import Build, Workbench
from .answers import Stopwatch, first_error

_MESSAGE = re.compile(r"(.*?):(\d+):(?:(\d+):)? (warning|error|fatal error|sorry, unimplemented): (.*)")
_OPTION = re.compile(r" \[(-W[^\]]*)\]$")
# New anywhere, these say that a private copy is read before it is written: for certain, and possibly.
_UNINITIALISED, _MAYBE_UNINITIALISED = "-Wuninitialized", "-Wmaybe-uninitialized"
# About optimisations that a compiler did not find: no finding about the program.
_NEVER_COUNTS = re.compile(r"-Wpass-failed.*|-Rpass.*")


class Message(msgspec.Struct, frozen=True):
    severity: str
    option: str
    text: str
    line: int  # in the text that was compiled
    column: int | None


def messages(build: Build, path: str) -> list[Message]:
    """The compiler's warnings and errors in the file itself."""
    found = []
    for line in build.messages.splitlines():
        if (match := _MESSAGE.fullmatch(line)) and match[1] == path:
            option = _OPTION.search(match[5])
            text = match[5][: option.start()] if option else match[5]
            column = int(match[3]) if match[3] else None
            found.append(Message(match[4], option[1] if option else "", text, int(match[2]), column))
    return found


async def check(bench: Workbench, edits: Sequence[PlannedEdit]) -> list[Check]:
    watch = Stopwatch("compile")
    copy = Copy(bench.request.text, merged(edits))
    compilers = [each for each in bench.toolchain.compilers if each.openmp is not None]
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
    if problems:
        return [watch.answer("refuted", "; ".join(problems), traces, commands)] * len(edits)
    if doubt := next((each for each in noted if each.option == _MAYBE_UNINITIALISED), None):
        line = copy.origin(doubt.line)[0]
        detail = f"with the edit, and not without it, {doubt.text} (line {line}): a private copy may be read unset"
        return [watch.answer("inconclusive", detail, commands=commands)] * len(edits)
    names = ", ".join(each.name for each, (original, _) in zip(compilers, pairs, strict=True) if original.ok)
    new = dict.fromkeys(f"a new warning elsewhere: {each.text}" for each in noted)
    detail = "; ".join([f"{names}: no error, no new warning in what was inserted", *new])
    if without:
        detail += f"; {', '.join(without)} cannot compile the unedited file"
    return [watch.answer("passed", detail, commands=commands)] * len(edits)


async def _pair(bench: Workbench, compiler: Compiler, text: bytes) -> tuple[Build, Build]:
    """The original and the edited file, compiled alike. -O1, since without optimising gcc sees no uninitialised use."""
    own = bench.flags.warnings
    warnings = own if any(flag.startswith("-Werror") for flag in own) else ("-Wall", "-Wextra", *own)
    flags = ("-O1", *bench.flags.tuning, *(("-fno-caret-diagnostics",) if compiler.family == "clang" else ()))
    original, edited = await concurrently(
        bench.build(each, compiler, flags, openmp=True, link=False, warnings=warnings)
        for each in (bench.request.text, text)
    )
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
            (counting if strict or each.line in lines or each.option == _UNINITIALISED else other).append(each)
    return counting, other


def _trace(path: str, copy: Copy, compiler: Compiler, message: Message) -> Trace:
    line, column = copy.origin(message.line, message.column)
    option = f" [{message.option}]" if message.option else ""
    return Trace(path, line, column, f"{compiler.name}: {message.severity}: {message.text}{option}")

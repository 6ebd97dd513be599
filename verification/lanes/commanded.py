"""Lane runs of what a project's own test command builds.

Everything that it compiles is compiled for the lanes, by gcc, with the project's own flags; the file under test is
rewritten as its text stands (text.py), without being preprocessed first: its directives in headers and macros run as
they are. Each program that the command then starts is linked with the runtime, and writes a report of its own.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

import msgspec

from ...codegen.edit import apply_changes
from ..user_command import LANES, RACED, WHERE, CommandBench, compiler_script, drivers_of
from ..workbench import OBSERVER, Build, Ran
from .build import LaneBuild, compile_rewritten
from .text import lane_text
from .tools import COMPILE, LINK, assembler_script

# What gcc reads for what to link with -fopenmp: nothing, unless a switch is given that there is not.
_NO_LIBRARY = ("libgomp.spec", b"*link_gomp: %{pragmatist:}\n")


async def prepared_for_lanes(bench: CommandBench, text: bytes, *, observe: bool = False) -> LaneBuild:
    """What the command is to find when it is run on the lanes."""
    return await bench.once(("lanes", text, observe), lambda: _prepared(bench, text, observe))


async def _prepared(bench: CommandBench, text: bytes, observe: bool) -> LaneBuild:
    tools = bench.toolchain.lanes
    assert tools is not None
    compiler, path = tools.compiler, bench.request.path
    marker = f'# 1 "{path}"\n'.encode("utf-8", "surrogateescape")
    tried = text
    plain = [each for each in COMPILE if each != "-fopenmp"]

    async def compiled(rewritten: bytes) -> Build:
        nonlocal tried
        tried = rewritten.removeprefix(marker)
        return await bench.build(tried, compiler, plain, openmp=True, link=False)

    shown = [
        f"{name}={each} {shlex.join(COMPILE)}" for name, each in zip(("CC", "CXX"), drivers_of(compiler), strict=True)
    ]
    command = ("env", *shown, *bench.command.command)
    if (await compiled(text)).ok:
        built, unwatched = await compile_rewritten(marker + text, compiled)
        if not built.ok:
            return LaneBuild(msgspec.structs.replace(built, command=command), unwatched)
    else:  # alone it may lack what the command makes first
        unwatched, tried = (), apply_changes(text, lane_text(text).changes)
    runtime = bench.file("lanes.o", tools.runtime)
    script = bench.file("as", assembler_script(tools.assembler), executable=True)
    objects = [await bench.object_of(compiler, OBSERVER)] if observe else []
    link = ["-x", "none", *objects, runtime, *LINK, "-lm", "-lpthread"]
    flags = [*plain, *(word for each in (script, bench.file(*_NO_LIBRARY)) for word in ("-B", os.path.dirname(each)))]
    words = compiler_script(compiler, flags, True, link, lanes=True)
    return LaneBuild(bench.prepared(tried, words, command), unwatched)


def reports_of(bench: CommandBench, ran: Ran) -> Iterator[tuple[bytes, str]]:
    """By process what it reported, and the executable, where that is needed to tell places; else an empty name."""
    for name, report in sorted(ran.completed.files.items()):
        if name.startswith(LANES):
            program = ran.completed.files.get(RACED + name.removeprefix(LANES))
            yield report, bench.file("program", program) if program is not None else ""


def in_project(bench: CommandBench, ran: Ran, path: str) -> str:
    """A path in the copy that the command ran in as that in the project."""
    copy = ran.completed.files.get(WHERE, b"").strip().decode("utf-8", "surrogateescape") + "/project/"
    return os.path.join(bench.command.root, path.removeprefix(copy)) if path.startswith(copy) else path

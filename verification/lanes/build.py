"""Building a program for the lanes.

Each source is preprocessed first, macros left alone, so that directives in headers are rewritten too (text.py) and
every place stays what it was. Only then it is compiled. A directive that the compiler does not take as rewritten is
left as it stands, and its loop goes unwatched.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from ...codegen.edit import apply_changes
from ..concurrency import concurrently
from ..workbench import Build, Workbench
from .text import LaneText, lane_text
from .tools import COMPILE, LINK, LaneTools, assembler_script

_ERROR = re.compile(r"^(.*?):(\d+):(?:\d+:)? (?:fatal )?error:", re.MULTILINE)
_MARKER = re.compile(rb'^# (\d+) "((?:[^"\\\n]|\\.)*)".*\n', re.MULTILINE)
OPENMP_MACRO = "-D_OPENMP=201511"  # what gcc 6 to 15 define
_PREPROCESSED = ".pragmatist.i"


class Unwatched(msgspec.Struct, frozen=True):
    """A loop that is not dealt out to the lanes one iteration at a time, and why."""

    file: str
    line: int
    why: str


class LaneBuild(msgspec.Struct, frozen=True):
    build: Build
    unwatched: tuple[Unwatched, ...] = ()
    seconds: float = 0.0


async def lane_build(bench: Workbench, text: bytes, *, observe: bool = False) -> LaneBuild:
    """The program with `text` in place of the request's file, for the lanes."""
    return await bench.once(("lanes", text, observe), lambda: _build(bench, text, observe))


async def _build(bench: Workbench, text: bytes, observe: bool) -> LaneBuild:
    started = time.monotonic()
    tools = bench.toolchain.lanes
    assert tools is not None
    request = bench.request
    files = [bench.copy_of(bench.driver.around(text) if bench.driver else text), *request.sources]
    shown = (tools.compiler.path, *COMPILE, *bench.arguments(link=True), *(request.path, *request.sources))
    objects = await concurrently(_Unit(bench, tools, file).compile() for file in files)
    unwatched = tuple(each for unit in objects for each in unit.unwatched)
    failed = next((unit.build for unit in objects if not unit.build.ok), None)
    if failed is not None:
        return LaneBuild(msgspec.structs.replace(failed, command=shown), unwatched)
    runtime = bench.file("lanes.o", tools.runtime)
    harness = await bench.harness_objects(tools.compiler, observe=observe)
    libraries = [*bench.flags.link, "-lm", "-lpthread"]
    programs = [unit.build.program for unit in objects if unit.build.program]
    link = [tools.compiler.path, *LINK, *programs, runtime, *harness, *libraries]
    return LaneBuild(await bench.built(link, shown), unwatched, time.monotonic() - started)


async def compile_rewritten(
    source: bytes, compile: Callable[[bytes], Awaitable[Build]]
) -> tuple[Build, tuple[Unwatched, ...]]:
    """Compiles a preprocessed text as rewritten, so far as the compiler takes it."""
    leave: frozenset[int] = frozenset()
    for simd in (True, True, False):
        changed = lane_text(source, leave, simd=simd)
        compiled = await compile(apply_changes(source, changed.changes))
        if compiled.ok or compiled.stopped:
            break
        more = frozenset(_lines_of(source, _ERROR.findall(compiled.messages)))
        if not changed.changes or (more <= leave and not simd):
            break
        leave |= _directives_near(source, more)
    return compiled, tuple(_unwatched(source, changed))


class _Compiled(msgspec.Struct, frozen=True):
    build: Build
    unwatched: tuple[Unwatched, ...] = ()


class _Unit:
    """One source file on its way to an object."""

    def __init__(self, bench: Workbench, tools: LaneTools, file: str) -> None:
        self._bench, self._tools, self._file = bench, tools, file
        self._arguments = [*bench.flags.tuning, *COMPILE, *bench.arguments(link=True)]
        self._language = "c" if os.path.splitext(file)[1] == ".c" else "c++"
        if file not in bench.request.sources:
            self._language = "c" if bench.request.language == "c" else "c++"

    async def compile(self) -> _Compiled:
        # With -fopenmp, -fdirectives-only loses the pragmas.
        arguments = [OPENMP_MACRO if each == "-fopenmp" else each for each in self._arguments]
        preprocess = [self._tools.compiler.path, *arguments, "-E", "-fdirectives-only", "-x", self._language]
        done = await self._bench.built([*preprocess, self._file], ())
        if not done.ok or done.program is None:
            return _Compiled(done)
        source = Path(done.program).read_bytes()
        if self._file not in self._bench.request.sources:
            # The compiler names target regions by the file that it reads, whatever a line marker says.
            source = source.replace(_quoted(self._file), _quoted(self._bench.request.path))
        return _Compiled(*await compile_rewritten(source, self._object))

    async def _object(self, text: bytes) -> Build:
        bench = self._bench
        script = bench.file("as", assembler_script(self._tools.assembler), executable=True)
        source = bench.file(_PREPROCESSED, text)
        command = [self._tools.compiler.path, *self._arguments, "-B", os.path.dirname(script)]
        command += ["-fpreprocessed", "-fdirectives-only", "-x", self._language, "-c", source]
        return await bench.built(command, ())


def _quoted(path: str) -> bytes:
    """As in a line marker."""
    return ('"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"').encode("utf-8", "surrogateescape")


def _places(source: bytes) -> list[tuple[str, int]]:
    """File and line by each line of a preprocessed text."""
    found: list[tuple[str, int]] = []
    file, line = "", 0
    for each in source.split(b"\n"):
        marker = _MARKER.match(each + b"\n")
        found.append((file, line))
        if marker:
            file, line = (
                marker[2].decode("utf-8", "surrogateescape").replace('\\"', '"').replace("\\\\", "\\"),
                int(marker[1]),
            )
        else:
            line += 1
    return found


def _lines_of(source: bytes, errors: Sequence[tuple[str, str]]) -> list[int]:
    wanted = {(file, int(line)) for file, line in errors}
    return [number for number, place in enumerate(_places(source), 1) if place in wanted]


def _directives_near(source: bytes, lines: frozenset[int]) -> frozenset[int]:
    """The lines themselves and the directives above them: an error is often reported at the loop."""
    text = source.split(b"\n")
    found = set(lines)
    for line in lines:
        for above in range(line, max(0, line - 4), -1):
            if b"#pragma" in text[above - 1] or b"# pragma" in text[above - 1]:
                found.add(above)
                break
    return frozenset(found)


def _unwatched(source: bytes, changed: LaneText) -> list[Unwatched]:
    places = _places(source) if changed.unwatched else []
    return [Unwatched(*places[line - 1], why) for line, why in changed.unwatched]

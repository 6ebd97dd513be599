"""A compiler for a project's own build: it takes gcc's place, and what it makes runs on the lanes.

The build is the user's own, and is not confined. Each source is preprocessed, rewritten and compiled as build.py does
it, in place, so that whatever the build does with objects and archives goes on as always.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ...analysis.facts import Language
from ..certificates import CertificateStore
from ..toolchain import discover
from ..workbench import Build
from .build import OPENMP_MACRO, compile_rewritten
from .call import Call, language_of, read_call
from .tools import COMPILE, LINK, LaneTools, assembler_script

_FAILED = 2


async def compile_for_lanes(language: Language, arguments: Sequence[str]) -> int:
    """Does what gcc, or g++, would do with the arguments. Returns its exit status; messages go to stderr."""
    toolchain = await discover(language, CertificateStore())
    tools = toolchain.lanes
    if tools is None:
        print(f"pragmatist: {toolchain.lanes_problem}", file=sys.stderr)
        return _FAILED
    call = read_call(arguments)
    if call.answers:
        return await _run([tools.compiler.path, *arguments])
    if call.shared:
        print("pragmatist: a shared library cannot run on lanes: link its objects into the program", file=sys.stderr)
        return _FAILED
    if call.only_compiles and call.output and len(call.sources) > 1:
        print("pragmatist: one -o for several sources", file=sys.stderr)
        return _FAILED
    with tempfile.TemporaryDirectory(prefix="pragmatist-") as folder:
        return await _StandIn(tools, call, folder).run()


class _StandIn:
    """One call."""

    def __init__(self, tools: LaneTools, call: Call, folder: str) -> None:
        self._tools, self._call, self._folder = tools, call, folder
        self._gcc = tools.compiler.path
        # Without -fopenmp the project's pragmas are silent, but its memory accesses are watched all the same.
        self._compile = [each for each in COMPILE if each != "-fopenmp" or call.openmp]

    async def run(self) -> int:
        call = self._call
        words = list(call.words)
        for number, (at, source) in enumerate(call.sources.items()):
            made = call.object_of(source) if call.only_compiles else os.path.join(self._folder, f"{number}.o")
            if (status := await self._object(source, made)) != 0:
                return status
            words[at] = made
        if call.only_compiles:
            return 0
        runtime = os.path.join(self._folder, "lanes.o")
        Path(runtime).write_bytes(self._tools.runtime)
        # The language of sources does not hold for objects.
        words = [word for at, word in enumerate(words) if word != "-x" and not (at and words[at - 1] == "-x")]
        link = [self._gcc, runtime, *words, *LINK, "-lm", "-lpthread", "-o", call.output or "a.out"]
        return await _run(link)

    async def _object(self, source: str, made: str) -> int:
        call, language = self._call, language_of(source, self._call)
        preprocessed = os.path.join(self._folder, "preprocessed")
        macro = [OPENMP_MACRO] if call.openmp else []
        options = [each for each in self._compile if each != "-fopenmp"]
        preprocess = [self._gcc, *call.flags, *options, *macro, *call.dependency_flags(source)]
        preprocess += ["-E", "-fdirectives-only", "-x", language, source, "-o", preprocessed]
        if (status := await _run(preprocess)) != 0:
            return status
        script = Path(self._folder, "as")
        script.write_bytes(assembler_script(self._tools.assembler))
        script.chmod(0o700)
        rewritten = Path(self._folder, "rewritten.i")
        command = [self._gcc, *call.flags_once_preprocessed, *self._compile, "-B", self._folder]
        command += ["-fpreprocessed", "-fdirectives-only", "-x", language, "-c", str(rewritten), "-o", made]

        async def compiled(text: bytes) -> Build:
            rewritten.write_bytes(text)
            done, messages = await _answer(command)
            return Build(done == 0, messages, tuple(command))

        text = Path(preprocessed).read_bytes()
        if not call.openmp:
            built, unwatched = await compiled(text), ()
        else:
            built, unwatched = await compile_rewritten(text, compiled)
        sys.stderr.write(built.messages)
        for each in unwatched:
            print(f"{each.file}:{each.line}: pragmatist: not watched by iterations: {each.why}", file=sys.stderr)
        return 0 if built.ok else 1


async def _run(command: Sequence[str]) -> int:
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    return await process.wait()


async def _answer(command: Sequence[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, messages = await process.communicate()
    return process.returncode or 0, messages.decode("utf-8", "replace")

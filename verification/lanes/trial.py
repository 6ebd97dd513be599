"""Trying the lane runtime on this machine: it must report a planted race and be silent on a clean loop."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from ...analysis.facts import Language
from ..asking import answer_of
from ..compilers import Compiler
from .tools import COMPILE, LINK, RACE, RUNTIME, LaneTools, assembler_script, environment

# The loops are as the check would have rewritten them; `mine` has each lane count for itself.
_PROBE = """
#include <omp.h>
static int a[64], mine;
#pragma omp threadprivate(mine)
int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) {
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 1; i < 64; i++) a[i] = a[i - 1] + 1;
  } else {
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < 64; i++) a[i] = ++mine;
  }
  return omp_get_num_threads() - 1;
}
"""


async def try_lanes(
    compilers: Iterable[Compiler], language: Language, scratch: str
) -> tuple[LaneTools | None, str | None]:
    """With the newest gcc that can, or None and why not. Builds the runtime."""
    problem = "no gcc was found on PATH"
    symbolizer = shutil.which("llvm-symbolizer") or _beside(compilers) or shutil.which("addr2line")
    if symbolizer is None:
        return None, "neither llvm-symbolizer nor addr2line was found"
    for compiler in compilers:
        if compiler.family == "gcc" and compiler.openmp is not None:
            tools, problem = await _try(compiler, language, scratch, symbolizer)
            if tools is not None:
                return tools, None
    return None, problem


def _beside(compilers: Iterable[Compiler]) -> str | None:
    """llvm-symbolizer is often only found beside its clang."""
    for compiler in compilers:
        path = os.path.join(compiler.prefix, "bin", "llvm-symbolizer")
        if compiler.family == "clang" and os.access(path, os.X_OK):
            return path
    return None


async def _try(
    compiler: Compiler, language: Language, scratch: str, symbolizer: str
) -> tuple[LaneTools | None, str | None]:
    folder = Path(scratch, f"lanes-{compiler.version}")
    folder.mkdir(exist_ok=True)
    status, words = await answer_of(compiler.path, "-print-prog-name=as", cwd=str(folder))
    assembler = shutil.which(words.strip()) if status == 0 else None
    if assembler is None or not re.fullmatch(r"[\w./+-]+", assembler):
        return None, f"{compiler.name} names no assembler that can be used"
    script = folder / "as"
    script.write_bytes(assembler_script(assembler))
    script.chmod(0o700)
    # The language before each: g++ forgets it after one.
    sources = [word for each in sorted(RUNTIME.glob("*.c")) for word in ("-x", "c", str(each))]
    build = [compiler.path, "-std=gnu11", "-O2", "-fPIC", "-fno-omit-frame-pointer", "-r", "-nostdlib"]
    status, words = await answer_of(*build, *sources, "-o", "lanes.o", cwd=str(folder))
    if status != 0:
        return None, f"{compiler.name} cannot build the lane runtime: {_first(words)}"
    (folder / "probe.c").write_text(_PROBE)
    compile = [compiler.path, *COMPILE, "-B", str(folder), "-x", "c" if language == "c" else "c++", "-c", "probe.c"]
    status, words = await answer_of(*compile, "-o", "probe.o", cwd=str(folder))
    if status == 0:
        link = [compiler.path, *LINK, "probe.o", "lanes.o", "-lm", "-lpthread", "-o", "probe"]
        status, words = await answer_of(*link, cwd=str(folder))
    if status != 0:
        return None, f"{compiler.name} cannot build with ThreadSanitizer: {_first(words)}"
    probe = str(folder / "probe")
    setarch = shutil.which("setarch")
    seen = (-1, -1)
    for start in ((), (setarch, os.uname().machine, "-R") if setarch else ()):
        clean, _ = await answer_of(*start, probe, cwd=str(folder), **environment(1, 8))
        racy, _ = await answer_of(*start, probe, "race", cwd=str(folder), **environment(1, 8))
        seen = clean, racy
        if seen == (0, RACE):
            runtime = (folder / "lanes.o").read_bytes()
            return LaneTools(compiler, runtime, assembler, tuple(start), symbolizer), None
    return None, (
        f"{compiler.name} with the lane runtime failed its trial: "
        f"status {seen[0]} on a clean loop, {seen[1]} on a planted race"
    )


def _first(words: str) -> str:
    lines = [line for line in words.splitlines() if "error" in line.lower()] or words.splitlines() or ["no message"]
    return lines[0].strip()

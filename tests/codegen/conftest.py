"""Facts that say no more than where a loop stands, and the compilers found here."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pragmatist.analysis.facts import LoopFacts, LoopHeader
from pragmatist.analysis.text import LineIndex

C_COMPILERS = [name for name in ("gcc", "gcc-11", "gcc-12", "clang-14", "clang-16", "clang-19") if shutil.which(name)]
CXX_COMPILERS = [c.replace("gcc", "g++").replace("clang", "clang++") for c in C_COMPILERS]


@pytest.fixture
def loop_in() -> Callable[..., LoopFacts]:
    """loop_in(text, nth=0): facts of the nth `for` of a text."""

    def make(text: bytes, nth: int = 0) -> LoopFacts:
        start = [match.start() for match in re.finditer(rb"\bfor\s*\(", text)][nth]
        index = LineIndex(text)
        keyword, rest = index.place(start, start + 3), index.place(start, len(text))
        header = LoopHeader("i", "int", "0", "n", "<", "1", True)
        return LoopFacts(f"L{nth}", "f", rest, keyword, rest, 0, None, header, "for")

    return make


@pytest.fixture
def compiles() -> Callable[[Path], dict[str, str]]:
    """compiles(path): what each compiler found complains of in a C or C++ file with -fopenmp; "" for nothing."""

    def run(path: Path) -> dict[str, str]:
        compilers = C_COMPILERS if path.suffix == ".c" else [c for c in CXX_COMPILERS if shutil.which(c)]
        if not compilers:
            pytest.skip("no gcc or clang here")
        complaints = {}
        for compiler in compilers:
            command = [compiler, "-fopenmp", "-Wall", "-Wno-unknown-pragmas", "-fsyntax-only", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
            complaints[compiler] = done.stderr
        return complaints

    return run

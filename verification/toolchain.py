"""The compilers and tools of this machine, found on PATH and tried.

Finding looks at names only. Trying compiles tiny programs, so it happens when it is asked for, once for a set of
installed programs: the answer is kept in memory and in the certificate store, under a key made of the programs'
real paths, sizes and times.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable

import msgspec

from ..analysis.facts import Language
from .certificates import CertificateStore, content_key
from .compilers import Compiler, RaceTools
from .further_compilers import find_further
from .lanes.tools import COMPILE, LINK, RUNTIME, LaneTools
from .search_path import drivers_on_path
from .trials import try_all

_NAME = re.compile(r"(gcc|clang)(-\d+)?")
_PROBE_VERSION = 3  # part of the key under which answers are kept: raise it when the probing changes


class Toolchain(msgspec.Struct, frozen=True):
    """What can be used for one language, newest first. `race_problem` and `lanes_problem` say why there are no tools
    for the threaded race check and the lane runtime. `further` are compilers that are only asked to take a file."""

    language: Language
    compilers: tuple[Compiler, ...]
    race: RaceTools | None
    race_problem: str | None
    fingerprint: str
    lanes: LaneTools | None = None
    lanes_problem: str | None = None
    further: tuple[Compiler, ...] = ()

    def newest(self, family: str) -> Compiler | None:
        """The newest compiler of a family with which OpenMP works."""
        return next((each for each in self.compilers if each.family == family and each.openmp is not None), None)

    @property
    def representatives(self) -> tuple[Compiler, ...]:
        """The newest gcc and the newest clang with which OpenMP works."""
        return tuple(each for each in (self.newest("gcc"), self.newest("clang")) if each is not None)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Directories outside the system's that the compilers need to read."""
        found = (*self.compilers, *self.further)
        return tuple(sorted({each.prefix for each in found if not f"{each.prefix}/".startswith("/usr/")}))


_known: dict[str, Toolchain] = {}


async def discover(language: Language, store: CertificateStore | None = None) -> Toolchain:
    """The compilers on PATH that work for a language. Costs a few file look-ups once they have been tried."""
    programs, further = find_compilers(language), find_further(language)
    identities = [(path, *_identity(path)) for path in [*programs, *further, *_openmp_files(programs), *_tools()]]
    runtime = [each.read_bytes() for each in sorted(RUNTIME.iterdir()) if each.is_file()]
    key = content_key([_PROBE_VERSION, language, identities, runtime, COMPILE, LINK])
    if key not in _known:
        stored = store.get("toolchain", key, Toolchain) if store else None
        if stored is None:
            found = await try_all(language, programs, further)
            stored = Toolchain(
                language,
                found.compilers,
                found.race,
                found.race_problem,
                key,
                found.lanes,
                found.lanes_problem,
                found.further,
            )
            if store:
                store.put("toolchain", key, stored)
        _known[key] = stored
    return _known[key]


def find_compilers(language: Language) -> list[str]:
    """Paths of the gcc and clang drivers on PATH for a language."""

    def driver(match: re.Match[str]) -> str:
        return match[0] if language == "c" else {"gcc": "g++", "clang": "clang++"}[match[1]] + (match[2] or "")

    return drivers_on_path(_NAME, driver)


def _identity(path: str) -> tuple[str, int, int]:
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError:
        return real, -1, -1
    return real, status.st_size, status.st_mtime_ns


def _openmp_files(programs: Iterable[str]) -> list[str]:
    """The OpenMP runtimes beside the compilers: with one installed or removed, the trials must be repeated."""
    return [
        f"{os.path.dirname(os.path.dirname(os.path.realpath(path)))}/{directory}/{name}"
        for path in programs
        for directory in ("lib", "lib64")
        for name in ("libomp.so", "libarcher.so")
    ]


def _tools() -> list[str]:
    return [path for name in ("ld.lld", "llvm-symbolizer", "addr2line", "setarch") if (path := shutil.which(name))]

"""`pragmatist doctor`: what this machine offers for verification, in a form that can be pasted into an issue."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys

import msgspec

from ...verification.certificates import CertificateStore
from ...verification.sandbox import bubblewrap, landlock
from ...verification.toolchain import Toolchain, discover
from ..version import VERSION
from .exits import ATTENTION, WELL
from .output import write_out


class Diagnosis(msgspec.Struct):
    """What `--format json` prints. `missing` says what keeps loops from being verified, and what to do. Of the two race
    checks, on real threads and on lanes, one is enough."""

    version: str
    python: str
    system: str
    cores: int
    cache: str
    compilers: list[str]
    sandbox: str
    race_check: str
    lane_check: str
    missing: list[str]


def run(arguments: argparse.Namespace) -> int:
    diagnosis = asyncio.run(_diagnose())
    if arguments.format == "json":
        write_out(msgspec.json.encode(diagnosis) + b"\n")
    else:
        write_out(_text(diagnosis))
    return ATTENTION if diagnosis.missing else WELL


async def _diagnose() -> Diagnosis:
    store = CertificateStore()
    problem, means = await bubblewrap.problem(), "bubblewrap"
    if problem is not None and landlock.problem() is None:
        problem, means = None, "Landlock, because bubblewrap does not"
    toolchains = [await discover("c", store), await discover("cpp", store)]
    missing = [problem] if problem is not None else []
    race = lanes = "works"
    for toolchain in toolchains:
        missing += _missing(toolchain)
        if toolchain.race is None:
            race = toolchain.race_problem or "does not work"
        if toolchain.lanes is None:
            lanes = toolchain.lanes_problem or "does not work"
    if store.problem is not None:
        missing.append(store.problem)
    return Diagnosis(
        version=VERSION,
        python=f"{platform.python_version()} ({sys.executable})",
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        cache=str(store.path),
        compilers=[line for toolchain in toolchains for line in _compilers(toolchain)],
        sandbox=f"works ({means})" if problem is None else problem,
        race_check=race,
        lane_check=lanes,
        missing=list(dict.fromkeys(missing)),
    )


def _compilers(toolchain: Toolchain) -> list[str]:
    lines = []
    for compiler in toolchain.compilers:
        openmp = "OpenMP works" if compiler.openmp is not None else f"no OpenMP: {compiler.problem}"
        sanitizers = "sanitizers work" if compiler.sanitizers else "no sanitizers"
        lines.append(f"{toolchain.language}: {compiler.name} ({compiler.path}): {openmp}, {sanitizers}")
    for compiler in toolchain.further:
        if not compiler.stand_in:
            openmp = "OpenMP works" if compiler.openmp is not None else f"no OpenMP: {compiler.problem}"
            lines.append(f"{toolchain.language}: {compiler.name} ({compiler.path}): {openmp}, compile check only")
    return lines


def _missing(toolchain: Toolchain) -> list[str]:
    language = "C" if toolchain.language == "c" else "C++"
    missing = []
    if not toolchain.representatives:
        missing.append(f"no {language} compiler with OpenMP on PATH (Debian, Ubuntu: apt install gcc g++)")
    if toolchain.race is None and toolchain.lanes is None:
        missing.append(f"no race check for {language}: {toolchain.race_problem}; {toolchain.lanes_problem}")
    return missing


def _text(diagnosis: Diagnosis) -> str:
    lines = [
        f"pragmatist {diagnosis.version}, Python {diagnosis.python}",
        f"{diagnosis.system}, {diagnosis.cores} cores",
        f"cache       {diagnosis.cache}",
        f"sandbox     {diagnosis.sandbox}",
        f"race check  on threads: {diagnosis.race_check}",
        f"            on lanes: {diagnosis.lane_check}",
        *(f"compiler    {line}" for line in diagnosis.compilers),
    ]
    if diagnosis.missing:
        lines += ["", "Loops can be judged, but not verified:", *(f"  {line}" for line in diagnosis.missing)]
    else:
        lines += ["", "Everything that verification needs is here."]
    return "\n".join(lines) + "\n"

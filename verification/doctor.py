"""What this machine has of all that verification needs, tried, with remedies; `pragmatist doctor` prints it."""

from __future__ import annotations

from typing import Literal

import msgspec

from .certificates import CertificateStore
from .request import cores
from .sandbox import bubblewrap, landlock
from .toolchain import Toolchain, discover

Status = Literal["ok", "limited", "missing"]


class Component(msgspec.Struct, frozen=True):
    """One part. "limited": verification goes on without it, and `detail` says what is lost. `remedy` is what to do."""

    name: str
    status: Status
    detail: str
    remedy: str | None = None


async def examine(store: CertificateStore | None = None) -> list[Component]:
    """Tries everything that verification uses here. The compilers' trials take some seconds, once."""
    store = store or CertificateStore()
    components = [await _sandbox()]
    components += _compilers(await discover("c", store), "C", "gcc")
    components += _compilers(await discover("cpp", store), "C++", "g++")
    components += [_cores(), _certificates(store)]
    return components


async def _sandbox() -> Component:
    problem = await bubblewrap.problem()
    if problem is None:
        return Component("sandbox", "ok", "bubblewrap: no network, nothing writable but a private directory")
    also = landlock.problem()
    if also is None:
        what = f"Landlock: no network, nothing writable but a private directory, processes in sight; {problem}"
        return Component("sandbox", "limited", what, "apt install bubblewrap")
    problem = f"{problem}; {also}"
    return Component(
        "sandbox",
        "missing",
        f"nothing is compiled or run: {problem}",
        "apt install bubblewrap, or accept the risk with --no-sandbox",
    )


def _compilers(toolchain: Toolchain, name: str, package: str) -> list[Component]:
    found: list[Component] = []
    for compiler in toolchain.compilers:
        works = compiler.openmp is not None
        what = "OpenMP works" if works else f"OpenMP does not work: {compiler.problem}"
        if works and not compiler.sanitizers:
            what += ", sanitizers do not"
        help = None if works else f"apt install {'libomp-dev' if compiler.family == 'clang' else package}"
        found.append(
            Component(f"{name}: {compiler.name}", "ok" if works else "limited", f"{compiler.path}: {what}", help)
        )
    if not toolchain.compilers:
        found.append(Component(f"{name} compilers", "missing", "no gcc or clang on PATH", f"apt install {package}"))
    found += _race_checks(toolchain, name, package)
    if toolchain.compilers and not any(compiler.sanitizers for compiler in toolchain.compilers):
        detail = "no plan can pass without it: no compiler has working address and undefined sanitizers"
        found.append(Component(f"{name}: memory check", "missing", detail, f"apt install {package} clang-19"))
    return found


def _race_checks(toolchain: Toolchain, name: str, package: str) -> list[Component]:
    """Both of them: on threads, and on lanes. One is enough for a plan to pass."""
    checks = [
        (
            f"{name}: race check",
            f"{toolchain.race.compiler.name} with Archer" if toolchain.race else None,
            toolchain.race_problem,
            "apt install clang-19 libomp-19-dev llvm-19",
        ),
        (
            f"{name}: lane race check",
            f"{toolchain.lanes.compiler.name} with our own OpenMP runtime" if toolchain.lanes else None,
            toolchain.lanes_problem,
            f"apt install {package} binutils util-linux",
        ),
    ]
    neither = all(tools is None for _, tools, _, _ in checks)
    found: list[Component] = []
    for check, tools, problem, remedy in checks:
        if tools is not None:
            detail = f"{tools} found a planted race and was silent on a clean loop"
            found.append(Component(check, "ok", detail))
        elif neither:
            found.append(Component(check, "missing", f"no plan can pass without one of the two: {problem}", remedy))
        else:
            found.append(Component(check, "limited", f"the other one stands alone: {problem}", remedy))
    return found


def _cores() -> Component:
    count = cores()
    if count > 1:
        return Component("cores", "ok", f"{count} cores to measure on")
    return Component("cores", "limited", "one core: no speedup can be measured", "run on a machine with more cores")


def _certificates(store: CertificateStore) -> Component:
    store.put("doctor", "trial", "written")
    if store.get("doctor", "trial", str) == "written":
        return Component("certificates", "ok", f"kept in {store.path}")
    detail = f"{store.problem or store.path}; every verification starts afresh"
    return Component("certificates", "limited", detail, "set PRAGMATIST_CACHE_DIR to a directory that can be written")

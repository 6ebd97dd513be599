"""Finding compilers, and knowing what they can do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pragmatist.verification import toolchain
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.toolchain import discover, find_compilers


def install(directory: Path, name: str, script: str) -> Path:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_compilers_are_found_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """gcc and clang with or without a version, once where several names lead to one program, and nothing else."""
    for name in ("gcc-12", "clang-19", "clang++-19", "gcc-ar", "clang-format", "clang-cpp-19", "cc"):
        install(tmp_path, name, "exit 1")
    (tmp_path / "gcc").symlink_to("gcc-12")
    (tmp_path / "gcc-13").write_text("not executable")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [Path(path).name for path in find_compilers("c")] == ["clang-19", "gcc"]
    assert [Path(path).name for path in find_compilers("cpp")] == ["clang++-19"]


async def test_nothing_on_path_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: CertificateStore):
    """It is a toolchain without compilers, which says why there is no race check."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await discover("c", store)
    assert (found.compilers, found.race, found.race_problem) == ((), None, "no clang was found on PATH")


async def test_a_compiler_that_does_not_work_is_left_out_or_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: CertificateStore
):
    """One that will not tell its version; one whose trial of OpenMP fails."""
    install(tmp_path, "clang", "exit 1")
    install(
        tmp_path, "gcc", 'test "$1" = --version && echo "gcc (Trial) 12.2.0" && exit; echo "error: no OpenMP"; exit 1'
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    (only,) = (await discover("c", store)).compilers
    assert (only.name, only.openmp, only.problem) == ("gcc 12.2.0", None, "error: no OpenMP")


async def test_trials_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Asked again, also by another process, nothing is tried; with a compiler changed, it is tried anew."""
    log = tmp_path / "log"
    compiler = install(tmp_path, "gcc", f"echo x >> {log}; echo 'gcc (Trial) 1.2.3'")
    monkeypatch.setenv("PATH", str(tmp_path))
    store = CertificateStore(tmp_path / "cache")
    first = await discover("c", store)
    tried = log.read_text()
    monkeypatch.setattr(toolchain, "_known", {})
    assert await discover("c", store) == first
    assert log.read_text() == tried
    compiler.write_text(compiler.read_text() + "\n# changed\n")
    await discover("c", store)
    assert len(log.read_text()) > len(tried)


@pytest.mark.parametrize("language", ["c", "cpp"])
async def test_what_is_installed_here(language, store: CertificateStore):
    """Every compiler found has a version, and either works with OpenMP or says why not; the newest stands first."""
    found = await discover(language, store)
    if not found.compilers:
        pytest.skip("no gcc or clang on PATH")
    assert all(each.release for each in found.compilers)
    assert all((each.openmp is None) == (each.problem is not None) for each in found.compilers)
    assert [each.release for each in found.compilers] == sorted(
        (each.release for each in found.compilers), reverse=True
    )
    assert (found.race is None) == (found.race_problem is not None)

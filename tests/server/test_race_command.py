"""`pragmatist race`: what it prints, and how it exits."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from pragmatist.server.cli import main
from pragmatist.verification.toolchain import discover

PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : SIZE, last = 0;
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    last = i;
  printf("%d\\n", last);
  return 0;
}
"""


@pytest.fixture(autouse=True)
def needs_lanes() -> None:
    if asyncio.run(discover("c")).lanes is None:
        pytest.skip("no gcc that the lane runtime works with")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "last.c").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return "last.c"


def test_a_race_is_shown_in_the_source(program: str, capsys: pytest.CaptureFixture[str]):
    """Both accesses marked in the line, the file by its relative path; exit status 1."""
    assert main(["race", "-DSIZE=50", program]) == 1
    shown = capsys.readouterr().out
    assert "last.c:7:" in shown
    assert "data race on `last`" in shown
    assert "7 |     last = i;" in shown
    assert "write in iteration" in shown
    assert "1 race (8 lanes, seeds 1 to 4)" in shown


def test_arguments_and_json(program: str, capsys: pytest.CaptureFixture[str]):
    """What follows -- goes to the program, with which there is nothing to find here; exit status 0."""
    assert main(["race", "--format", "json", "--seeds", "2", "--lanes", "3", "-DSIZE=50", program, "--", "1"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], answer["races"], answer["seeds"], answer["lanes"]) == ("clean", [], [1, 2], 3)


def test_json_of_a_race(program: str, capsys: pytest.CaptureFixture[str]):
    """Places, kinds and iterations as numbers."""
    assert main(["race", "--format", "json", "-DSIZE=50", program]) == 1
    (race,) = json.loads(capsys.readouterr().out)["races"]
    assert race["variable"] == "last"
    for access in race["accesses"]:
        assert (access["file"], access["line"], access["kind"]) == ("last.c", 7, "write")
        assert access["within"]["kind"] == "iteration"
        assert 0 <= access["within"]["number"] < 50


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["missing.c"], 2, "missing.c"),
        (["last.c"], 2, "SIZE"),
        (["-DSIZE=50", "--std", "c1066", "last.c"], 2, "c1066"),
        (["-DSIZE=atoi(0)", "last.c"], 3, "signal 11"),
    ],
)
def test_what_cannot_be_told(
    program: str, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
):
    """Said in words: exit status 2 for what is not there or does not compile, 3 for a program that dies."""
    assert main(["race", *arguments]) == status
    shown = capsys.readouterr().out
    assert shown.startswith("cannot tell: ")
    assert words in shown


SUM = """\
#include "add.h"
int main(void) {
  int sum = 0;
#pragma omp parallel for
  for (int i = 0; i < 64; i++)
    ADD(sum, twice(i));
  return sum < 0;
}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of two sources, of which one comes in a static library."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/add.h").write_text("int twice(int);\n#ifndef ADD\n#define ADD(a, b) a += b\n#endif\n")
    (tmp_path / "src/main.c").write_text(SUM)
    (tmp_path / "src/twice.c").write_text('#include "add.h"\nint twice(int x) { return 2 * x; }\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(*flags: str) -> None:
    """As a Makefile would have it."""
    common = ("-O2", "-flto", "-fopenmp", "-Isrc", "-MMD", *flags)
    assert main(["race-cc", *common, "-c", "src/twice.c"]) == 0
    subprocess.run(["ar", "rcs", "libtwice.a", "twice.o"], check=True)
    assert main(["race-cc", *common, "src/main.c", "-L.", "-ltwice", "-o", "sum"]) == 0


def test_a_build_of_the_users_own(project: Path, capsys: pytest.CaptureFixture[str]):
    """With our compiler in place of gcc objects, archives and lists of headers are made as always; the race is seen."""
    build()
    assert (project / "twice.d").read_text().split() == ["twice.o:", "src/twice.c", "src/add.h"]
    assert main(["race", "--program", "sum"]) == 1
    shown = capsys.readouterr().out
    assert "src/main.c:6:5: data race: nothing orders" in shown  # a macro is no variable


def test_a_build_without_a_race(project: Path, capsys: pytest.CaptureFixture[str]):
    """The project's own macros count; a macro with a directive in it is watched too."""
    build('-DADD(a, b)=_Pragma("omp atomic") a += b')
    assert main(["race", "--program", "sum", "--seeds", "2"]) == 0
    assert "no race" in capsys.readouterr().out


def test_what_the_compiler_answers(project: Path, capfd: pytest.CaptureFixture[str]):
    """Questions go to gcc, errors come back with its words and status, and a shared library is refused."""
    assert main(["race-cc", "--version"]) == 0
    assert "gcc" in capfd.readouterr().out.lower()
    (project / "wrong.c").write_text("int f(void) { return missing; }\n")
    assert main(["race-cc", "-fopenmp", "-c", "wrong.c"]) == 1
    assert "missing" in capfd.readouterr().err
    assert main(["race-cc", "-shared", "-fPIC", "src/twice.c", "-o", "libtwice.so"]) == 2
    assert "shared library" in capfd.readouterr().err


def test_a_program_of_another_compiler_is_refused(project: Path, capsys: pytest.CaptureFixture[str]):
    """It would run on real threads, and nobody would look."""
    subprocess.run(["gcc", "-fopenmp", "-Isrc", "src/main.c", "src/twice.c", "-o", "sum"], check=True)
    assert main(["race", "--program", "sum"]) == 2
    assert "was not linked for the lanes" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--program", "sum", "main.c"]])
def test_either_sources_or_a_program(arguments: list[str]):
    """Neither and both are usage errors."""
    with pytest.raises(SystemExit) as stopped:
        main(["race", *arguments])
    assert stopped.value.code == 2


def test_numbers_are_checked(program: str):
    """A wrong number of lanes is a usage error."""
    with pytest.raises(SystemExit) as stopped:
        main(["race", "--lanes", "1", program])
    assert stopped.value.code == 2

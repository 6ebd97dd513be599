"""`pragmatist race`: what it prints, and how it exits."""

from __future__ import annotations

import asyncio
import json
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


def test_numbers_are_checked(program: str):
    """A wrong number of lanes is a usage error."""
    with pytest.raises(SystemExit) as stopped:
        main(["race", "--lanes", "1", program])
    assert stopped.value.code == 2

"""The example program: `pragmatist check` says of each of its loops what examples/README.md works out by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
CLAUSE = re.compile(r"(?P<name>\w+)(?:\((?P<arguments>[^)]*)\))?(?:, |$)")
DEPENDENCE = re.compile(r"flow, (?P<distance>\d+): .*?line (?P<source>\d+) → .*?line (?P<sink>\d+)")


@dataclass(frozen=True)
class Truth:
    """One row of the table: the loop at `line` and what is true of it."""

    line: int
    function: str
    verdicts: tuple[str, ...]
    why: str
    clauses: dict[str, str]


def truths() -> list[Truth]:
    """The rows of the table in examples/README.md."""
    rows = []
    for row in (EXAMPLES / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if not row.startswith("|") or not cells[0].isdecimal():
            continue
        line, function, verdict, why, clauses = cells
        rows.append(
            Truth(
                line=int(line),
                function=function.strip("`"),
                verdicts=tuple(verdict.split(" or ")),
                why=why,
                clauses={found["name"]: found["arguments"] or "" for found in CLAUSE.finditer(clauses)},
            )
        )
    return rows


@cache
def report() -> dict[str, Any]:
    """What `pragmatist check --format json` prints for the example."""
    run = subprocess.run(
        [Path(sys.executable).with_name("pragmatist"), "check", "--format", "json", "heat2d.c"],
        cwd=EXAMPLES, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)["files"][0]


def loop_at(line: int) -> dict[str, Any]:
    """The reported loop whose keyword stands on `line`."""
    (loop,) = [loop for loop in report()["loops"] if loop["line"] == line]
    return loop


def test_every_loop_of_the_example_is_reported():
    """The table and the report name the same loops, and the file parses without an error."""
    source = (EXAMPLES / "heat2d.c").read_text().splitlines()
    lines = [number for number, text in enumerate(source, 1) if re.match(r"\s*for \(", text)]

    assert lines == [truth.line for truth in truths()]
    assert lines == [loop["line"] for loop in report()["loops"]]
    assert report()["errors"] == []


@pytest.mark.parametrize("truth", truths(), ids=lambda truth: f"{truth.function}:{truth.line}")
def test_verdict(truth: Truth):
    """The verdict is the true one, and a parallel loop is proved so."""
    loop = loop_at(truth.line)

    assert loop["function"] == truth.function
    assert loop["verdict"] in truth.verdicts
    assert loop["basis"] == ("proved" if loop["verdict"] == "parallel" else None)


@pytest.mark.parametrize(
    "truth", [truth for truth in truths() if truth.verdicts == ("parallel",)], ids=lambda truth: str(truth.line)
)
def test_clauses_of_a_parallel_loop(truth: Truth):
    """Private variables, reductions and the guard are exactly those of the table."""
    clauses = loop_at(truth.line)["clauses"]
    reductions = [f"{operator}: {variable.split('[')[0]}" for operator, variable in clauses["reduction"]]

    assert sorted(clauses["private"]) == sorted(filter(None, truth.clauses.get("private", "").split(", ")))
    assert reductions == [arguments for name, arguments in truth.clauses.items() if name == "reduction"]
    assert (clauses["if"] is not None) == ("if" in truth.clauses)
    assert (clauses["firstprivate"], clauses["lastprivate"]) == ([], [])


@pytest.mark.parametrize(
    "truth", [truth for truth in truths() if truth.why.startswith("flow")], ids=lambda truth: str(truth.line)
)
def test_dependence_of_a_serial_loop(truth: Truth):
    """One reason names the true flow dependence: where it is written, where it is read, how many iterations later."""
    expected = DEPENDENCE.match(truth.why)
    assert expected is not None
    reasons = loop_at(truth.line)["reasons"]
    places = [{reason["line"], *(other["line"] for other in reason["related"])} for reason in reasons]
    words = [" ".join([reason["message"], *(other["message"] for other in reason["related"])]) for reason in reasons]

    assert {int(expected["source"]), int(expected["sink"])} in places
    assert expected["distance"] == "1"
    assert any(re.search(r"\b(one|1) iteration|\bdistance 1\b", word) for word in words), words


def test_reasons_of_an_impure_call():
    """The loop that calls `record_alarm` is serial because of what that does, and the reasons point at the call."""
    reasons = loop_at(183)["reasons"]
    named = [name for name in ("`alarms`", "`printf`") if any(name in reason["message"] for reason in reasons)]

    assert {reason["line"] for reason in reasons} == {185}
    assert named == ["`alarms`", "`printf`"]


@pytest.mark.parametrize("compiler", ["gcc", "gcc-11", "gcc-12", "clang", "clang-14", "clang-16", "clang-19"])
def test_example_compiles_without_a_warning(compiler: str, tmp_path: Path):
    """Every compiler at hand takes the example as standard C, and has nothing to say about it."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    run = subprocess.run(
        [compiler, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-O2",
         EXAMPLES / "heat2d.c", "-lm", "-o", tmp_path / "heat2d"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_example_is_clean_under_sanitizers(tmp_path: Path):
    """The address and undefined-behaviour sanitizers find nothing in a small run, and change no output."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    outputs = []
    for name, options in {
        "plain": ["-O2"],
        "checked": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    }.items():
        program = tmp_path / name
        subprocess.run(["gcc", "-std=c11", *options, EXAMPLES / "heat2d.c", "-lm", "-o", program], check=True)
        run = subprocess.run([program, "60", "7"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert (run.returncode, run.stderr) == (0, "")
        outputs.append(run.stdout)

    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) > 20


@pytest.mark.parametrize("arguments", [["two"], ["512", "-1"], ["100000"], [""]])
def test_example_refuses_bad_arguments(arguments: list[str], tmp_path: Path):
    """A size or a number of steps out of range is named, with the usage, and nothing is computed."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    subprocess.run(["gcc", "-std=c11", EXAMPLES / "heat2d.c", "-lm", "-o", tmp_path / "heat2d"], check=True)
    run = subprocess.run([tmp_path / "heat2d", *arguments], capture_output=True, text=True)

    assert (run.returncode, run.stdout) == (1, "")
    assert f"'{arguments[-1]}' is not a number from" in run.stderr
    assert "usage: heat2d" in run.stderr


def test_excerpt_in_the_readme_is_still_true():
    """Each loop in the README's excerpt of `pragmatist fix` has the verdict and the pragma that it shows."""
    rows = re.findall(
        r"^ +(\d+) +(\w+) +(parallel|candidate|serial|unknown)(?:, (proved|verified))? +(.*)$",
        (EXAMPLES.parent / "README.md").read_text(),
        re.MULTILINE,
    )
    shown, judged = [], []
    for line, function, verdict, basis, why in rows:
        loop = loop_at(int(line))
        shown.append((function, "candidate" if basis == "verified" else verdict, basis == "proved"))
        judged.append((loop["function"], loop["verdict"], loop["basis"] == "proved"))
        if verdict == "parallel":
            assert loop["pragma"] == f"#pragma omp {why}"

    assert len(rows) > 5
    assert shown == judged

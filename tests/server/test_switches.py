"""What is switched off: by comments, by the project, by the user; on the command line and in values."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from command_line import answer_of, pragmatist
from pragmatist.server.engine.choose import choose_loops
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.switches import hidden_loops, reported

PARALLEL = """\
void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}
"""
OVERLAP = """\
void add(int n, double *y, const double *x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}
"""
SERIAL = """\
#include <stdio.h>
void look(int n, double *x)
{
    for (int i = 1; i < n; i++) {
        x[i] = x[i] + x[i - 1];
        printf("%g", x[i]);
    }
}
"""
NEST = """\
void nest(int n, double (*restrict y)[100])
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < 100; j++)
            y[i][j] = y[i - 1][j] + 1;
}
"""
RACY = """\
void racy(int n, double *restrict y, const double *restrict x)
{
    double t;
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        t = x[i];
        y[i] = t * t;
    }
}
"""


def shown(text: str, disabled: Collection[str] = ()) -> list[str]:
    """Lines of loops with their verdicts, and of directives, that are reported."""
    judgement = reported(judge_text(text.encode(), "c"), disabled)
    loops = [f"{loop.facts.keyword.line} {loop.verdict.verdict}" for loop in judgement.loops]
    return loops + [f"{each.place.line} {each.verdict}" for each in judgement.directives]


def above(text: str, line: str, comment: str = "// pragmatist: ignore") -> str:
    """The text with the comment above the first line that holds `line`."""
    lines = text.splitlines(keepends=True)
    at = next(number for number, each in enumerate(lines) if line in each)
    return "".join([*lines[:at], f"    {comment}\n", *lines[at:]])


def behind(text: str, line: str, comment: str) -> str:
    """The text with the comment at the end of that line."""
    lines = text.splitlines()
    at = next(number for number, each in enumerate(lines) if line in each)
    return "\n".join([*lines[:at], f"{lines[at]} {comment}", *lines[at + 1 :], ""])


@pytest.mark.parametrize(
    ("disabled", "loops"),
    [
        ((), ["3 parallel"]),
        (("PRG001",), []),
        (("PRG0xx",), []),
        (("PRG002", "PRG1xx", "PRG2xx", "PRG3xx", "PRG4xx"), ["3 parallel"]),
    ],
)
def test_a_code_or_a_family_switches_parallel_loops_off(disabled, loops):
    """By the code that they are shown under, and by no other."""
    assert shown(PARALLEL, disabled) == loops


def test_an_assumption_switches_off_what_rests_on_it():
    """A proof is never shown without its assumption: it is shown with it, or not at all."""
    judgement = judge_text(OVERLAP.encode(), "c")
    assert [each.code for each in judgement.loops[0].facts.assumptions] == ["PRG201"]
    assert shown(OVERLAP) == ["3 parallel"]
    assert shown(OVERLAP, ["PRG201"]) == []
    assert shown(PARALLEL, ["PRG201"]) == ["3 parallel"]


def test_a_serial_loop_is_off_when_all_its_reasons_are():
    """One of two reasons: the other is still told. It never looks as if the loop could run in parallel."""
    judgement = judge_text(SERIAL.encode(), "c")
    assert {reason.code for reason in judgement.loops[0].facts.blocking} == {"PRG101", "PRG112"}
    (loop,) = reported(judgement, ["PRG101"]).loops
    assert [reason.code for reason in loop.facts.blocking] == ["PRG112"]
    assert loop.verdict.verdict == "serial"
    assert shown(SERIAL, ["PRG101", "PRG112"]) == []
    assert shown(SERIAL, ["PRG1xx"]) == []


def test_a_comment_silences_the_loop_and_what_is_inside():
    """With codes it is about the loop alone."""
    assert shown(NEST) == ["3 serial", "4 parallel"]
    assert shown(above(NEST, "int i")) == []
    assert shown(above(NEST, "int j")) == ["3 serial"]
    assert shown(above(NEST, "int i", "/* pragmatist: ignore PRG101 */")) == ["5 parallel"]
    assert shown(behind(NEST, "int i", "// pragmatist: ignore PRG1xx")) == ["4 parallel"]
    assert shown(behind(NEST, "int j", "// pragmatist: ignore PRG101")) == ["3 serial", "4 parallel"]


def test_nothing_inside_a_silenced_loop_is_chosen_and_outside_all_is():
    """What `fix` inserts: not what is silenced; an inner loop, where only the outer one's code is off."""
    text = PARALLEL.replace("y[i] = 2.0 * x[i];", "for (int j = 0; j < n; j++) y[1000 * i + j % 1000] = x[j];")
    judgement = judge_text(text.encode(), "c")
    assert [loop.facts.depth for loop in choose_loops(judgement.loops, hidden_loops(judgement))] == [0]
    silenced = judge_text(above(text, "int i").encode(), "c")
    assert choose_loops(silenced.loops, hidden_loops(silenced)) == []
    coded = judge_text(above(text, "int i", "// pragmatist: ignore PRG001").encode(), "c")
    assert [loop.facts.depth for loop in choose_loops(coded.loops, hidden_loops(coded))] == [1]


@pytest.mark.parametrize(
    "text",
    [
        above(RACY, "#pragma"),
        behind(RACY, "#pragma", "// pragmatist: ignore PRG3xx"),
        behind(RACY, "int i", "// pragmatist: ignore"),
        above(RACY, "#pragma", "// pragmatist: ignore PRG301"),
    ],
)
def test_a_racy_directive_is_silenced_at_itself_or_at_its_loop(text):
    """By everything or by its code."""
    assert not [line for line in shown(text) if "race" in line]


def test_a_racy_directive_is_told_of_inside_a_silenced_loop():
    """Who silences a loop does not know of the race further inside."""
    text = RACY.replace("    double t;\n", "    double t;\n    for (int k = 0; k < 9; k++)\n")
    assert "6 race" in shown(above(text, "int k"))
    assert "4 race" in shown(behind(RACY, "#pragma", "// pragmatist: ignore PRG302"))


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        (above(PARALLEL, "int i"), []),
        (above(PARALLEL, "int i", "// pragmatist: ignore PRG999"), ["PRG601"]),
        (above(PARALLEL, "int i", "// pragmatist: ignore prg001"), ["PRG601"]),
        (above(PARALLEL, "int i", "// pragmatist: allow"), ["PRG601"]),
        (above(PARALLEL, "int i", "// pragmatist: ignore PRG001, PRG7xx"), ["PRG601"]),
        (above(PARALLEL, "y[i]"), ["PRG602"]),
        (above(PARALLEL, "void"), ["PRG602"]),
        (behind(PARALLEL, "int i", "// pragmatist: ignore"), []),
        (above("#if 0\n" + PARALLEL + "#endif\n", "int i"), []),
    ],
)
def test_what_is_wrong_with_a_comment_is_said(text, remarks):
    """A code that there is not, words that mean nothing, a place where there is nothing."""
    assert [remark.code for remark in judge_text(text.encode(), "c").remarks] == remarks


def test_a_mistyped_code_switches_nothing_off():
    """And the right ones beside it still work."""
    assert shown(above(PARALLEL, "int i", "// pragmatist: ignore PRG010")) == ["4 parallel"]
    assert shown(above(PARALLEL, "int i", "// pragmatist: ignore PRG010, PRG001")) == []


def test_check_and_fix_heed_comments_and_the_project(tmp_path: Path):
    """The JSON has what is left, in its own form; nothing silenced is verified; exit codes are of what is left."""
    (tmp_path / "a.c").write_text(above(PARALLEL, "int i") + behind(RACY, "#pragma", "// pragmatist: ignore"))
    (tmp_path / "b.c").write_text(OVERLAP + above(SERIAL, "int i", "// pragmatist: ignore PRG110"))
    (tmp_path / "pragmatist.toml").write_text('[diagnostics]\ndisabled = ["PRG201"]\n')

    run = pragmatist("check", "--format", "json", "--fail-on", "parallel", ".", cwd=tmp_path)
    a, b = answer_of(run)["files"]
    assert run.returncode == 0
    assert [loop["line"] for loop in a["loops"]] == []
    assert a["directives"] == []
    assert [(loop["line"], loop["verdict"]) for loop in b["loops"]] == [(10, "serial")]
    assert [(error["line"], "PRG110" in error["message"]) for error in b["errors"]] == [(9, True)]

    text = pragmatist("check", ".", cwd=tmp_path).stdout.decode()
    assert "b.c:9:27: note: `PRG110` is no code" in text
    assert "1 loop in 2 files: 1 serial" in text

    fixed = answer_of(pragmatist("fix", "--format", "json", "a.c", "b.c", cwd=tmp_path))
    assert [loop["line"] for file in fixed["files"] for loop in file["loops"]] == [10]
    assert "nothing to insert" in pragmatist("fix", "a.c", cwd=tmp_path).stdout.decode()


def test_check_says_once_what_is_wrong_with_the_project(tmp_path: Path):
    """The files are judged all the same, and nothing is switched off; the exit code says that something was wrong."""
    for name in ("a.c", "b.c"):
        (tmp_path / name).write_text(PARALLEL)
    (tmp_path / "pragmatist.toml").write_text('[diagnostics]\ndisabled = ["PRG001", "PRG010"]\n')
    run = pragmatist("check", "--format", "json", "a.c", "b.c", cwd=tmp_path)
    assert [len(file["loops"]) for file in answer_of(run)["files"]] == [1, 1]
    assert run.returncode == 2
    (line,) = run.stderr.decode().splitlines()
    assert line.endswith("pragmatist.toml: diagnostics.disabled: unknown code PRG010; did you mean PRG002?")

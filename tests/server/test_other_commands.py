"""`plan`, `evidence`, `doctor` and `--version`."""

from __future__ import annotations

import json

import pytest
from command_line import pragmatist
from model_servers import llama_server
from pragmatist import __version__
from pragmatist.reasoning.strategies.protocol import Step
from pragmatist.server.cli.trace_text import trace_lines

SOURCE = """\
void f(int n, double *restrict y, const double *restrict x)
{
    double t;
    for (int i = 0; i < n; i++) {
        t = x[i];
        y[i] = t;
    }
    for (int i = 1; i < n; i++)
        y[i] = y[i - 1];
}
"""


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "a.c").write_text(SOURCE)
    return tmp_path


def plan(workspace, *arguments: str) -> dict:
    run = pragmatist("plan", *arguments, "--format", "json", cwd=workspace)
    assert (run.returncode, run.stderr) == (0, b"")
    return json.loads(run.stdout)


def test_the_static_plan_of_a_line_and_of_a_line_in_the_body(workspace):
    """The line of the `for`, or any line inside."""
    for line in (4, 6):
        answer = plan(workspace, f"a.c:{line}")
        assert answer.keys() == {"plan", "planned_by", "reasons", "calls", "tokens", "seconds"}
        assert answer["plan"]["directive"] == "parallel for"
        assert answer["plan"]["clauses"]["private"] == ["t"]
        assert (answer["planned_by"], answer["reasons"], answer["calls"], answer["tokens"]) == ("static", [], 0, 0)


def test_no_plan_for_a_serial_loop_and_why(workspace):
    """The reasons name the dependence."""
    answer = plan(workspace, "a.c:8")
    assert answer["plan"] is None
    assert "PRG101" in [reason["code"] for reason in answer["reasons"]]


def test_a_model_proposes_and_the_checker_decides(workspace, plain_model):
    """A real model file that always plans `parallel for` without clauses: refused for the private that it forgot."""
    answer = plan(workspace, "a.c:4", "--strategy", "zero-shot", "--model", str(plain_model))
    assert answer["plan"] is None
    assert answer["planned_by"].startswith("zero-shot ")
    assert "private" in answer["reasons"][0]["message"]
    assert answer["calls"] >= 1
    assert answer["tokens"] > 0


def test_the_trace_is_a_tree(workspace, plain_model):
    """Calls that build on another stand below it, each with what was held against it."""
    arguments = ("plan", "a.c:4", "--strategy", "zero-shot", "--model", str(plain_model))
    plain, traced = (pragmatist(*arguments, *more, cwd=workspace).stdout.decode() for more in ((), ("--trace",)))
    added = traced.removeprefix(plain).splitlines()
    assert traced.startswith(plain)
    assert added[0].startswith("  ├─ plan: refused (")
    assert added[1].startswith('  │     {"directive":"parallel for"')
    assert any(line.startswith("  │     ✗ t is missing") for line in added)
    assert added[-3].startswith("  └─ plan: refused (")


def test_the_trace_in_json_holds_every_call(workspace, plain_model):
    """With what was said of each; the calls of the tree are those of the proposal."""
    answer = plan(workspace, "a.c:4", "--strategy", "zero-shot", "--model", str(plain_model), "--trace")
    assert len(answer["trace"]) == answer["calls"]
    for step in answer["trace"]:
        assert (step["title"], step["outcome"], step["children"]) == ("plan", "refused", [])
        assert json.loads(step["answer"])["directive"] == "parallel for"
        assert any("private" in rejection["message"] for rejection in step["rejections"])
    assert sum(step["prompt_tokens"] + step["answer_tokens"] for step in answer["trace"]) == answer["tokens"]


def test_children_of_a_trace_stand_below_it():
    """And no answer can steer the terminal."""
    leaf = Step("execution", "", "{}\x1b[2J", "accepted", (), 9, 4, 2, 0.5)
    root = Step("dependences", "", "[]", "noted", (), 9, 0, 2, 0.5, (leaf, leaf))
    assert list(trace_lines((root,))) == [
        "  └─ dependences: noted (9 tokens read, 2 written, 0.50 s)",
        "     │  []",
        "     ├─ execution: accepted (9 tokens read, 4 of them read before, 2 written, 0.50 s)",
        "     │     {}\ufffd[2J",
        "     └─ execution: accepted (9 tokens read, 4 of them read before, 2 written, 0.50 s)",
        "           {}\ufffd[2J",
    ]


def test_a_model_server_proposes_and_the_checker_decides(workspace, plain_model):
    """A real server of llama.cpp, named on the command line or in the environment, and asked once for one question."""
    with llama_server(plain_model) as address:
        arguments = ("plan", "a.c:4", "--strategy", "zero-shot", "--format", "json")
        named, found = (
            json.loads(pragmatist(*arguments, *more, cwd=workspace, **env).stdout)
            for more, env in ((("--endpoint", address), {}), ((), {"PRAGMATIST_ENDPOINT": address}))
        )
    assert named["planned_by"] == "zero-shot plain"
    assert "private" in named["reasons"][0]["message"]
    assert named == found  # also in its time: the second is the kept answer of the first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.c:2:3x",), "name a loop as FILE:LINE"),
        (("none.c:4",), "does not exist"),
        (("a.c:1",), "no loop at line 1; loops begin at 4, 8"),
        (("a.c:4", "--model", "m.gguf"), "--strategy zero-shot"),
        (("a.c:4", "--endpoint", "http://localhost:1"), "--strategy zero-shot"),
        (("a.c:4", "--strategy", "zero-shot", "--model", "none.gguf"), "none.gguf"),
        (("a.c:4", "--strategy", "zero-shot", "--endpoint", "ftp://x"), "write http://HOST:PORT"),
        (("a.c:4", "--strategy", "zero-shot", "--endpoint", "http://127.0.0.1:9"), "no model server at"),
    ],
)
def test_what_cannot_be_planned_exits_2_with_words(workspace, arguments, words):
    """And says what to do instead."""
    run = pragmatist("plan", *arguments, cwd=workspace, PRAGMATIST_ENDPOINT="")
    assert (run.returncode, run.stdout) == (2, b"")
    assert words in run.stderr.decode()
    assert "Traceback" not in run.stderr.decode()


def test_no_evidence_yet(tmp_path):
    """An empty cache is no error; an id that is not there is."""
    run = pragmatist("evidence", cwd=tmp_path)
    assert run.returncode == 0
    assert b"no certificates" in run.stdout
    missing = pragmatist("evidence", "abc", cwd=tmp_path)
    assert missing.returncode == 2
    assert b"'abc'" in missing.stderr


def test_doctor_names_what_is_missing(tmp_path):
    """With nothing on PATH: exit 1, and for each thing what to install."""
    run = pragmatist("doctor", "--format", "json", cwd=tmp_path, PATH=str(tmp_path))
    diagnosis = json.loads(run.stdout)
    assert run.returncode == 1
    assert (diagnosis["version"], diagnosis["compilers"]) == (__version__, [])
    assert any("bubblewrap" in line for line in (*diagnosis["missing"], diagnosis["sandbox"]))
    assert any("no C compiler" in line for line in diagnosis["missing"])


def test_version(tmp_path):
    """One line."""
    assert pragmatist("--version", cwd=tmp_path).stdout.decode() == f"pragmatist {__version__}\n"

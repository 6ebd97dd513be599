"""`fix --strategy` and `plan --run-checks`: what the checks refute goes back to the model, and it never certifies."""

from __future__ import annotations

import json
import shutil

import pytest
from command_line import answer_of, pragmatist
from loops_to_verify import SCALE_AND_SCATTER
from model_servers import ScriptedServer, models, said, stream
from scripted_model import PLAIN

PROGRAM = (
    SCALE_AND_SCATTER
    + """
static void shift(int n)
{
    for (int i = 1; i < n; i++)
        x[i] += 0.25 * x[i - 1];
}

int main(int argc, char **argv)
{
    (void)argv;
    x[0] = 1;
    shift(2000);
    for (volatile int i = 0; i < 2000; i++)
        order[i] = i / 2;
    scale(2000);
    scatter(2000);
    printf("%d %.6f\\n", argc, y[7]);
    return 0;
}
"""
)
SCALE, SCATTER, SHIFT = 9, 17, 23

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")),
    reason="needs gcc, clang-19 and bubblewrap",
)


def server(*answers: dict) -> ScriptedServer:
    """An OpenAI-compatible server with one model that answers with these plans, the last one again and again."""
    replies = [stream(*said(json.dumps({**PLAIN, **answer}))) for answer in answers]
    return ScriptedServer(**{"v1/models": [models("m")], "v1/chat/completions": replies})


def last_messages(served: ScriptedServer) -> list[str]:
    return [body["messages"][-1]["content"] for body in served.bodies("/v1/chat/completions")]


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "p.c").write_text(PROGRAM)
    return tmp_path


def test_refutations_go_back_to_the_model(workspace):
    """A race that ran is told; whoever plans what stands is named; a serial loop is not even asked about."""
    with server({"private": ["t"]}, {}, {"directive": "none"}) as served:
        run = pragmatist(
            "fix", "p.c", "--strategy", "zero-shot", "--endpoint", served.url, "--format", "json", "--keep-slower",
            cwd=workspace,
        )  # fmt: skip
    loops = {loop["line"]: loop for loop in answer_of(run)["files"][0]["loops"]}
    asked = last_messages(served)

    assert loops[SCALE]["planned_by"] == "zero-shot m"
    assert loops[SCALE]["evidence"]["verdict"] == "passed"
    assert len(asked) >= 3
    assert "PRG" not in asked[2]
    assert "race" in asked[2]
    assert "line 18" in asked[2]
    assert loops[SCATTER]["verdict"] == "unknown"
    assert loops[SCATTER]["pragma"] is None
    assert loops[SHIFT]["verdict"] == "serial"
    assert not any("x[i - 1]" in message for message in asked)
    assert (workspace / "p.c").read_text() == PROGRAM


def test_a_plan_is_run_only_if_the_user_says_so(workspace):
    """Without `--run-checks` the refuted plan is a candidate; with it the model hears of the race, and gives up."""
    ask = ("plan", f"p.c:{SCATTER}", "--strategy", "zero-shot", "--format", "json")
    answers = []
    for more in ((), ("--run-checks",)):
        with server({}, {"directive": "none"}) as served:
            run = pragmatist(*ask, "--endpoint", served.url, *more, cwd=workspace)
        answers.append((json.loads(run.stdout), last_messages(served)))
    (plain, asked_once), (checked, asked_twice) = answers

    assert plain["plan"] is not None
    assert len(asked_once) == 1
    assert checked["plan"] is None
    assert len(asked_twice) == 2
    assert "race" in asked_twice[1]


def test_run_checks_needs_a_model(workspace):
    """`fix` is what checks the static planner's plans."""
    run = pragmatist("plan", f"p.c:{SCALE}", "--run-checks", cwd=workspace)
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"pragmatist fix" in run.stderr


def test_a_model_that_is_not_there_is_told_before_anything_runs(workspace):
    """In one line."""
    run = pragmatist("fix", "p.c", "--strategy", "react", "--endpoint", "http://127.0.0.1:9", cwd=workspace)
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"nothing listens there" in run.stderr

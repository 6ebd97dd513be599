"""What becomes of a model's plan in the quick pass: a candidate where it stands, else nothing."""

from __future__ import annotations

import json

import pytest
from model_servers import ScriptedServer, models, said, stream
from pragmatist.reasoning.runtimes.endpoint import endpoint
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.judgement import JudgedLoop
from pragmatist.server.engine.model_planning import Asked
from pragmatist.server.engine.quick_planning import plan_quickly
from scripted_model import PLAIN

TEXT = b"""\
void fill(double *to, int i);
void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}
void smooth(int n, double *restrict y)
{
    double buf[8];
    for (int i = 0; i < n; i++) {
        fill(buf, i);
        y[i] = buf[0] + buf[7];
    }
}
"""


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """planned(number of the loop, answer): the loop with the plan of a model that gives this answer."""
    monkeypatch.setenv("PRAGMATIST_CACHE_DIR", str(tmp_path / "cache"))

    async def plan(number: int, answer: dict) -> JudgedLoop | None:
        judgement = judge_text(TEXT, "c")
        answers = [stream(*said(json.dumps({**PLAIN, **answer})))]
        with ScriptedServer(**{"v1/models": [models("m")], "v1/chat/completions": answers}) as server:
            asked = Asked("zero-shot", endpoint(server.url, None))
            return await plan_quickly(judgement, judgement.loops[number], asked)

    return plan


async def test_a_plan_that_stands_is_a_candidate(planned):
    """With the pragma, what is not proved of it, and whose it is."""
    loop = await planned(1, {"private": ["buf"]})
    assert (loop.verdict.verdict, loop.verdict.basis) == ("candidate", None)
    assert loop.verdict.plan.planned_by == "zero-shot m"
    assert loop.pragma == "#pragma omp parallel for private(buf)"
    assert "buf may be private" in " ".join(objection.message for objection in loop.objections)


async def test_a_model_proves_nothing(planned):
    """Not even where the checker has nothing to say against its plan."""
    loop = await planned(0, {"schedule": {"kind": "guided", "chunk": None}})
    assert (loop.verdict.verdict, loop.verdict.basis, loop.objections) == ("candidate", None, ())


@pytest.mark.parametrize(
    ("number", "answer"),
    [(1, {"directive": "none"}), (1, {"private": ["y"]}), (0, {})],
    ids=["declined", "refuted by the facts", "the plan that the loop has"],
)
async def test_nothing_is_shown_that_adds_nothing(planned, number, answer):
    """The static planner's plan stays, and is called its own."""
    assert await planned(number, answer) is None

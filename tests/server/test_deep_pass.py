"""What an editor's verification does where the checks do not confirm the static planner's plan: a model is asked."""

from __future__ import annotations

import json
import shutil

import pytest
from model_servers import ScriptedServer, models, said, stream
from pragmatist.analysis.analyze import analyze
from pragmatist.server.worker.client import Worker
from pragmatist.server.worker.tasks import AskModel, VerifiedLoop, VerifyText
from scripted_model import PLAIN

PROGRAM = b"""\
#include <stdio.h>
static double x[600], y[600];
static int order[600];
static void scatter(int n)
{
    for (int i = 0; i < n; i++)
        y[order[i]] = x[i];
}
int main(void)
{
    for (volatile int i = 0; i < 600; i++)
        order[i] = i / 2;
    scatter(600);
    printf("%.6f\\n", y[7]);
    return 0;
}
"""
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")),
    reason="needs gcc, clang-19 and bubblewrap",
)


async def test_a_model_is_asked_for_what_the_checks_refute(tmp_path, monkeypatch):
    """With what they say; a plan of its own that they refute too is not taken, and without a model nothing is asked."""
    monkeypatch.setenv("PRAGMATIST_CACHE_DIR", str(tmp_path / "cache"))
    loop = analyze(PROGRAM, "c").loops[0].id
    answers = [stream(*said(json.dumps({**PLAIN, **plan}))) for plan in ({}, {"directive": "none"})]
    with ScriptedServer(**{"v1/models": [models("m")], "v1/chat/completions": answers}) as server:
        async with Worker("verification") as worker:
            results = []
            for ask in (
                None,
                AskModel("zero-shot", None, server.url),
                AskModel("zero-shot", None, "http://127.0.0.1:9"),
            ):
                request = VerifyText(str(tmp_path / "p.c"), PROGRAM, loop, "c", ask=ask)
                results.append(await worker.call("verify", request, VerifiedLoop))
                if ask is None:
                    assert server.requests == []
    asked = [body["messages"][-1]["content"] for body in server.bodies("/v1/chat/completions")]

    assert [result.evidence.verdict for result in results] == ["refuted"] * 3
    assert all(result.edit is None for result in results)
    assert len(asked) == 2
    assert "race" in asked[1]

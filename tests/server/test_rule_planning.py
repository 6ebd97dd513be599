"""The rule for undecided variables behind real checks: what they confirm is inserted, and nothing else."""

from __future__ import annotations

import shutil

import pytest
from command_line import answer_of, pragmatist
from model_servers import ScriptedServer, models, said, stream
from pragmatist.analysis.analyze import analyze
from pragmatist.codegen.edit import apply_changes
from pragmatist.server.worker.client import Worker
from pragmatist.server.worker.tasks import AskModel, VerifiedLoop, VerifyText

PROGRAM = """\
void fill(double *to, int i);
void set_first(double *to, int i);
void add(double *to, int i);

void scratch(int n, double *restrict y)
{
    double buf[8];
    for (int i = 0; i < n; i++) {
        fill(buf, i);
        y[i] = buf[0] + buf[7];
    }
}

void prepared(int n, double *restrict y)
{
    double w[2] = {1, 3};
    for (int i = 0; i < n; i++) {
        set_first(w, i);
        y[i] = w[0] * w[1];
    }
}

void running(int n, double *restrict y)
{
    double total[1] = {0};
    for (int i = 0; i < n; i++) {
        add(total, i);
        y[i] = total[0];
    }
}
"""
OTHERS = """\
#include <stdio.h>
void scratch(int n, double *y);
void prepared(int n, double *y);
void running(int n, double *y);
void fill(double *to, int i) { for (int k = 0; k < 8; k++) to[k] = i + k; }
void set_first(double *to, int i) { to[0] = i; }
void add(double *to, int i) { to[0] += i; }
static double a[300], b[300], c[300];
int main(void)
{
    scratch(300, a);
    prepared(300, b);
    running(300, c);
    double sum = 0;
    for (int i = 0; i < 300; i++)
        sum += a[i] + 2 * b[i] + 3 * c[i];
    printf("%.3f\\n", sum);
    return 0;
}
"""
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")),
    reason="needs gcc, clang-19 and bubblewrap",
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """One for all tests, with its certificates: what one has verified, another need not."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "p.c").write_text(PROGRAM)
    (folder / "q.c").write_text(OTHERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRAGMATIST_CACHE_DIR", str(folder / ".cache"))  # as the command has it
        yield folder


def test_copies_are_inserted_where_every_check_passes(workspace):
    """Private where memory is scratch, firstprivate where some of it is older, nothing where neither is right."""
    run = pragmatist("fix", str(workspace / "p.c"), "--format", "json", "--keep-slower", cwd=workspace)
    loops = {loop["function"]: loop for loop in answer_of(run)["files"][0]["loops"]}

    told = {name: [loop[key] for key in ("basis", "planned_by")] for name, loop in loops.items()}
    assert told["scratch"] == ["verified", "rule: private for undecided"]
    assert loops["scratch"]["clauses"]["private"] == ["buf"]
    assert told["prepared"] == ["verified", "rule: firstprivate for undecided"]
    assert loops["prepared"]["clauses"]["firstprivate"] == ["w"]
    assert loops["running"]["pragma"] is None
    assert loops["running"]["evidence"]["verdict"] == "refuted"


async def test_an_editor_tries_the_rule_before_the_model(workspace):
    """A model that is set up is not asked where the rule's plan passes, and is where it does not."""
    loops = {loop.function: loop.id for loop in analyze(PROGRAM.encode(), "c").loops}
    nothing = stream(*said('{"directive": "none"}'))
    with ScriptedServer(**{"v1/models": [models("m")], "v1/chat/completions": [nothing]}) as server:
        async with Worker("verification") as worker:
            results, asked = [], []
            for name in ("prepared", "running"):
                ask = AskModel("zero-shot", None, server.url)
                request = VerifyText(str(workspace / "p.c"), PROGRAM.encode(), loops[name], "c", ask=ask)
                results.append(await worker.call("verify", request, VerifiedLoop))
                asked.append(len(server.bodies("/v1/chat/completions")))
    prepared, running = results

    assert asked[0] == 0 < asked[1]
    assert prepared.evidence.verdict == "passed"
    assert prepared.edit is not None
    assert b"parallel for firstprivate(w)" in apply_changes(PROGRAM.encode(), prepared.edit.changes)
    assert running.evidence.verdict == "refuted"
    assert running.edit is None

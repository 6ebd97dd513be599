"""The engine: which loop of a nest is chosen, and that a fault of ours in one place never hides the others."""

from __future__ import annotations

import msgspec
import pytest
from pragmatist.server.engine import judge as judging
from pragmatist.server.engine.choose import choose_loops
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.judgement import Judgement
from pragmatist.server.words import decisive_reasons

NESTS = b"""\
void nest(int n, double (*restrict y)[100000], const double *restrict x)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 100000; j++)
            y[i][j] = x[j];
    for (int t = 1; t < n; t++)
        for (int j = 1; j < 100000; j++)
            y[t][j] = y[t - 1][j] + y[t][j - 1];
    for (int t = 1; t < n; t++)
        for (int j = 0; j < 100000; j++)
            y[t][j] = y[t - 1][j] + 1.0;
    for (int i = 0; i < 4; i++)
        y[0][i] = 0.0;
#pragma omp parallel for
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 100000; j++)
            y[i][j] = x[j];
}
"""


def verdicts(judgement: Judgement) -> list[tuple[int, str]]:
    return [(loop.facts.keyword.line, loop.verdict.verdict) for loop in judgement.loops]


def test_the_outermost_loop_that_pays_is_chosen():
    """The outer loop of a parallel nest; the inner one where the outer is serial; none that is tiny or governed."""
    judgement = judge_text(NESTS, "c")
    assert [loop.facts.keyword.line for loop in choose_loops(judgement.loops)] == [3, 10]
    assert dict(verdicts(judgement))[4] == "parallel"
    assert dict(verdicts(judgement))[12] == "parallel"
    assert dict(verdicts(judgement))[15] == "parallel"


def test_a_governed_loop_is_judged_but_nothing_is_proposed_for_it():
    """A second directive beside the one that stands there would be wrong."""
    (governed,) = [loop for loop in judge_text(NESTS, "c").loops if loop.facts.keyword.line == 15]
    assert (governed.verdict.verdict, governed.verdict.plan, governed.pragma) == ("parallel", None, None)


def test_a_fault_in_one_loop_is_reported_beside_the_others(monkeypatch):
    """The planner fails for one loop: that one is unknown with an error at its line, the others are as ever."""
    whole = judge_text(NESTS, "c")
    real = judging.plan_statically

    def failing(facts, **options):
        if facts.keyword.line == 6:
            raise RuntimeError("planted")
        return real(facts, **options)

    monkeypatch.setattr(judging, "plan_statically", failing)
    judgement = judge_text(NESTS, "c")
    assert verdicts(judgement) == [(line, "unknown" if line == 6 else verdict) for line, verdict in verdicts(whole)]
    (error,) = judgement.errors
    assert error.line == 6
    assert "planted" in error.message


def test_a_fault_of_the_analysis_is_an_answer_too(monkeypatch):
    """No loops, and an error that asks for a report; `failed` makes the exit code 2."""

    def failing(*_, **__):
        raise RecursionError("planted")

    monkeypatch.setattr(judging, "analyze", failing)
    judgement = judge_text(NESTS, "c")
    assert (judgement.loops, judgement.failed) == ((), True)
    assert "report" in judgement.errors[0].message


@pytest.mark.parametrize("text", [NESTS, b"", b"\xff\xfe\xfd", NESTS[:300]])
def test_a_judgement_survives_the_wire(text):
    """Workers send it as JSON; nothing is lost or changed."""
    judgement = judge_text(text, "c")
    assert msgspec.json.decode(msgspec.json.encode(judgement), type=Judgement) == judgement


def test_text_that_is_incomplete_is_said_to_be():
    """A loop that nothing speaks against but the text around it is unknown, and says so."""
    text = b"""
    void f(int n, double *x, int m) {
    #ifdef WIDE
        if (n > 4) {
    #else
        if (n > 8) {
    #endif
        for (int i = 0; i < n; i++)
            x[i] = 2.0 * x[i];
        }
        m = (3 + ;
    }
    """
    loop = judge_text(text, "c").loops[0]
    assert loop.verdict.verdict == "unknown"
    assert ["does not parse" in reason.message for reason in decisive_reasons(loop)] == [True]

"""The model that comes along: small, and at home in the product's own prompts."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.models.shipped import shipped_model
from pragmatist.reasoning.propose import propose_plan
from pragmatist.reasoning.strategies.registry import STRATEGIES

SCATTER = """
void scatter(int n, const int *restrict order, const double *restrict x, double *restrict y) {
    for (int i = 0; i < n; i++)
        y[order[i]] = x[i];
}
"""


def test_it_is_small():
    """12 MB at most, since everybody downloads it."""
    path = shipped_model()
    assert path is not None
    assert path.stat().st_size < 12e6


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_ends_with_it(strategy):
    """With a plan that the checker lets pass, or with none and a reason."""
    (loop,) = analyze(SCATTER.encode(), "c").loops
    path = shipped_model()
    assert path is not None
    proposal = propose_plan(loop, strategy=strategy, model=path)
    assert proposal.calls
    if proposal.plan is None:
        assert proposal.reasons
    else:
        assert not [each for each in check_plan(proposal.plan, loop) if each.refuted]

"""What is said of the benchmark kernels against the truth that was written down by hand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

KERNELS = Path(__file__).parents[2] / "benchmarks/kernels"
TRUTH = tomllib.loads((KERNELS / "truth.toml").read_text())
NAME = re.compile(rb"/\* ([a-z ]+) \*/")


def judged(kernel: str) -> dict[str, tuple[str, set[str]]]:
    """Each loop's verdict and reductions, by the name in the comment behind its header."""
    text = (KERNELS / f"{kernel}.c").read_bytes()
    lines = text.splitlines()
    found = {}
    for loop in analyze(text, "c").loops:
        name = NAME.search(lines[loop.keyword.line - 1])
        assert name is not None
        verdict = judge(loop, plan_statically(loop))
        reductions = {each.variable for each in verdict.plan.reductions} if verdict.plan is not None else set()
        found[name[1].decode()] = (verdict.verdict, reductions)
    return found


def test_every_kernel_has_its_truth():
    """No kernel without, and none that is not there."""
    assert {path.stem for path in KERNELS.glob("*.c")} == set(TRUTH)


@pytest.mark.parametrize("kernel", TRUTH)
def test_verdicts_agree_with_the_truth(kernel: str):
    """Nothing serial is called parallel, nothing parallel serial; reductions are those that there are."""
    found = judged(kernel)
    assert found.keys() == TRUTH[kernel].keys()
    for name, truth in TRUTH[kernel].items():
        verdict, reductions = found[name]
        if truth["is"] == "parallel":
            assert verdict in ("parallel", "candidate"), name
            assert reductions == set(truth.get("reduction", ())), name
        elif truth["is"] == "serial":
            assert verdict in ("serial", "unknown"), name
        else:
            assert verdict != "parallel", name

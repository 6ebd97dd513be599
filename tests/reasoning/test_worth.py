"""From how much work on a loop runs in parallel: the comparison that is written, and that the checker lets through."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.condition import ConditionError, check_condition
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.worth import when_worth, work_of

NESTS = {
    "one loop": ("for (int i = 2; i < n; i++) a[i] = i;", "n - 2"),
    "a product": (
        "for (int i = 0; i < n; i++) for (int j = 0; j < m - 1; j++) a[i * m + j] = 0;",
        "(double)n * (m - 1)",
    ),
    "quotient and multiple": (
        "for (int i = 0; i < n; i++) for (int j = 0; j < m / 2; j++) for (int k = -m; k <= m; k++) a[i * m + j] += k;",
        "(double)n * (m / 2) * (2.0 * m + 1)",
    ),
    "the longest chain": (
        "for (int i = 0; i < n; i++) { for (int j = 0; j < m; j++) a[i] += j;"
        " for (int j = 0; j < m; j++) for (int k = 0; k < n; k++) a[i] += k; }",
        "(double)n * m * n",
    ),
    "constants left out": ("for (int i = 0; i < 100; i++) for (int j = 0; j < m; j++) a[i * m + j] = 0;", "m"),
    "what changes left out": ("for (int i = 0; i < n; i++) for (int j = 0; j < i; j++) a[i] += j;", "n"),
    "nothing to compare": ("for (int i = 0; i < 100; i++) a[i] = i;", None),
}  # fmt: skip


def outer(body: str) -> tuple[LoopFacts, tuple[LoopFacts, ...]]:
    facts = analyze(f"void f(int n, int m, double *a) {{ {body} }}".encode(), "c")
    return facts.loops[0], facts.loops


@pytest.mark.parametrize(("body", "expected"), NESTS.values(), ids=NESTS.keys())
def test_the_work_of_a_nest_is_the_product_of_what_is_known_before_it(body: str, expected: str | None):
    """Without a product of integers, which might overflow."""
    assert work_of(*outer(body)) == expected


@pytest.mark.parametrize(("body", "work"), NESTS.values(), ids=NESTS.keys())
def test_the_comparison_stands_in_the_plan(body: str, work: str | None):
    """It goes before the plan's own condition, and the checker has nothing new to say."""
    facts, loops = outer(body)
    plan = plan_statically(facts, inner=loops)
    assert plan is not None
    if work is None:
        return
    changed = when_worth(plan, facts, work, 5000)
    assert changed is not None
    assert changed.condition is not None
    assert changed.condition.startswith(f"{work} > 5000")
    assert check_plan(changed, facts) == check_plan(plan, facts)


@pytest.mark.parametrize(
    "condition",
    [
        "(double)n * f(m) > 10", "(double)n * q > 10", "(double)n * (m / 0) > 10", "(double)n * (m / n) > 10",
        "(double)n * (m * n) > 10", "(double)n * a[0] > 10", "(double)(n = 3) * m > 10", "(double)n * m < 10",
        "(int)n * m > 10", "(double)n * > 10", "(double)n * (2.0 * 3) * (m++) > 10", "(double)n / m > 10",
    ],
)  # fmt: skip
def test_nothing_else_passes_for_such_a_comparison(condition: str):
    """No call, no name that may change, no division that may trap, no product of integers, no effect."""
    facts, _ = outer("for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) a[i * m + j] = 0;")
    with pytest.raises(ConditionError):
        check_condition(condition, facts)

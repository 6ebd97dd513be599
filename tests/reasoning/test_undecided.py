"""The rule for variables whose role is undecided: which copies it proposes, and what it keeps off."""

from __future__ import annotations

import pytest
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.undecided import plans_for_undecided

OPEN = {"role": "shared", "undecided": True, "automatic": True}


def proposed(facts) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    plan = plan_statically(facts)
    assert plan is not None
    return [(each.private, each.firstprivate) for each in plans_for_undecided(plan, facts)]


def test_private_comes_first(make_facts):
    """Then firstprivate; other clauses stay, and who planned it is said."""
    facts = make_facts(t="private", buf=OPEN, unknowns="fill(buf) is not followed")
    plan = plan_statically(facts)
    assert plan is not None
    private, first = plans_for_undecided(plan, facts)

    assert (private.private, private.firstprivate) == (("t", "buf"), ())
    assert (first.private, first.firstprivate) == (("t",), ("buf",))
    assert [private.planned_by, first.planned_by] == [
        "rule: private for undecided",
        "rule: firstprivate for undecided",
    ]
    assert not any(each.refuted for each in (*check_plan(private, facts), *check_plan(first, facts)))


def test_all_get_the_same_clause(make_facts):
    """However many there are: each plan is one more guess that the checks may fail to refute."""
    names = tuple(f"v{n}" for n in range(5))
    assert proposed(make_facts(**dict.fromkeys(names, OPEN))) == [(names, ()), ((), names)]


@pytest.mark.parametrize(
    "variable",
    [
        {**OPEN, "undecided": False},
        {**OPEN, "automatic": False},
        {**OPEN, "type": "double *"},
        {**OPEN, "is_class": True},
        {**OPEN, "live_out": True},
        {**OPEN, "type": "double [1000000]", "is_array": True},
    ],
    ids=["decided", "global", "pointer", "class", "read after the loop", "too large for a stack"],
)
def test_what_it_keeps_off(make_facts, variable):
    """A copy would not help, could not be made, or might be wrong without any run that shows it."""
    assert proposed(make_facts(v=variable)) == []
    assert proposed(make_facts(v=variable, buf=OPEN)) == [(("buf",), ()), ((), ("buf",))]

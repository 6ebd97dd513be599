"""The static planner: clauses from roles, guards, collapse and schedule where the text shows a reason."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pragmatist.analysis.facts import Place
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Reduction, Schedule
from pragmatist.reasoning.planner import TargetNotOffered, plan_statically, why_no_plan

POINTER = {"role": "shared", "type": "double *"}


def test_roles_become_clauses(make_facts):
    """Each role is written as the clause that it asks for, in the order in which the facts have the variables."""
    plan = plan_statically(
        make_facts(
            t="private",
            u="private",
            c="firstprivate",
            last={"role": "lastprivate", "live_out": True},
            s={"role": "reduction", "operator": "-"},
            m={"role": "reduction", "operator": "max"},
            h={"role": "reduction", "operator": "+", "type": "long *", "section": "[0:16]"},
            x=POINTER,
            v="local",
            j="induction",
        )
    )
    assert plan is not None
    assert plan.directive == "parallel for"
    assert plan.private == ("t", "u", "j")
    assert plan.firstprivate == ("c",)
    assert plan.lastprivate == ("last",)
    assert plan.reductions == (Reduction("+", "s"), Reduction("max", "m"), Reduction("+", "h[0:16]"))
    assert (plan.collapse, plan.schedule, plan.condition, plan.planned_by) == (None, None, None, "static")


def test_open_assumptions_become_the_if_clause(make_facts):
    """Guards are joined; what is discharged already is not asked again."""
    facts = make_facts(guards=("x + n <= y || y + n <= x", "x + n <= z"))
    plan = plan_statically(facts)
    assert plan is not None
    assert plan.condition == "(x + n <= y || y + n <= x) && x + n <= z"
    discharged = [msgspec.structs.replace(a, discharged_by="restrict") for a in facts.assumptions]
    plan = plan_statically(msgspec.structs.replace(facts, assumptions=tuple(discharged)))
    assert plan is not None
    assert plan.condition is None


@pytest.mark.parametrize(
    "spec",
    [
        {"blocking": "x[i] needs x[i - 1]"},
        {"header": None},
        {"kind": "while", "header": None},
        {"b": "blocking"},
        {"s.sum": {"role": "reduction", "operator": "+"}},
        {"h": {"role": "reduction", "operator": "+", "type": "int *"}},
    ],
)
def test_no_plan_where_facts_refute_every_plan(spec, make_facts):
    """Where no clause can make the loop right there is no plan, and the reason is to be had."""
    facts = make_facts(**spec)
    assert plan_statically(facts) is None
    assert why_no_plan(facts) != ()


def test_doubts_leave_a_plan(make_facts):
    """What is only unknown does not stop the planner: the plan is for verification to try."""
    facts = make_facts(t="private", unknowns="cannot tell which element", assumed=("idx has no duplicates",))
    plan = plan_statically(facts)
    assert plan is not None
    assert plan.private == ("t",)
    assert why_no_plan(facts) == ()


def test_few_outer_iterations_are_collapsed(make_facts):
    """A constant, small outer trip count collapses two loops; a large or unknown one does not."""
    spec = {"collapsible": 2, "innermost": False, "j": "local", "x": POINTER, "writes": [("x[i][j]", "i", "j")]}
    trips = {12: 2, 63: 2, 64: None, None: None}
    depths = {}
    for trip in trips:
        plan = plan_statically(make_facts(**spec, header={"trip_count": trip}))
        depths[trip] = plan.collapse if plan is not None else "no plan"
    assert depths == trips


def inner_of(facts, name="L2", *, lower="0", upper="m", trip_count=None, innermost=True):
    header = msgspec.structs.replace(facts.header, variable="j", lower=lower, upper=upper, trip_count=trip_count)
    return msgspec.structs.replace(
        facts, id=name, parent="L1", place=Place(10, 900, 2, 1, 3, 1), header=header, innermost=innermost, collapsible=1
    )


def test_collapse_leaves_the_innermost_loop_alone_unless_iterations_are_very_few(make_facts):
    """Collapsing into the innermost loop costs vectorisation, so 32 outer iterations do not justify it and 4 do."""
    depths = {}
    for trip in (4, 32):
        facts = make_facts(collapsible=2, innermost=False, j="induction", header={"trip_count": trip})
        plan = plan_statically(facts, inner=[inner_of(facts)])
        depths[trip] = plan.collapse if plan is not None else "no plan"
    assert depths == {4: 2, 32: None}


def test_no_collapse_where_it_would_write_one_place_from_many_threads(make_facts):
    """`s[i] += …` in an inner loop is parallel over i only, whatever the facts say of the nest."""
    facts = make_facts(collapsible=2, x=POINTER, writes=[("x[i]", "i")], header={"trip_count": 4})
    plan = plan_statically(facts)
    assert plan is not None
    assert plan.collapse is None


@pytest.mark.parametrize(
    ("bounds", "schedule"),
    [
        ({"lower": "i + 1"}, Schedule("dynamic", 8)),
        ({"upper": "i"}, Schedule("dynamic", 8)),
        ({"lower": "row[i]", "upper": "row[i + 1]"}, Schedule("guided")),
        ({"upper": "m"}, None),
        ({"upper": "ii"}, None),
    ],
)
def test_uneven_inner_loops_are_not_scheduled_statically(bounds, schedule, make_facts):
    """Inner bounds that change with the induction variable give a schedule; others leave the default."""
    facts = make_facts(innermost=False, j="local")
    plan = plan_statically(facts, inner=[facts, inner_of(facts, **bounds)])
    assert plan is not None
    assert plan.schedule == schedule


def test_too_little_work_takes_lanes_or_says_so(make_facts):
    """A short innermost loop gets simd; where lanes cannot be used either, the plan says that threads will not pay."""
    short = {"header": {"trip_count": 32}, "work": 4}
    lanes = plan_statically(make_facts(**short, s={"role": "reduction", "operator": "+"}))
    calls = plan_statically(make_facts(**short, calls=("exp",)))
    assert lanes is not None
    assert calls is not None
    assert (lanes.directive, calls.directive) == ("simd", "parallel for")
    assert "will not pay" in calls.rationale


def test_gpu_is_refused_in_words(make_facts):
    """What cannot be done right is not offered, and the message says what to do instead."""
    with pytest.raises(TargetNotOffered, match="use target cpu"):
        plan_statically(make_facts(), target="gpu")


ROLES = ["local", "induction", "shared", "private", "firstprivate", "lastprivate", "reduction", "blocking"]
VARIABLE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(ROLES),
        "type": st.sampled_from(["double", "double *", "double [8]", "std::vector<int>", "double [1000000]"]),
        "operator": st.sampled_from(["+", "-", "max", "&&"]),
        "section": st.sampled_from([None, "[0:8]", "[0:n]"]),
        "live_out": st.booleans(),
        "is_array": st.booleans(),
        "is_class": st.booleans(),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(
    a=VARIABLE,
    b=VARIABLE,
    trip=st.sampled_from([None, 1, 12, 100000]),
    inside=st.booleans(),
    collapsible=st.integers(1, 3),
    guards=st.lists(st.sampled_from(["a + n <= b", "n > 0", "a == b ? 1 : 0", 'weird("'])),
    work=st.sampled_from([None, 3]),
)
def test_no_plan_of_the_planner_is_refuted(make_facts, a, b, trip, inside, collapsible, guards, work):
    """Whatever the facts, the plan is one that the checker does not refute, or there is a reason why there is none."""
    header = {"trip_count": trip, "declared_in_header": inside}
    facts = make_facts(a=a, b=b, header=header, collapsible=collapsible, guards=guards, work=work)
    plan = plan_statically(facts)
    if plan is None:
        assert why_no_plan(facts) != ()
    else:
        assert [r for r in check_plan(plan, facts) if r.refuted] == []

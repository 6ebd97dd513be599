"""Verdicts: what may be called proved, verified, candidate, serial, unknown."""

from __future__ import annotations

import pytest
from pragmatist.reasoning.plan import Verdict
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

PROVED = {"t": "private"}
GUARDED = {"guards": ("x + n <= y",)}
UNKNOWN = {"unknowns": "cannot tell which element"}
ASSUMED = {"assumed": ("idx has no duplicates",)}
SERIAL = {"blocking": "x[i] needs x[i - 1]"}


@pytest.mark.parametrize(
    ("spec", "evidence", "expected"),
    [
        (PROVED, False, ("parallel", "proved")),
        (PROVED, True, ("parallel", "proved")),
        (GUARDED, False, ("parallel", "proved")),
        (UNKNOWN, False, ("candidate", None)),
        (UNKNOWN, True, ("parallel", "verified")),
        (ASSUMED, False, ("candidate", None)),
        (ASSUMED, True, ("parallel", "verified")),
        (SERIAL, False, ("serial", None)),
        (SERIAL, True, ("serial", None)),
        ({**SERIAL, **UNKNOWN}, False, ("serial", None)),
        ({"header": None}, False, ("unknown", None)),
        ({"complete": False}, False, ("unknown", None)),
    ],
)
def test_verdict_of_the_static_plan(spec, evidence, expected, make_facts):
    """Blocking reasons win over everything; doubt makes a candidate, which only passed checks make parallel."""
    facts = make_facts(**spec)
    verdict = judge(facts, plan_statically(facts), evidence)
    assert (verdict.verdict, verdict.basis) == expected
    assert (verdict.plan is not None) == (expected[0] in ("parallel", "candidate"))


def test_a_guard_that_is_not_asked_is_not_discharged(make_facts, make_plan):
    """The proof needs the guard in the plan's own if clause."""
    assert judge(make_facts(**GUARDED), make_plan()) == Verdict("candidate", None, make_plan())


def test_a_refuted_plan_is_not_shown(make_facts, make_plan):
    """A plan against the facts gives no verdict on the loop, and evidence cannot save it."""
    facts = make_facts(t="private")
    assert judge(facts, make_plan(), evidence_passed=True) == Verdict("unknown")


def test_no_plan_is_unknown(make_facts):
    """Without a plan there is nothing to be called parallel."""
    assert judge(make_facts(), None, evidence_passed=True) == Verdict("unknown")

"""From source text to plans: what the static planner writes for real loops, and that each clause of it is needed."""

from __future__ import annotations

import msgspec
import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.codegen.pragma import pragma_text
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

HEAD = "double f(int n, int m, double *restrict a, const double *restrict b, const int *restrict k) {\n"

# The first loop of a body, its verdict, and its pragma behind "#pragma omp "
SNIPPETS = {
    "map": ("for (int i = 0; i < n; i++) a[i] = b[i];", "proved", "parallel for"),
    "temporary": (
        "double t; for (int i = 0; i < n; i++) { t = b[i]; a[i] = t * t; }", "proved", "parallel for private(t)"),
    "inner variable": (
        "int i, j; for (i = 0; i < n; i++) for (j = 0; j < 8; j++) a[8 * i + j] = b[j];", "proved",
        "parallel for private(j)"),
    "last value": (
        "double t = 0; for (int i = 0; i < n; i++) { t = b[i]; a[i] = t; } return t;", "proved",
        "parallel for lastprivate(t)"),
    "sum": ("double s = 0; for (int i = 0; i < n; i++) s += b[i]; return s;", "proved", "parallel for reduction(+:s)"),
    "difference": (
        "double s = 0; for (int i = 0; i < n; i++) s -= b[i]; return s;", "proved", "parallel for reduction(+:s)"),
    "two reductions": (
        "double s = 0, h = 0; for (int i = 0; i < n; i++) { s += b[i]; if (b[i] > h) h = b[i]; } return s + h;",
        "proved", "parallel for reduction(+:s) reduction(max:h)"),
    "histogram": (
        "long h[16] = {0}; for (int i = 0; i < n; i++) h[k[i] & 15]++; return h[3];", "proved",
        "parallel for reduction(+:h)"),
    "private array": (
        "double u[4]; for (int i = 0; i < n; i++) { for (int j = 0; j < 4; j++) u[j] = b[i]; a[i] = u[0] + u[3]; }",
        "proved", "parallel for private(u)"),
    "triangle": (
        "for (int i = 0; i < 64; i++) for (int j = i; j < 64; j++) a[64 * i + j] = b[j];", "proved",
        "parallel for schedule(dynamic)"),
    "indirect write": ("for (int i = 0; i < n; i++) a[k[i]] = b[i];", None, "parallel for"),
    "unknown function": ("for (int i = 0; i < n; i++) a[i] = other(b[i]);", None, "parallel for"),
    "recurrence": ("for (int i = 1; i < n; i++) a[i] = a[i - 1] + b[i];", "serial", None),
    "early exit": ("for (int i = 0; i < n; i++) { if (b[i] < 0) break; a[i] = 1; }", "serial", None),
}  # fmt: skip


def first_loop(body: str):
    facts = analyze((HEAD + body + "\nreturn 0; }\n").encode(), "c")
    return facts.loops[0], plan_statically(facts.loops[0], inner=facts.loops)


@pytest.mark.parametrize("case", SNIPPETS)
def test_plan_and_verdict_of_a_snippet(case):
    """The pragma follows from the roles, and the verdict says on what it rests."""
    body, basis, clauses = SNIPPETS[case]
    loop, plan = first_loop(body)
    verdict = judge(loop, plan)
    assert (plan and pragma_text(plan)) == (clauses and f"#pragma omp {clauses}")
    expected = {"proved": ("parallel", "proved"), None: ("candidate", None), "serial": ("serial", None)}[basis]
    assert (verdict.verdict, verdict.basis) == expected


def test_overlap_is_asked_at_run_time():
    """Two pointers without restrict: the if clause asks, and without it nothing is proved."""
    text = b"void f(int n, double *x, double *y) { for (int i = 0; i < n; i++) x[i] = y[i]; }"
    (loop,) = analyze(text, "c").loops
    plan = plan_statically(loop)
    assert plan is not None
    assert plan.condition is not None
    assert judge(loop, plan).basis == "proved"
    assert judge(loop, msgspec.structs.replace(plan, condition=None)).verdict == "candidate"
    assert judge(loop, msgspec.structs.replace(plan, condition="n > 100")).verdict == "candidate"


CLAUSES = ("private", "firstprivate", "lastprivate", "reductions", "condition")


@pytest.mark.parametrize("case", [case for case, (_, basis, _) in SNIPPETS.items() if basis != "serial"])
def test_every_clause_of_a_plan_is_needed(case):
    """Taking any one item out of any clause, or moving it to another, is rejected by the name of its variable."""
    loop, plan = first_loop(SNIPPETS[case][0])
    assert plan is not None
    known = check_plan(plan, loop)
    for field in CLAUSES[:4]:
        for item in getattr(plan, field):
            name = item if isinstance(item, str) else item.variable
            left = tuple(other for other in getattr(plan, field) if other is not item)
            for changed in [{field: left}] + [{field: left, "private": (*plan.private, name)}] * (field != "private"):
                new = set(check_plan(msgspec.structs.replace(plan, **changed), loop)) - set(known)
                assert any(r.refuted and r.variable == name and name in r.message for r in new), (changed, new)

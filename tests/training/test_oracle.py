"""What the oracle calls right is right: against iteration spaces enumerated here, and loops whose truth is known."""

from __future__ import annotations

import random

import pytest
from pragmatist.reasoning.plan import Plan, Reduction

from training.case import Case, Parameter
from training.oracle import Question, right_plans

COUNTS = (12, 7, 18)  # the values of a "count" parameter
N = Parameter("n", "int", "count", "number")
Y = Parameter("y", "double", "small")
INDEX = {kind: Parameter("at", "int", kind) for kind in ("permutation", "repeats")}


def case(body: str, *parameters: Parameter, before: str = "", after: str = "", hidden: str = "") -> Case:
    made = Case(0, "f", parameters=[N, Y, *parameters], header="int i = 0; i < n; i++", body=[body])
    made.before, made.after = [before] if before else [], [after] if after else []
    if hidden:
        made.prototypes, made.hidden = [hidden.partition(" {")[0] + ";"], [hidden]
    return made


def plan(**clauses) -> Plan:
    return Plan("f", "parallel for", **clauses)


def test_affine_accesses_as_enumerated():
    """A bare plan is right just where no element is touched by two iterations, one of them writing it."""
    draw = random.Random(5)
    questions, truth = [], []
    for _ in range(60):
        (a, b), (c, d) = ((draw.randint(0, 3), draw.randint(0, 12)) for _ in range(2))
        questions.append(Question(case(f"y[{a} * i + {b}] = y[{c} * i + {d}] + 1;"), (plan(),)))
        apart = True
        for one in range(max(COUNTS)):
            for other in range(max(COUNTS)):
                met = a * one + b in (a * other + b, c * other + d)
                apart = apart and (one == other or not met)
        truth.append([apart])
    assert right_plans(questions) == truth
    assert {verdict for (verdict,) in truth} == {True, False}


@pytest.mark.parametrize(("content", "right"), [("permutation", True), ("repeats", False)])
def test_scatter_is_right_where_no_index_comes_twice(content, right):
    """The same text is right or wrong, as the data are."""
    question = Question(case("y[at[i]] = i;", INDEX[content]), (plan(),))
    assert right_plans([question]) == [[right]]


CLAUSES = {
    "set anew": (
        "g(i, &t); y[i] = t;",
        "void g(int v, double *to) { *to = v; }",
        {"private", "firstprivate", "+", "max"},
    ),
    "carried": ("g(i, &t); y[i] = t;", "void g(int v, double *to) { *to += v; }", set()),
    "brought in": (
        "g(i, &t); y[i] = t;",
        "void g(int v, double *to) { if (v < 0) *to = v; }",
        {"shared", "firstprivate"},
    ),
    "accumulated": ("g(y[i], &t);", "void g(double v, double *to) { *to += v; }", {"+"}),
    "greatest": ("g(y[i] + 9, &t);", "void g(double v, double *to) { if (v > *to) *to = v; }", {"max"}),
}


@pytest.mark.parametrize("name", CLAUSES)
def test_clauses_of_a_variable_that_a_call_changes(name):
    """Each way to treat the variable is found right or wrong, as reading the function tells."""
    body, hidden, right = CLAUSES[name]
    ways = {
        "shared": plan(), "private": plan(private=("t",)), "firstprivate": plan(firstprivate=("t",)),
        "+": plan(reductions=(Reduction("+", "t"),)), "max": plan(reductions=(Reduction("max", "t"),)),
    }  # fmt: skip
    told = case(body, Parameter("out", "double", "small"), before="double t = 2;", hidden=hidden)
    told.after = ["out[0] = t;"] if name in ("accumulated", "greatest") else []
    (verdicts,) = right_plans([Question(told, tuple(ways.values()))])
    assert {way for way, verdict in zip(ways, verdicts, strict=True) if verdict} == right


def test_last_value_is_that_of_the_last_iteration():
    """Of a variable that is read after the loop, only lastprivate keeps the value."""
    told = case("t = i; y[i] = t;", Parameter("out", "int", "small"), before="int t = 0;", after="out[0] = t;")
    plans = (plan(private=("t",)), plan(lastprivate=("t",)), plan())
    assert right_plans([Question(told, plans)]) == [[False, True, False]]


def test_guard_sends_overlapping_arguments_in_order():
    """With arguments that overlap, a plan that asks for it is right, and one that does not ask is wrong."""
    x = Parameter("x", "double", "small")
    told = case("y[i] = x[i] + 1;", x)
    for condition, right in ((None, False), ("y + n <= x || x + n <= y", True)):
        assert right_plans([Question(told, (plan(condition=condition),), overlapping=True)]) == [[right]]


def test_copies_of_scratch_arrays():
    """An array that a permutation fills anew may be private; one that is only filled in part brings its value."""
    parameters = (INDEX["permutation"], Parameter("z", "double", "small", "rows"))
    filled = "for (int j = 0; j < 64; j++) t[at[j]] = i + j; for (int j = 0; j < 64; j++) z[i][j] = t[j];"
    partly = "t[at[i]] = 3; for (int j = 0; j < 64; j++) if (j == at[i]) z[i][j] = t[j] + t[0 * j];"
    before = "double t[64]; for (int j = 0; j < 64; j++) t[j] = 0;"
    plans = (plan(), plan(private=("t",)), plan(firstprivate=("t",)))
    questions = [Question(case(body, *parameters, before=before), plans) for body in (filled, partly)]
    assert right_plans(questions) == [[False, True, True], [False, False, False]]

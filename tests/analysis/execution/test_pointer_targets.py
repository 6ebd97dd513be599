"""Where pointers lead, in programs that are whole: what may be the same memory is never taken for two."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

PRELUDE = """
struct S { float *p; float buf[100]; S(); S(float *x) { p = x; } void set(float *x) { p = x; } };
struct Plain { float *p; float buf[100]; };
static float a[200], b[200], c[200];
static void kern(float *x, float *y) { for (int i = 0; i < 90; i++) x[i] = y[i + 1]; }
"""


def verdict(main: str, function: str = "main") -> str:
    """The verdict on the last loop of the function, in a file that is the whole program."""
    facts = analyze(f"{PRELUDE}\n{main}\n".encode(), "cpp")
    assert not facts.errors
    loop = [loop for loop in facts.loops if loop.function == function][-1]
    plan = plan_statically(loop)
    found = judge(loop, plan)
    return "guarded" if found.verdict == "parallel" and plan is not None and plan.condition else found.verdict


@pytest.mark.parametrize(
    "statements",
    [
        "Plain s = { a }; if (n > 1) s.p = b; float *p = s.p;",
        "float *t[2] = { a, b }; if (n > 1) t[0] = c; float *p = t[n % 2];",
        "Plain s; s.p = a; Plain u = s; if (n > 1) u.p = b; float *p = u.p;",
        "S s; s.set(a); if (n > 1) s.p = b; float *p = s.p;",
        "S s(a); if (n > 1) s.p = b; float *p = s.p;",
        "S *s = new S(a); if (n > 1) s->p = b; float *p = s->p;",
        "float *p = b, *q = a; for (int k = 0; k < n; k++) std::swap(p, q);",
        "float *p = b; float *&r = p; if (n > 1) r = a;",
        "float *t[2]; t[0] = b; float *u[2]; u[0] = a; memcpy(t, u, sizeof t); float *p = t[0];",
        "std::vector<float *> v; v.push_back(a); if (n > 1) v[0] = b; float *p = v[0];",
        "long number = (long)a; float *p = (float *)number; if (n > 1) p = b;",
        "float *p = b; if (n > 1) p = std::min(b, a);",
    ],
)
def test_a_pointer_that_may_lead_to_the_array_is_not_taken_for_another(statements: str):
    """Initialisers, members, swaps, copies and references pass pointers on as assignments do."""
    loop = "for (int i = 0; i < 90; i++) p[i] = a[i + 1];"
    assert verdict(f"int main(int n, char **v_) {{ {statements} {loop} }}") != "parallel"


def test_an_array_inside_a_structure_is_the_structure():
    """A pointer to a member array leads into the object that the member belongs to."""
    statements = "Plain s; float *p = s.buf; if (n > 1) p = b;"
    loop = "for (int i = 0; i < 90; i++) p[i] = s.buf[i + 1];"
    assert verdict(f"int main(int n, char **v_) {{ {statements} {loop} }}") != "parallel"


@pytest.mark.parametrize(
    "calls",
    [
        "typedef void F(float *, float *); void call(F *f) { f(a, a); } int main() { kern(a, b); call(kern); }",
        "void (*table[])(float *, float *) = { kern }; int main() { kern(a, b); table[0](a, a); }",
        "int main() { kern(a, b); kern(a, a); }",
    ],
)
def test_a_function_whose_address_is_taken_may_be_called_with_anything(calls: str):
    """Its parameters overlap for all that the calls in sight say: a guard asks."""
    assert verdict(calls, "kern") == "guarded"


def test_calls_that_could_mean_several_methods_reach_all_of_them():
    """What `o.put(a, a)` means is not told by its name: both classes' parameters may overlap."""
    classes = (
        "struct A { void put(float *x, float *y) { for (int i = 0; i < 90; i++) x[i] = y[i + 1]; } "
        "void run() { put(a, b); } }; struct B { void put(float *x, float *y) { } };"
    )
    assert verdict(classes + "int main() { A o; o.run(); o.put(a, a); }", "A::put") == "guarded"


def test_calls_in_sight_keep_parameters_apart():
    """Where every call passes two arrays, no guard is needed."""
    assert verdict("int main() { kern(a, b); kern(a, c); }", "kern") == "parallel"

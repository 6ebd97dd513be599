"""Conditions on parameters that stand in an `if` clause: made of names that hold the values, never of calls."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

RELAX = """
extern int number(const char *);
static void relax(int n, double *p) { for (int i = 1; i < n - 1; i++) p[i] = 0.5 * (p[i - 1] + p[i + 1]); }
"""


@pytest.mark.parametrize(
    "size",
    [
        "int n = argc > 1 ? number(argv[1]) : 64;",
        "int n = argc > 1 ? argc : 64;",
        "int n = number(argv[1]); if (n < 4) n = 4;",
        "int n = number(argv[1]) / 2;",
        "int n = number(argv[1]) & 1023;",
    ],
)
def test_no_guard_calls_a_function(size):
    """Sweeps depend on each other; where that hangs on a size, the size is no call made again for the guard."""
    text = (
        RELAX
        + f"int main(int argc, char **argv) {{ static double p[4096]; {size}\n"
        + ("for (int s = 0; s < 9; s++) relax(n, p);\nreturn p[1] > 0; }\n")
    )
    loop = next(loop for loop in analyze(text.encode(), "c").loops if loop.function == "main")
    assert not any("number" in (each.guard or "") or "argv" in (each.guard or "") for each in loop.assumptions)
    assert loop.blocking or loop.unknowns or any(each.guard is None for each in loop.assumptions)


def test_a_distance_by_parameter_is_told():
    """The classic: independent when the distance is no less than the number of iterations."""
    text = "void f(int n, int d, double *a) { for (int i = 0; i < n; i++) a[i + d] = a[i]; }"
    (loop,) = analyze(text.encode(), "c").loops
    assert {assumption.code for assumption in loop.assumptions} == {"PRG204"}
    guard = " and ".join(f"({assumption.guard})" for assumption in loop.assumptions)
    guard = guard.replace("||", " or ").replace("&&", " and ")
    for n in range(1, 6):
        for d in range(-7, 8):
            meets = d != 0 and abs(d) < n
            assert eval(guard, {"n": n, "d": d}) is not meets, (n, d)

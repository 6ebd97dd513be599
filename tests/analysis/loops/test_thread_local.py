"""Thread-local variables that a loop's body declares: each thread has its own, and nobody outside can name them."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze


@pytest.mark.parametrize(
    ("body", "blocked"),
    [
        ("static thread_local double t; t = 2 * x[i]; x[i] = t;", False),
        ("static thread_local double t; x[i] += t; t = x[i];", True),  # from the iteration before
        ("static thread_local double t; t = x[i]; keep(&t);", True),  # and from anywhere, by its address
        ("extern thread_local double other; other = 2 * x[i]; x[i] = other;", True),  # by its name elsewhere
        ("outer = 2 * x[i]; x[i] = outer;", True),  # and by its name after the loop
    ],
)
def test_who_may_read_what_an_iteration_wrote(body: str, blocked: bool) -> None:
    """Only what the same iteration reads is sure to be in the same thread."""
    code = f"""
    thread_local double outer;
    static double *kept;
    static void keep(double *p) {{ kept = p; }}
    void f(int n, double *__restrict x) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"""
    (loop,) = analyze(code.encode(), "cpp").loops
    assert bool(loop.blocking) == blocked
    assert blocked or not loop.unknowns


SCRATCH = """
#include <stddef.h>
#define EACH for (int i = 0; i < n; i++)
static thread_local double scratch[1000];
static double filled(double x, int m) {
    static thread_local double t[64];
    for (int k = 0; k < m; k++) t[k] = x + k;
    double s = 0;
    for (int k = 0; k < m; k++) s += t[k];
    return s;
}
static double kept(double x, int m) {
    static thread_local double t[64];
    double s = 0;
    for (int k = 0; k < m; k++) { s += t[k]; t[k] = x; }
    return s;
}
static double partly(double x, int m) {
    static thread_local double t[64];
    for (int k = 1; k < m; k++) t[k] = x + k;
    return t[0] + t[m - 1];
}
static double once(double x, int first) {
    static thread_local double t[64];
    if (first) for (int k = 0; k < 64; k++) t[k] = x + k;
    return t[3] + x;
}
static int counted(void) { static thread_local int c; return ++c; }
"""


@pytest.mark.parametrize(
    ("loop", "verdict"),
    [
        ("EACH y[i] = filled(x[i], m);", "parallel"),
        ("EACH { static thread_local double t[2]; t[0] = x[i]; t[1] = y[i]; y[i] = t[0] * t[1]; }", "parallel"),
        ("double *s = scratch; EACH s[i] = x[i];", "parallel"),  # the array of the thread that runs into the loop
        ("double *s = scratch; EACH y[i] = s[i];", "parallel"),
        ("EACH scratch[i] = x[i];", "serial"),  # the others' arrays are lost
        ("EACH y[i] = scratch[i];", "serial"),  # the others' arrays hold something else
        ("EACH y[i] = kept(x[i], m);", "serial"),
        ("EACH y[i] = partly(x[i], m);", "serial or unknown"),
        ("EACH y[i] = once(x[i], 1);", "serial"),  # a later call without `first` reads what this one left
        ("EACH y[i] = counted();", "serial"),
        ("double *s = scratch; EACH { scratch[0] = x[i]; y[i] = s[i]; }", "serial or unknown"),
        ("double *s = scratch; EACH s[0] += x[i] * s[1];", "serial"),
    ],
)
def test_whose_array_an_iteration_uses(loop: str, verdict: str) -> None:
    """An array of the thread's own is a temporary; one that an address from before the loop leads to is everybody's."""
    code = SCRATCH + f"void f(int n, int m, const double *__restrict x, double *__restrict y) {{ {loop} }}"
    facts = [each for each in analyze(code.encode(), "cpp").loops if each.function == "f"]
    assert len(facts) == 1
    found = "serial" if facts[0].blocking else "unknown" if facts[0].unknowns else "parallel"
    assert found in verdict

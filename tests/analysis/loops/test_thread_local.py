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

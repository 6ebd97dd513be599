"""Names under which conditions speak of values."""

from __future__ import annotations

from pragmatist.analysis.analyze import analyze

TEXT = b"""
void f(double *a, double *b, int n, int k, int q) {
    int x = 0, y = 0, z = 0, u = 0, v = 0;
    if (q) { v = n; u = n; z = n; y = n; x = n; } else { x = n; y = n; z = n; u = n; v = n; }
    while (k > 0) { k--; b[k] = q; }
    for (int i = 0; i < v; i++) a[i] = b[i];
}
"""


def test_first_declared() -> None:
    """Of several variables that hold a bound, the one declared first is named, wherever terms lie in memory."""
    guards: set[str | None] = set()
    kept: list[object] = []
    for size in range(8):
        kept.append([object() for _ in range(1000 * size)])
        facts = analyze(TEXT, "c")
        guards |= {assumption.guard for loop in facts.loops for assumption in loop.assumptions}
    assert guards == {"a + n <= b || b + n <= a"}

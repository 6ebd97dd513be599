"""Names under which conditions speak of values."""

from __future__ import annotations

import re

import pytest
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


CLASS = "struct M { double *d; int off; double &at(int i) { return d[i + off]; } };\n"
LOADED = {
    "the field of an object, not the parameter that a method names alike": (
        CLASS + "void f(M *m, double *x, int n, int off) { for (int i = 0; i < n; i++) m->at(i) = x[i] + off; }",
        "off",
    ),
    "an element by a variable of the iteration": (
        "int count[100]; void f(double *x, double *y, int n, int k) {\n"
        "for (int i = 0; i < n; i++) { int j = k + 1; for (int t = 0; t < count[j]; t++) y[t * n + i] = x[t]; } }",
        "j",
    ),
}


@pytest.mark.parametrize("name", LOADED)
def test_no_name_means_something_else_before_the_loop(name: str) -> None:
    """Conditions are asked before the loop, where only what is declared there has its name."""
    text, word = LOADED[name]
    (loop, *_) = analyze(text.encode(), "cpp").loops
    assert loop.assumptions
    assert not any(re.search(rf"\b{word}\b", assumption.guard or "") for assumption in loop.assumptions)


def test_a_value_that_is_read_alike_before_the_loop() -> None:
    """The field itself, by a name that means it there."""
    text = CLASS + "void f(M *m, double *x, int n) { for (int i = 0; i < n; i++) m->d[i + m->off] = x[i]; }"
    (loop,) = analyze(text.encode(), "cpp").loops
    assert "m->d + m->off + n <= x || x + n <= m->d + m->off" in {each.guard for each in loop.assumptions}

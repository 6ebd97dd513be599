"""How many loops of a nest may be collapsed under the outermost one's clauses."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        ("for (int i = 0; i < 8; i++) for (int j = 0; j < m; j++) a[i * 9 + j % 9] = 1;", 1),
        ("for (int i = 0; i < 8; i++) for (int j = 0; j < 9; j++) g[i][j] = 1;", 2),
        ("for (int i = 0; i < 8; i++) for (int j = 0; j < 9; j++) for (int k = 0; k < 4; k++) c[i][j][k] = 1;", 3),
        ("for (int i = 0; i < 8; i++) for (int j = 0; j < 9; j++) g[i][0] += g[i][j];", 1),
        ("for (int i = 0; i < 8; i++) for (int j = 0; j < 9; j++) a[i] += g[i][j];", 1),
        ("double s = 0; for (int i = 0; i < 8; i++) for (int j = 0; j < 9; j++) s += g[i][j]; a[0] = s;", 2),
        ("double t; for (int i = 0; i < 8; i++) for (int j = 0; j < 9; j++) { t = g[i][j]; g[i][j] = t * t; }", 2),
        ("for (int i = 0; i < 8; i++) for (int j = i; j < 9; j++) g[i][j] = 1;", 1),
        ("for (int i = 0; i < 8; i++) { a[i] = 0; for (int j = 0; j < 9; j++) g[i][j] = 1; }", 1),
    ],
)
def test_depth(body, depth):
    """Perfect, rectangular, and parallel under the same roles: an inner loop's own reduction ends the nest."""
    text = f"void f(int m, double *restrict a, double (*restrict g)[9], double (*restrict c)[9][4]) {{ {body} }}"
    assert analyze(text.encode(), "c").loops[0].collapsible == depth

"""Memory seen through casts of pointers: what subscripts mean there is not compared, and nothing is claimed."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze


@pytest.mark.parametrize(
    "body",
    [
        "int (*rows)[32] = (int (*)[32])cells; for (int i = 0; i < 32; i++) rows[i][0] = i;",
        "int (*rows)[32] = (int (*)[32])cells; for (int i = 0; i < 31; i++) rows[i][0] = cells[32 * i + 32];",
        "short *halves = (short *)cells; for (int i = 0; i < n; i++) halves[2 * i] = cells[i];",
        "for (int i = 0; i < n; i++) ((short *)cells)[i] += 1;",
    ],
)
def test_another_shape_decides_nothing(body: str) -> None:
    """Neither a dependence nor independence is read off subscripts that count other elements than were declared."""
    (loop,) = analyze(f"void f(int n, int *cells) {{ {body} }}".encode(), "c").loops
    assert not loop.blocking
    assert loop.unknowns

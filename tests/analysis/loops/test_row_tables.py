"""Rows reached through tables of pointers: when distinct tables mean distinct rows."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

PROGRAM = """
#include <stdlib.h>
#include <string.h>
static void copy(double **to, double **from, int n, int m) {{
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++) to[i][j] = from[i][j];
}}
static double **make(int n, int m) {{
  double **t = malloc(n * sizeof *t);
  for (int i = 0; i < n; i++) t[i] = malloc(m * sizeof **t);
  return t;
}}
static double **wrap(double *row) {{
  double **t = malloc(8 * sizeof *t);
  t[0] = row;
  return t;
}}
int main(void) {{
  double **a = make(8, 8), **b = make(8, 8);
  {more}
  copy(a, b, 8, 8);
  copy(b, a, 8, 8);
  return 0;
}}
"""


def assumptions(more: str) -> list[tuple[str, str | None]]:
    """(code, guard) of what copy's outer loop assumes of the two tables' rows and nothing says."""
    loop = next(loop for loop in analyze(PROGRAM.format(more=more).encode(), "c").loops if loop.function == "copy")
    assert not loop.blocking
    return [(a.code, a.guard) for a in loop.assumptions if not a.discharged_by]


def test_rows_of_their_own_need_only_distinct_tables():
    """Each row is one allocation, stored once: it is enough that the two tables are not one."""
    assert assumptions("") == [("PRG201", "to + n <= from || from + n <= to")]


@pytest.mark.parametrize(
    "more",
    [
        "b[0] = a[1];",
        "double *row = malloc(64); a[0] = row; b[0] = row;",
        "a[0] = b[0] = malloc(64);",
        "a = wrap(b[0]);",
        "memcpy(a, b, 8 * sizeof *a);",
        "double ***p = &a; (*p)[0] = b[1];",
        "struct { double **t; } s = {b}; s.t[0] = a[1];",
        "for (double **p = a, **q = b; p < a + 8; p++, q++) *p = *q;",
        "double *row = a[0]; a[0] = a[1]; a[1] = row;",
        "extern void share(double **, double **); share(a, b);",
    ],
)
def test_shared_rows_are_not_told_apart_by_tables(more):
    """Where one row may stand in two places, no comparison of tables is offered as a guard."""
    assert [guard for code, guard in assumptions(more) if code == "PRG201"] == [None]

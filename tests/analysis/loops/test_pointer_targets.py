"""Pointers that can lead to one array are never told apart, however they came to do so; others need no guard."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.execution import points_to

PROGRAM = """
#include <stdlib.h>
#include <string.h>
struct box {{ double *data; struct box *next; }};
static double *global;
static void swap(double **x, double **y) {{ double *t = *x; *x = *y; *y = t; }}
static double *same(double *p) {{ return p; }}
static void put(struct box *b, double *p) {{ b->data = p; }}
static void add(double *to, const double *from, int n) {{ for (int i = 0; i < n; i++) to[i] += from[i + 1]; }}
int main(void) {{
  double *a = malloc(80), *b = malloc(80);
  struct box box = {{0}}, other = {{0}};
  {more}
  add(a, b, 8);
  free(a);
  return 0;
}}
"""


def guarded(more: str) -> bool:
    """Whether add's loop still asks for a guard between its two arrays."""
    loop = next(loop for loop in analyze(PROGRAM.format(more=more).encode(), "c").loops if loop.function == "add")
    return any(each.code == "PRG201" and each.discharged_by is None for each in loop.assumptions)


@pytest.mark.parametrize(
    "more",
    ["", "global = a;", "put(&box, a);", "put(&box, a); put(&other, b);", "double *c = malloc(8); swap(&c, &global);"],
)
def test_apart(more):
    """Two allocations that nothing brings together."""
    assert not guarded(more)


@pytest.mark.parametrize(
    "more",
    [
        "b = a;",
        "b = a + 1;",
        "b = same(a);",
        "global = a; b = global;",
        "swap(&a, &b);",
        "double **p = &b; *p = a;",
        "double **p = &a, **q = p; b = *q;",
        "put(&box, a); b = box.data;",
        "put(&box, a); box.next = &box; b = box.next->next->data;",
        "box.data = a; memcpy(&other, &box, sizeof box); b = other.data;",
        "box.data = a; other = box; b = other.data;",
        "double *t[2] = {a, b}; b = t[0];",
        "union { double *p; char *q; } u; u.p = a; b = (double *)u.q;",
        "b = (double *)(size_t)a;",
        "extern void out(double **); out(&b);",
        "b = 8 > 7 ? a : b;",
    ],
)
def test_brought_together(more):
    """Assignments, copies, structures, addresses, unions, integers, code out of sight."""
    assert guarded(more)


def test_nothing_is_claimed_of_pointers_too_entangled(monkeypatch: pytest.MonkeyPatch):
    """Where following the file's pointers takes too long, any of them may be another, and the guard stays."""
    assert not guarded("")
    monkeypatch.setattr(points_to, "MOST_STEPS", 0)
    assert guarded("")


@pytest.mark.parametrize("comparison", ["q != e", "e != q", "q < e"])
@pytest.mark.parametrize("body", ["*q = q[1];", "p[0] += *q;", "*e = *q;"])
def test_two_pointers_that_bound_a_loop_say_nothing_together(comparison: str, body: str) -> None:
    """Where one begins and the other ends is not known to be one array's: no number of iterations follows."""
    text = f"void f(int *p, int *e) {{ for (int *q = p; {comparison}; ++q) {body} }}"
    (loop,) = analyze(text.encode(), "c").loops
    assert loop.blocking or loop.unknowns

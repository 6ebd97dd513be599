"""Clauses change what a name means inside the loop, and nothing else: what reaches the variable otherwise blocks it."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

HEAD = """
static void fill(double *p, double v) { double *q = p; q[0] = v; }
static void count(long *h, int k) { h[k]++; }
double shared;
static void add(double v) { shared += v; }
long f(int n, double *restrict a, const double *restrict b) {
  double t, u[4], s = 0;
  long h[8] = {0}, *ph = h;
  double *pt = &t, *pu = u, *ps = &s;
"""


def roles(body: str) -> dict[str, str]:
    (loop, *_) = analyze((HEAD + body + "\n  return h[0] + s; }\n").encode(), "c").loops
    found = {variable.name: variable.role for variable in loop.variables}
    return {name: found.get(name, "") for name in ("t", "u", "s", "h", "shared")} | {
        "blocked": "yes" if loop.blocking else "no"
    }


@pytest.mark.parametrize(
    ("body", "variable", "role"),
    [
        ("for (int i = 0; i < n; i++) { t = b[i]; a[i] = t; }", "t", "lastprivate"),
        ("for (int i = 0; i < n; i++) { double *p = &t; *p = b[i]; a[i] = t; }", "t", "lastprivate"),
        ("for (int i = 0; i < n; i++) { u[0] = b[i]; a[i] = u[0]; }", "u", "private"),
        ("for (int i = 0; i < n; i++) { fill(u, b[i]); a[i] = u[0]; }", "u", "private"),
        ("for (int i = 0; i < n; i++) s += b[i];", "s", "reduction"),
        ("for (int i = 0; i < n; i++) h[i % 8]++;", "h", "reduction"),
        ("for (int i = 0; i < n; i++) count(h, i % 8);", "h", "reduction"),
    ],
)
def test_reached_by_name(body, variable, role):
    """By its own name, through a pointer made from it in the loop, or as an argument: the clause reaches it."""
    found = roles(body)
    assert (found[variable], found["blocked"]) == (role, "no")


@pytest.mark.parametrize(
    "body",
    [
        "for (int i = 0; i < n; i++) { *pt = b[i]; a[i] = t; }",
        "for (int i = 0; i < n; i++) { t = b[i]; a[i] = *pt; }",
        "for (int i = 0; i < n; i++) { double *p = &t; p = pt; *p = b[i]; a[i] = t; }",
        "for (int i = 0; i < n; i++) { u[0] = b[i]; a[i] = pu[0]; }",
        "for (int i = 0; i < n; i++) { fill(pu, b[i]); a[i] = u[0]; }",
        "for (int i = 0; i < n; i++) { s += b[i]; *ps += 1; }",
        "for (int i = 0; i < n; i++) ph[i % 8]++;",
        "for (int i = 0; i < n; i++) count(ph, i % 8);",
        "for (int i = 0; i < n; i++) add(b[i]);",
        "for (int i = 0; i < n; i++) { shared += 1; add(b[i]); }",
    ],
)
def test_reached_otherwise(body):
    """Through a pointer set before the loop, or named in a called function: no clause helps, so the loop is serial."""
    assert roles(body)["blocked"] == "yes"


@pytest.mark.parametrize(
    "body",
    [
        "for (int i = 0; i < n; i++) h[(ph - h) + i % 8]++;",
        "for (int i = 0; i < n; i++) h[(pl - h) + i % 3]++;",
        "for (int i = 0; i < n; i++) { h[i % 8]++; a[i] = pl == h; }",
    ],
)
def test_a_copy_lies_elsewhere(body):
    """A pointer that may lead into the array is held against its address: no copies of the array then."""
    body = body.replace("pl", "((long *)a)")
    assert roles(body)["h"] != "reduction"

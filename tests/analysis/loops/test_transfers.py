"""memcpy, memset and their like touch the elements that the call's length says, and no others."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

APART = {
    "rows": "for (int i = 0; i < n; i++) memcpy(a + 8 * i, b + 8 * i, 8 * sizeof(double));",
    "rows of any length": "for (int i = 0; i < n; i++) memcpy(&a[i * m], &b[i * m], m * sizeof *a);",
    "within each row": "for (int i = 0; i < n; i++) memmove(a + 4 * i + 1, a + 4 * i, 3 * sizeof(double));",
    "rows set": "for (int i = 0; i < n; i++) memset(a + i * m, 0, m * sizeof(double));",
    "rows of an array": "for (int i = 0; i < n; i++) memcpy(c[i], b + 16 * i, sizeof c[i]);",
    "pointers to rows": "for (int i = 0; i < n; i++) memcpy(c + i, b + 16 * i, sizeof *c);",
    "a scratch array": (
        "double t[8]; for (int i = 0; i < n; i++) { memset(t, 0, sizeof t); t[i % 8] = b[i]; a[i] = t[3]; }"
    ),
    "bits of a number": "for (int i = 0; i < n; i++) { long t; memcpy(&t, &b[i], sizeof t); a[i] = (double)t; }",
}

DEPENDENT = {
    "one too many": ("for (int i = 0; i < n; i++) memcpy(a + 8 * i, b + 8 * i, 9 * sizeof(double));", "PRG103"),
    "the row before": ("for (int i = 1; i < n; i++) memcpy(c[i], c[i - 1], sizeof c[i]);", "PRG101"),
    "one element back": ("for (int i = 0; i < n; i++) memmove(a + i, a + i + 1, sizeof *a);", "PRG102"),
    "a scratch array filled but for one": (
        "double t[8]; for (int i = 0; i < n; i++) { memcpy(t, b + 8 * i, 7 * sizeof *t); a[i] = t[7]; t[7] = i; }",
        "PRG101",
    ),
}

UNKNOWN = {
    "half elements": "for (int i = 0; i < n; i++) memset(a + i * m, 0, m);",
    "a length from data": "for (int i = 0; i < n; i++) memcpy(a + 8 * i, b + 8 * i, (size_t)b[i]);",
    "up to a terminator": "for (int i = 0; i < n; i++) strcpy((char *)(a + 8 * i), (const char *)b);",
}


def loop(body: str) -> LoopFacts:
    parameters = "int n, int m, double *restrict a, const double *restrict b, double c[restrict][16]"
    return analyze(f"void f({parameters}) {{ {body} }}".encode(), "c").loops[0]


@pytest.mark.parametrize("name", APART)
def test_runs_that_lie_apart(name: str):
    """Iterations that touch runs of their own are independent."""
    facts = loop(APART[name])
    assert (facts.blocking, facts.unknowns) == ((), ())


@pytest.mark.parametrize("name", DEPENDENT)
def test_runs_that_meet(name: str):
    """Where two iterations' runs share an element, that is a dependence of the right kind."""
    body, code = DEPENDENT[name]
    assert code in [reason.code for reason in loop(body).blocking]


@pytest.mark.parametrize("name", UNKNOWN)
def test_nothing_is_claimed_of_other_lengths(name: str):
    """A length that is no number of elements, or that nothing tells, is unknown."""
    facts = loop(UNKNOWN[name])
    assert facts.unknowns
    assert not facts.blocking

"""Worksharing loops: each racy program stands beside one that differs by the missing clause or the right subscript."""

from __future__ import annotations

import pytest

# name: (variables that race, racy program, the same without the race)
PAIRS = {
    "flow dependence": (
        {"a"},
        "void f(int n, int *restrict a) {\n#pragma omp parallel for\nfor (int i = 1; i < n; i++) a[i] = a[i - 1]; }",
        "void f(int n, int *restrict a) {\n#pragma omp parallel for\nfor (int i = 1; i < n; i++) a[i] = a[i] + 1; }",
    ),
    "anti dependence": (
        {"a"},
        "double a[100]; void f(void) {\n#pragma omp parallel for\nfor (int i = 0; i < 99; i++) a[i] = a[i + 1]; }",
        "int a[100], b[100]; void f(void) {\n#pragma omp parallel for\nfor (int i = 0; i < 99; i++) b[i] = a[i + 1]; }",
    ),
    "output dependence on one element": (
        {"a"},
        "int a[100]; void f(int n) {\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) a[0] = i; }",
        "int a[100]; void f(int n) {\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) a[i] = 0; }",
    ),
    "even and odd elements": (
        {"a"},
        "int a[200]; void f(void) {\n#pragma omp parallel for\nfor (int i = 0; i < 90; i++) a[2 * i] = a[i]; }",
        "int a[200]; void f(void) {\n#pragma omp parallel for\nfor (int i = 0; i < 90; i++) a[2 * i] = a[2 * i + 1]; }",
    ),
    "temporary": (
        {"t"},
        "void f(int n, int *restrict a) { int t;\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { t = a[i]; a[i] = t * t; } }",
        "void f(int n, int *restrict a) { int t;\n#pragma omp parallel for private(t)\n"
        "for (int i = 0; i < n; i++) { t = a[i]; a[i] = t * t; } }",
    ),
    "inner loop's variable": (
        {"j"},
        "int m[50][50]; void f(void) { int i, j;\n#pragma omp parallel for\n"
        "for (i = 0; i < 50; i++) for (j = 0; j < 50; j++) m[i][j] = i + j; }",
        "int m[50][50]; void f(void) { int i, j;\n#pragma omp parallel for collapse(2)\n"
        "for (i = 0; i < 50; i++) for (j = 0; j < 50; j++) m[i][j] = i + j; }",
    ),
    "sum": (
        {"s"},
        "double f(int n, const double *a) { double s = 0;\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) s += a[i]; return s; }",
        "double f(int n, const double *a) { double s = 0;\n#pragma omp parallel for reduction(+:s)\n"
        "for (int i = 0; i < n; i++) s += a[i]; return s; }",
    ),
    "maximum under a condition on the data": (
        {"m"},
        "double f(int n, const double *a) { double m = a[0];\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) if (a[i] > m) m = a[i]; return m; }",
        "double f(int n, const double *a) { double m = a[0];\n#pragma omp parallel for reduction(max:m)\n"
        "for (int i = 0; i < n; i++) if (a[i] > m) m = a[i]; return m; }",
    ),
    "last value": (
        {"x"},
        "int f(int n, const int *a) { int x = 0;\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) x = a[i]; return x; }",
        "int f(int n, const int *a) { int x = 0;\n#pragma omp parallel for lastprivate(x)\n"
        "for (int i = 0; i < n; i++) x = a[i]; return x; }",
    ),
    "second induction variable": (
        {"k"},
        "int a[100]; void f(void) { int k = 0;\n#pragma omp parallel for\n"
        "for (int i = 0; i < 100; i++) { a[i] = k; k++; } }",
        "int a[100]; void f(void) { int k = 0;\n#pragma omp parallel for linear(k)\n"
        "for (int i = 0; i < 100; i++) { a[k] = i; k++; } }",
    ),
    "second dimension": (
        {"m"},
        "double m[64][64]; void f(int i) {\n#pragma omp parallel for\n"
        "for (int j = 1; j < 64; j++) m[i][j] = m[i][j - 1]; }",
        "double m[64][64]; void f(int j) {\n#pragma omp parallel for\n"
        "for (int i = 1; i < 64; i++) m[i][j] = m[i][j] * 2; }",
    ),
    "collapse over a carried loop": (
        {"m"},
        "double m[64][64]; void f(void) {\n#pragma omp parallel for collapse(2)\n"
        "for (int i = 0; i < 64; i++) for (int j = 1; j < 64; j++) m[i][j] = m[i][j - 1]; }",
        "double m[64][64]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 64; i++) for (int j = 1; j < 64; j++) m[i][j] = m[i][j - 1]; }",
    ),
    "linearised rows": (
        {"a"},
        "double a[4096]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 63; i++) for (int j = 0; j < 64; j++) a[64 * i + j] = a[64 * i + 64 + j]; }",
        "double a[4096]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 64; i++) for (int j = 0; j < 64; j++) a[64 * i + j] += 1; }",
    ),
    "array of a function's own": (
        {"h"},
        "int h[8]; void f(int n, const int *a) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { h[0] = a[i]; h[1] = h[0] + 1; } }",
        "void f(int n, const int *a, int *restrict b) { int h[8];\n#pragma omp parallel for private(h)\n"
        "for (int i = 0; i < n; i++) { h[0] = a[i]; b[i] = h[0] + 1; } }",
    ),
    "array reduction": (
        {"h"},
        "void f(int n, int *restrict out) { int h[4] = {0};\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) h[1] += i; out[0] = h[1]; }",
        "void f(int n, int *restrict out) { int h[4] = {0};\n#pragma omp parallel for reduction(+:h)\n"
        "for (int i = 0; i < n; i++) h[1] += i; out[0] = h[1]; }",
    ),
    "global in a called function": (
        {"count"},
        "int count; static void note(int x) { count = count + x; } void f(int n) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) note(i); }",
        "int seen[64]; static void note(int x) { seen[x] = x; } void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 64; i++) note(i); }",
    ),
    "static local": (
        {"last"},
        "static int next(int x) { static int last; last = x; return last; } void f(int n, int *restrict a) {\n"
        "#pragma omp parallel for\nfor (int i = 0; i < n; i++) a[i] = next(i); }",
        "static int next(int x) { int last; last = x; return last; } void f(int n, int *restrict a) {\n"
        "#pragma omp parallel for\nfor (int i = 0; i < n; i++) a[i] = next(i); }",
    ),
    "threadprivate": (
        {"x"},
        "int x; void f(int n, int *restrict a) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { x = i; a[i] = x; } }",
        "int x;\n#pragma omp threadprivate(x)\nvoid f(int n, int *restrict a) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { x = i; a[i] = x; } }",
    ),
    "struct members": (
        {"p.x"},
        "struct p { int x, y; } p; void f(int n) {\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) p.x = i; }",
        "struct p { int x, y; } p[64]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 64; i++) { p[i].x = i; p[i].y = p[i].x; } }",
    ),
    "index table": (
        {"a"},
        "const int t[5] = {4, 0, 2, 0, 3}; int a[5]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 5; i++) a[t[i]] = i; }",
        "const int t[5] = {4, 0, 2, 1, 3}; int a[5]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 5; i++) a[t[i]] = i; }",
    ),
    "index table and a shift": (
        {"a"},
        "static int t[3] = {0, 5, 9}; int a[20]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 3; i++) { a[t[i]] = i; a[t[i] + 5] = i; } }",
        "static int t[3] = {0, 5, 9}; int a[20]; void f(void) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 3; i++) { a[t[i]] = i; a[t[i] + 6] = i; } }",
    ),
    "orphaned loop": (
        {"g"},
        "int g[100]; void f(void) {\n#pragma omp for\nfor (int i = 1; i < 100; i++) g[i] = g[i - 1]; }",
        "int g[100]; void f(void) { int t;\n#pragma omp for\nfor (int i = 1; i < 100; i++) { t = i; g[i] = t; } }",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_race_and_its_absence(name: str, verdict) -> None:
    """The race is found on the right variable, and the corrected program is proved free of races."""
    variables, racy, clean = PAIRS[name]
    assert ("race", variables) == verdict(racy)
    assert ("no_race", frozenset()) == verdict(clean)


@pytest.mark.parametrize(
    ("parameters", "statement", "why"),
    [
        ("int n, int *a, const int *idx", "a[idx[i]] = i", "idx"),
        ("int n, int *a, int *b", "a[i] = b[i]", "same memory"),
        ("int n, int *restrict a", "a[i] = elsewhere(i)", "`elsewhere`"),
        ("int n, int k, int *restrict a", "a[i] = a[i + k]", "k"),
        ("int n, int *restrict a", "if (i < 4) a[table[i]] = i", "table"),
        ("int n, int *restrict a", "if (i * i < n) a[0] = i", "not linear"),
        ("int n, int *restrict a, int wanted, int *at", "if (a[i] == wanted) at[0] = i", "look"),
    ],
)
def test_what_is_not_known(parameters: str, statement: str, why: str, judge) -> None:
    """Where the text does not decide, the verdict is unknown and a reason names what stopped it."""
    facts = judge(
        "int elsewhere(int); static int table[4] = {3, 1, 0, 2}; void set(int k) { table[k] = k; }\n"
        f"void f({parameters}) {{\n#pragma omp parallel for\n"
        f"for (int i = 0; i < n; i++) {statement}; }}"
    )
    assert [each.verdict for each in facts] == ["unknown"]
    assert any(why in reason.message for reason in facts[0].reasons)


def test_bounds_that_conditional_expressions_compute(verdict) -> None:
    """Two tiles that both begin at n meet only where no n exists: the guard relates n to the tile."""
    program = (
        "double a[4096]; void f(int n, int m) {\n#pragma omp parallel for\n"
        "for (int t = 0; t < 64; t++) if (t <= (n * 16 < 0 ? -((-n + 16) / 16) : (n - 1) / 16))\n"
        "for (int i = n; i <= (16 * t + 15 < m ? 16 * t + 15 : m); i++) a[i] = t; }"
    )
    assert verdict(program)[0] != "race"

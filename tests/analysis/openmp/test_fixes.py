"""Corrected pragmas: the fix removes the race, and is what a person would have written."""

from __future__ import annotations

import pytest

FIXES = [
    (
        "int f(int n, const int *a) {{ int s = 0;\n{}\nfor (int i = 0; i < n; i++) s += a[i]; return s; }}",
        "#pragma omp parallel for",
        "#pragma omp parallel for reduction(+:s)",
    ),
    (
        "double f(int n, const double *a) {{ double m = 0;\n{}\n"
        "for (int i = 0; i < n; i++) if (a[i] > m) m = a[i]; return m; }}",
        "#pragma omp parallel for schedule(static)",
        "#pragma omp parallel for schedule(static) reduction(max:m)",
    ),
    (
        "void f(int n, int *restrict a) {{ int t, u;\n{}\n"
        "for (int i = 0; i < n; i++) {{ t = a[i]; u = t; a[i] = u * t; }} }}",
        "#pragma omp parallel for shared(a, t) firstprivate(n)",
        "#pragma omp parallel for shared(a) firstprivate(n) private(t, u)",
    ),
    (
        "int f(int n, const int *a) {{ int x = 0;\n{}\nfor (int i = 0; i < n; i++) x = a[i]; return x; }}",
        "#pragma omp parallel for",
        "#pragma omp parallel for lastprivate(x)",
    ),
    (
        "int a[99], x; void f(void) {{\n#pragma omp parallel\n{{\n{}\nfor (int i = 0; i < 99; i++) a[i] = i;\n"
        "#pragma omp single\nx = a[9];\n}} }}",
        "#pragma omp for schedule(dynamic) nowait",
        "#pragma omp for schedule(dynamic)",
    ),
    (
        "int m[9][9]; void f(void) {{ int i, j;\n{}\nfor (i = 0; i < 9; i++) for (j = 0; j < 9; j++) m[i][j] = i; }}",
        "#pragma omp parallel \\\n  for",
        "#pragma omp parallel for private(j)",
    ),
    (
        "int f(int n, const int *a) {{ int s = 0;\n{}\nfor (int i = 0; i < n; i++) s ^= a[i]; return s; }}",
        "#pragma omp simd",
        "#pragma omp simd reduction(^:s)",
    ),
]


@pytest.mark.parametrize(("program", "pragma", "expected"), FIXES)
def test_the_fix_removes_the_race(program: str, pragma: str, expected: str, judge) -> None:
    """The corrected directive is as expected, and the program with it is free of races."""
    facts = judge(program.format(pragma))
    assert [expected] == [each.fix for each in facts if each.verdict == "race"]
    assert {"no_race"} == {each.verdict for each in judge(program.format(expected))}


@pytest.mark.parametrize(
    "program",
    [
        "int a[99]; void f(void) {\n#pragma omp parallel for\nfor (int i = 1; i < 99; i++) a[i] = a[i - 1]; }",
        "int x; void f(int n) {\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) { x = x * 2 + i; } }",
        "int f(int n, const int *a) { int s = 0, t = 0;\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { s += a[i]; t = t + s; } return t; }",
        "int f(int n, const int *a) { int k = -1;\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) if (a[i] == 3) k = i; return k; }",
        "int f(int n, const int *a) { int k = -1;\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { if (a[i] == 3) continue; k = i; } return k; }",
    ],
)
def test_no_fix_where_no_clause_helps(program: str, judge) -> None:
    """A dependence that the computation needs has no corrected pragma."""
    facts = judge(program)
    assert [(each.verdict, each.fix) for each in facts] == [("race", None)]


BEFORE = (
    "#include <omp.h>\nint a[99]; void f(void) {\n#pragma omp parallel\n{\nif (omp_get_thread_num() == 0) a[0] = 1;\n"
    "#pragma omp for nowait\nfor (int i = 0; i < 99; i++) a[i] += 1; } }"
)


@pytest.mark.parametrize(
    "program",
    [
        "int x; void f(void) {\n#pragma omp parallel\n{\n#pragma omp task\nx++;\n} }",
        "int G; static void add(void) { G++; }\nvoid f(void) {\n#pragma omp parallel for private(G)\n"
        "for (int i = 0; i < 99; i++) { G = 0; add(); } }",
        BEFORE,
        "int a[99]; void f(int n, int m) {\n#pragma omp parallel\n{ m = n + 1;\n"
        "#pragma omp for nowait\nfor (int i = 0; i < m; i++) a[i] += 1; } }",
        "void f(void) { int s = 0, *p = &s;\n#pragma omp parallel for\nfor (int i = 0; i < 99; i++) *p += i; }",
    ],
    ids=["task", "called function", "before the construct", "bound", "pointer"],
)
def test_no_fix_that_leaves_the_race(program: str, judge) -> None:
    """A clause that the racing access would not see is not offered: what it corrects is judged again first."""
    facts = judge(program)
    assert any(each.verdict == "race" for each in facts)
    assert all(each.fix is None for each in facts)


def test_nowait_is_not_blamed_for_what_lies_before_it(judge) -> None:
    """A write before the construct races with it whether its threads wait at its end or not."""
    reasons = [reason for each in judge(BEFORE) if each.verdict == "race" for reason in each.reasons]
    assert reasons
    assert not any("nowait" in reason.message + (reason.help or "") for reason in reasons)

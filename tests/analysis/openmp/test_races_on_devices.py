"""Target regions, leagues of teams, and the lanes of simd loops."""

from __future__ import annotations

import pytest

# name: (variables that race, racy program, the same without the race)
PAIRS = {
    "target": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp target parallel for map(tofrom: a)\n"
        "for (int i = 0; i < 98; i++) a[i] = a[i + 1]; }",
        "int a[99]; void f(void) {\n#pragma omp target parallel for map(tofrom: a)\n"
        "for (int i = 0; i < 98; i++) a[i] = i; }",
    ),
    "teams run the whole loop each": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp target teams map(tofrom: a)\n"
        "for (int i = 0; i < 99; i++) a[i] += 1; }",
        "int a[99]; void f(void) {\n#pragma omp target teams distribute map(tofrom: a)\n"
        "for (int i = 0; i < 99; i++) a[i] += 1; }",
    ),
    "critical does not reach other teams": (
        {"x"},
        "int x; void f(void) {\n#pragma omp target teams distribute parallel for map(tofrom: x)\n"
        "for (int i = 0; i < 99; i++) {\n#pragma omp critical\nx++; } }",
        "int x; void f(void) {\n#pragma omp target teams distribute parallel for map(tofrom: x)\n"
        "for (int i = 0; i < 99; i++) {\n#pragma omp atomic\nx++; } }",
    ),
    "locks do not reach other teams": (
        {"x"},
        "#include <omp.h>\nint x; omp_lock_t l; void f(void) {\n#pragma omp target teams num_teams(4)\n"
        "{ omp_set_lock(&l); x++; omp_unset_lock(&l); } }",
        "#include <omp.h>\nint x; omp_lock_t l; void f(void) {\n#pragma omp target parallel\n"
        "{ omp_set_lock(&l); x++; omp_unset_lock(&l); } }",
    ),
    "reduction over teams": (
        {"s"},
        "int f(const int *restrict a) { int s = 0;\n#pragma omp target teams distribute parallel for map(tofrom: s)\n"
        "for (int i = 0; i < 99; i++) s += a[i]; return s; }",
        "int f(const int *restrict a) { int s = 0;\n"
        "#pragma omp target teams distribute parallel for map(tofrom: s) reduction(+:s)\n"
        "for (int i = 0; i < 99; i++) s += a[i]; return s; }",
    ),
    "distribute, then a loop of each team": (
        {"m"},
        "int m[9][9]; void f(void) {\n#pragma omp target teams distribute map(tofrom: m)\n"
        "for (int i = 0; i < 8; i++) {\n#pragma omp parallel for\n"
        "for (int j = 0; j < 9; j++) m[i][j] = m[i + 1][j]; } }",
        "int m[9][9]; void f(void) {\n#pragma omp target teams distribute map(tofrom: m)\n"
        "for (int i = 0; i < 9; i++) {\n#pragma omp parallel for\nfor (int j = 0; j < 9; j++) m[i][j] = i + j; } }",
    ),
    "scalar of the target region": (
        {"t"},
        "int a[99]; void f(int t) {\n#pragma omp target teams distribute parallel for map(from: a)\n"
        "for (int i = 0; i < 99; i++) { t = i; a[i] = t; } }",
        "int a[99]; void f(int t) {\n#pragma omp target teams distribute parallel for map(from: a) private(t)\n"
        "for (int i = 0; i < 99; i++) { t = i; a[i] = t; } }",
    ),
    "loop construct": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp target teams loop map(tofrom: a)\n"
        "for (int i = 1; i < 99; i++) a[i] = a[i - 1]; }",
        "int a[99]; void f(void) {\n#pragma omp target teams loop map(tofrom: a)\n"
        "for (int i = 1; i < 99; i++) a[i] = a[i] + 1; }",
    ),
    "one team is no league": (
        {"x"},
        "int x; void f(void) {\n#pragma omp target teams num_teams(2)\n{ x++; } }",
        "int x; void f(void) {\n#pragma omp target teams num_teams(1)\n{ x++; } }",
    ),
    "target nowait": (
        {"x"},
        "int x; void f(void) {\n#pragma omp parallel\n#pragma omp single\n{\n"
        "#pragma omp target nowait map(tofrom: x)\nx = 1;\nx++; } }",
        "int x; void f(void) {\n#pragma omp parallel\n#pragma omp single\n{\n"
        "#pragma omp target nowait map(tofrom: x)\nx = 1;\n"
        "#pragma omp taskwait\nx++; } }",
    ),
    "simd, one iteration apart": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp simd\nfor (int i = 1; i < 99; i++) a[i] = a[i - 1]; }",
        "int a[99], b[99]; void f(void) {\n#pragma omp simd\nfor (int i = 1; i < 99; i++) a[i] = b[i - 1]; }",
    ),
    "simd, as far apart as lanes": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp simd safelen(4)\nfor (int i = 3; i < 99; i++) a[i] = a[i - 3]; }",
        "int a[99]; void f(void) {\n#pragma omp simd safelen(3)\nfor (int i = 3; i < 99; i++) a[i] = a[i - 3]; }",
    ),
    "simd sum": (
        {"s"},
        "int f(const int *a) { int s = 0;\n#pragma omp simd\nfor (int i = 0; i < 99; i++) s += a[i]; return s; }",
        "int f(const int *a) { int s = 0;\n#pragma omp simd reduction(+:s)\n"
        "for (int i = 0; i < 99; i++) s += a[i]; return s; }",
    ),
    "threads and lanes": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp parallel for simd\nfor (int i = 1; i < 99; i++) a[i] = a[i - 1]; }",
        "int a[99]; void f(void) {\n#pragma omp parallel for simd\nfor (int i = 1; i < 99; i++) a[i] = i; }",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_race_and_its_absence(name: str, verdict) -> None:
    """The race is found on the right variable, and the corrected program is proved free of races."""
    variables, racy, clean = PAIRS[name]
    assert ("race", variables) == verdict(racy)
    assert ("no_race", frozenset()) == verdict(clean)


def test_lanes_keep_the_order_of_statements(verdict) -> None:
    """A dependence that runs forward in the body is kept by vector code: no race is claimed, and none excluded."""
    code = (
        "int a[9], b[9]; void f(void) {\n#pragma omp simd\nfor (int i = 1; i < 9; i++) { a[i] = i; b[i] = a[i - 1]; } }"
    )
    assert ("unknown", frozenset()) == verdict(code)


def test_more_threads_than_anyone_has(verdict) -> None:
    """An element that only thread 256 could share with thread 0 is not called a race."""
    code = (
        "int a[300]; void f(void) {\n#pragma omp parallel\n{ int me = omp_get_thread_num();\n"
        "if (me == 0) a[256] = 1;\na[me] = me; } }"
    )
    assert ("unknown", frozenset()) == verdict(code)

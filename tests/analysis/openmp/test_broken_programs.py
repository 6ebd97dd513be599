"""Half-typed and nonsensical programs: fewer facts, never a failure."""

from __future__ import annotations

import pytest

PROGRAM = """
#include <omp.h>
#define N 64
static int a[N], total; omp_lock_t lock;
static int next(int *at) { int v;
#pragma omp atomic capture
  v = (*at)++;
  return v; }
void run(int n, double *restrict x) { int i, j, k = 0; double s = 0;
#pragma omp parallel for collapse(2) private(j) reduction(+:s) schedule(dynamic, 4) \\
    if(n > 4) linear(k: 2)
  for (i = 0; i < n; i++) for (j = i; j < n; j += 2) { s += x[i * n + j]; k += 2; }
#pragma omp parallel default(none) shared(a, total, n, lock) firstprivate(k)
  {
#pragma omp single nowait
    { for (int t = 0; t < N; t++) {
#pragma omp task depend(iterator(q = 0:t), in: a[q]) depend(out: a[t]) firstprivate(t)
      a[t] = next(&total); }
#pragma omp taskwait
    }
#pragma omp for ordered(1) nowait
    for (int t = 1; t < N; t++) {
#pragma omp ordered depend(sink: t - 1)
      a[t] += a[t - 1];
#pragma omp ordered depend(source)
    }
    omp_set_lock(&lock); total++; omp_unset_lock(&lock);
#pragma omp sections
    {
#pragma omp section
    total = 1;
#pragma omp section
    { while (total) { } }
    }
#pragma omp barrier
  }
#pragma omp target teams distribute parallel for simd map(tofrom: a[0:N]) safelen(8)
  for (i = 0; i < N; i++) if (a[i] > 3) { total = a[i]; continue; } else goto out;
out: ; }
"""


def test_every_prefix(judge) -> None:
    """The program broken off anywhere is judged without failing."""
    for length in range(0, len(PROGRAM), 41):
        assert all(each.verdict in ("race", "no_race", "unknown") for each in judge(PROGRAM[:length]))


def test_every_line_missing(judge) -> None:
    """The program without any one of its lines is judged without failing."""
    lines = PROGRAM.splitlines(keepends=True)
    for missing in range(len(lines)):
        judge("".join(lines[:missing] + lines[missing + 1 :]))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "#pragma omp parallel",
        "void f(void) {\n#pragma omp parallel\n}",
        "void f(void) {\n#pragma omp parallel for\nint x; }",
        "void f(void) {\n#pragma omp for\n#pragma omp for\nfor (;;) ; }",
        "void f(void) {\n#pragma omp parallel private(\nfor (int i = 0; i < 9; i++) ; }",
        "void f(void) {\n#pragma omp sections\n{ }\n#pragma omp section\n{ } }",
        "void f(void) {\n#pragma omp task depend(in:)\n; \n#pragma omp taskwait depend(out: *)\n}",
        "void f(int n) {\n#pragma omp parallel num_threads(\n{ f(n); } }",
        "int f(int n) {\n#pragma omp parallel\n{ return f(n - 1); } }",
        "#pragma omp declare target\nint g;\n#pragma omp end declare target\nvoid f() {\n#pragma omp target\ng = 1; }",
    ],
)
def test_nonsense(code: str, judge) -> None:
    """Directives without their statement, without their parentheses or in the wrong place are no failure."""
    assert all(each.verdict in ("race", "no_race", "unknown") for each in judge(code))


def test_many_accesses_stay_bounded(judge) -> None:
    """Five hundred accesses in one body are given up rather than tried pair by pair."""
    body = " ".join(f"a[i * {k} + {k % 7}] = a[i + {k}] + {k};" for k in range(1, 251))
    (facts,) = judge(
        f"double a[100000]; void f(int n) {{\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) {{ {body} }} }}"
    )
    assert facts.verdict in ("race", "unknown")

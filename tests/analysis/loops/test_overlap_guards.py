"""Run-time guards against overlapping arrays, held against what the loops touch when they run.

Every access of a loop goes through a macro: the analysis sees the plain access, the compiled program one that marks the
bytes. Two arrays lie in one buffer at every small distance, for several sizes. Where the guard is true, no byte may be
marked for both.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze

PLAIN = b"#define A(x) x\n#define B(x) x\n"

# name: (parameters that are a and b, loop)
LOOPS = {
    "straight": ("double *a, double *b", "for (int i = 0; i < n; i++) A(a[i]) = B(b[i]);"),
    "shifted": ("double *a, double *b",
                "for (int i = 1; i < n - 1; i++) A(a[i]) = B(b[i - 1]) + B(b[i + 1]);"),
    "backwards": ("double *a, double *b", "for (int i = n - 1; i >= 0; i--) A(a[i + 2]) = B(b[n - 1 - i]);"),
    "stride": ("double *a, double *b", "for (int i = 0; i < n; i += 3) A(a[i]) = B(b[2 * i]);"),
    "triangle": ("double a[][9], double *b",
                 "for (int i = 0; i < n; i++) for (int j = i; j < n; j++) A(a[i][j]) = B(b[j - i]);"),
    "guarded": ("double a[][9], double *b",
                "for (int i = 0; i < n; i++) for (int j = 0; j < n; j++)"
                " if (j < m && i > 1) A(a[i][j]) = B(b[j]);"),
    "tiles": ("double a[][9], double b[][9]",
              "for (int t = 0; t <= (n - 1) / 4; t++)"
              " for (int i = 4 * t; i <= (4 * t + 3 < n - 1 ? 4 * t + 3 : n - 1); i++)"
              " for (int j = (1 > m ? 1 : m); j < 8; j++) A(a[i][j]) = B(b[i][j - 1]);"),
    "variable length": ("int w, double a[][w], double b[][w]",
                        "for (int i = 1; i < n; i++) for (int j = 0; j < m && j < w; j++)"
                        " A(a[i][j]) = B(b[i - 1][j]) + B(b[i][w - 1]);"),
    "two bounds": ("double *a, double *b",
                   "for (int i = 0; i < 5; i++) { A(a[i]) = 0; for (int j = 0; j < n; j++) A(a[i]) += B(b[j]);"
                   " for (int j = 0; j < m; j++) A(a[i]) += B(b[j + 1]); }"),
    "fields": ("struct P *a, struct P *b", "for (int i = 0; i < n; i++) A(a[i].x) = B(b[i + 1].y[1]);"),
    "two types": ("char *a, int *b", "for (int i = 0; i < n; i++) A(a[i + m]) = B(b[i]);"),
    "inner loop": ("double *a, double *b",
                   "for (int k = 2; k < 4; k++)\n for (int i = k; i < n; i++) A(a[i * 4 + k]) = B(b[i]);"),
    "inner step": ("double *a, double *b",
                   "for (int h = 1; h < 4; h++)\n"
                   " for (int i = 0; i < n; i += h) for (int k = 0; k < h; k++) A(a[i + k]) = B(b[2 * i]);"),
    "inner part": ("double *a, double *b",
                   "for (int h = 0; h < n; h += 3)\n for (int i = h; i < h + 3; i++) A(a[i]) = B(b[i - h]) + B(b[h]);"),
    "halves": ("double a[][9], double *b",
               "for (int i = 0; i < n / 2; i++) A(a[2 * i + 1][i]) = B(b[(n / 2) * 2 - i]);"),
    "lesser bound": ("double *a, double *b",
                     "for (int i = 0; i < (n < m ? n : m); i++) A(a[i]) = B(b[i + (n > 3 ? n : 3)]);"),
    "factor of either sign": ("double *a, double *b",
                              "for (int i = 0; i < n; i++) A(a[i * (m - 4) + 1]) = B(b[i]);"),
    "both rise or both fall": ("double *a, double *b",
                               "for (int i = 0; i < n; i++) for (int j = 0; j < 3; j++)"
                               " A(a[i]) += B(b[i * (m - 4) + j * (m - 4)]);"),
    "quotient of a negative": ("int k, double *a, double *b",
                               "for (int j = 0; j <= k / 2; j++) for (int i = 0; i < n; i++)"
                               " A(a[i * k + j]) = B(b[i]);"),
}  # fmt: skip

RUNTIME = """
#include <stdio.h>
#include <string.h>
struct P { double x, y[2]; };
enum { ROOM = 1 << 14 };
static _Alignas(16) char buffer[ROOM];
static unsigned char seen[ROOM];
static void mark(void *p, unsigned long size, int who) {
  for (unsigned long k = 0; k < size; k++) seen[(char *)p - buffer + k] |= who;
}
#define A(x) (*(mark(&(x), sizeof(x), 1), &(x)))
#define B(x) (*(mark(&(x), sizeof(x), 2), &(x)))
"""


def signature(name: str) -> str:
    return f"int n, int m, {LOOPS[name][0]}"


def guard_of(name: str) -> str:
    """All that has to be asked before the loop, or before its inner loop."""
    text = f"struct P {{ double x, y[2]; }};\nvoid f({signature(name)}) {{\n{LOOPS[name][1]}\n}}\n"
    outer, *inner = analyze(PLAIN + text.encode(), "c").loops
    loop = inner[0] if name.startswith("inner") else outer
    assert not loop.blocking
    assert not loop.unknowns
    guards = [assumption.guard for assumption in loop.assumptions if assumption.code == "PRG201"]
    assert guards
    assert None not in guards, loop.assumptions
    return " && ".join(f"({guard})" for guard in guards)


def program(name: str, guard: str) -> str:
    declared, loop = LOOPS[name]
    extra = "w, " if "int w" in declared else "-1, " if "int k" in declared else ""
    if name.startswith("inner"):  # the guard stands before the inner loop, which alone is looked at
        outer, inner = loop.split("\n")
        body = f"{outer} {{ memset(seen, 0, ROOM); int apart = {guard}; {inner} check(apart, n, m, at); }}"
    else:
        body = f"int apart = {guard}; {loop} check(apart, n, m, at);"
    return f"""
static int wrong, open_far;
static void check(int apart, int n, int m, int at) {{
  int both = 0, first = ROOM, last = 0;
  for (int k = 0; k < ROOM; k++) both |= seen[k] == 3;
  if (apart && both && !wrong++) printf("n=%d m=%d at=%d ", n, m, at);
  open_far += apart && at > 500;
}}
static void run(int at, {signature(name)}) {{ {body} }}
int main(void) {{
  int w = 7, far = 0;
  for (int n = 0; n <= 8; n++) for (int m = 0; m <= 8; m++)
    for (int at = -90; at <= 600; at += at < 90 ? 1 : 510) {{
      memset(seen, 0, ROOM);
      char *one = buffer + ROOM / 2, *other = one + at * ({8 if name != "two types" else 4});
      far += at > 500 {"&& n > 2" if name == "inner loop" else "&& 0" if name.startswith("inner") else ""};
      run(at, n, m, {extra}(void *)one, (void *)other);
    }}
  if (far > open_far) printf("closed %d times of %d although far apart ", far - open_far, far);
  return wrong || far > open_far;
}}
"""


@pytest.mark.parametrize("name", LOOPS)
def test_guard_keeps_arrays_apart(name: str, tmp_path: Path):
    """True only where nothing is touched by both, and true where the arrays lie far apart."""
    guard = guard_of(name)
    source = tmp_path / "guard.c"
    source.write_text(RUNTIME + program(name, guard))
    built = subprocess.run(
        ["gcc", "-std=c11", "-Wall", "-Werror=parentheses", "-O2", "-o", str(tmp_path / "guard"), str(source)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([str(tmp_path / "guard")], capture_output=True, text=True)
    assert (ran.stdout, ran.returncode) == ("", 0), guard


def test_a_hidden_counter_is_not_named():
    """Where another variable of its name hides an outer loop's counter, no guard speaks of it."""
    text = """
    void f(int n, double *a, double *b) {
      for (int k = 2; k < 4; k++) {
        int h = n - k;
        { int k = 5; for (int j = 0; j < h; j++) a[j + k] = b[h - j]; }
      }
    }
    """
    _, inner = analyze(text.encode(), "c").loops
    (assumption,) = inner.assumptions
    assert assumption.guard is None or "k" not in assumption.guard


def test_elements_of_two_types_can_be_compared(tmp_path: Path):
    """C++ compares pointers of one type only."""
    text = (
        "#include <vector>\nstruct P { double x; }; struct Q { double y; };\n"
        "void f(std::vector<P> &a, std::vector<Q> &b, P *c, Q *d, int n) {\n"
        "for (int i = 0; i < n; i++) a[i].x = b[i].y;\nfor (int i = 0; i < n; i++) c[i].x = d[i].y;\n}\n"
    )
    asked = [each.guard for loop in analyze(text.encode(), "cpp").loops for each in loop.assumptions]
    conditions = "".join(f"if (!({guard})) return;\n" for guard in asked)
    (tmp_path / "a.cpp").write_text(text.replace("int n) {\n", f"int n) {{\n{conditions}"))
    assert conditions.count("!=") == conditions.count("<=") - 1 == 1
    subprocess.run(["g++", "-fsyntax-only", tmp_path / "a.cpp"], check=True)

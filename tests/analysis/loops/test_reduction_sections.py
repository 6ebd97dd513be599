"""The part of an array that a loop only accumulates into, as the section of a reduction clause."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

HEAD = """
#define N 100
double table[N][N], row[N], *far;
void f(int n, int m, double c[restrict n][m], double (*restrict d)[N], const double *restrict x)
"""


def innermost_sections(nest: str) -> list[tuple[str, str | None]]:
    """Name and section of the reductions of the loop over `k`."""
    loops = analyze(f"{HEAD} {{ {nest} }}".encode(), "c").loops
    loop = next(each for each in loops if each.header is not None and each.header.variable == "k")
    assert not loop.blocking
    return [(variable.name, variable.section) for variable in loop.variables if variable.role == "reduction"]


@pytest.mark.parametrize(
    ("updates", "name", "section"),
    [
        ("c[i][j] += x[k];", "c", "[i:1][j:1]"),
        ("for (int q = 0; q < m; q++) c[i][q] += x[k];", "c", "[i:1][0:m]"),
        ("for (int q = 2; q < m; q++) c[i][q] += x[k];", "c", "[i:1][2:m - 2]"),
        ("for (int p = 0; p < n; p++) for (int q = 0; q < m; q++) c[p][q] += x[k];", "c", "[0:n][0:m]"),
        ("c[i][j] += x[k]; c[i][j + 1] += x[k];", "c", "[i:1][j:2]"),
        ("d[i][j] += x[k];", "d", "[i:1][j:1]"),
        ("for (int q = 0; q < N; q++) d[i][q] += x[k];", "d", "[i:1][0:100]"),
        ("own[j] += x[k];", "own", "[j:1]"),
        ("own[k % N] += x[k];", "own", None),
        ("table[i][j] += x[k];", "table", None),  # clang 19 does not privatise sections of global variables
        ("row[j] += x[k];", "row", None),
    ],
)
def test_section(updates: str, name: str, section: str | None) -> None:
    """One element, one row, or several whole rows; all of a declared array where it is not that small a part."""
    outer = "double own[N] = {0}; for (int i = 0; i < n; i++) for (int j = 0; j < n; j++)"
    nest = f"{outer} for (int k = 0; k < n; k++) {{ {updates} }}"
    assert innermost_sections(nest) == [(name, section)]


@pytest.mark.parametrize(
    "updates",
    [
        "for (int p = 0; p < n; p++) c[p][j] += x[k];",  # a column is no stretch of memory
        "for (int p = 0; p < n; p++) for (int q = 1; q < m; q++) c[p][q] += x[k];",
        "far[j] += x[k];",  # clang 19 again
    ],
)
def test_no_section(updates: str) -> None:
    """What is no single stretch of memory cannot be a section, and one of a global variable is not safe."""
    nest = f"for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int k = 0; k < n; k++) {{ {updates} }}"
    loops = analyze(f"{HEAD} {{ {nest} }}".encode(), "c").loops
    loop = next(each for each in loops if each.header is not None and each.header.variable == "k")
    assert [reason.code for reason in loop.blocking] == ["PRG107"]


def test_small_copies_rather_than_a_condition() -> None:
    """A row of known length is reduced, although the updates do not meet when there are few of them."""
    nest = "for (int i = 0; i < n; i++) for (int k = 0; k < n; k++) d[i][k % N] += x[k];"
    assert innermost_sections(nest) == [("d", "[i:1][0:100]")]


def test_a_condition_rather_than_copies_of_unknown_size() -> None:
    """Where it is not known what copies would cost, a condition under which the updates are apart is asked first."""
    loops = analyze(
        b"void f(int n, int m, double *a) {"
        b"for (int i = 0; i < n; i++) for (int k = 0; k < m; k++) a[64 * i + k] += k; }",
        "c",
    ).loops
    assert [assumption.guard for assumption in loops[0].assumptions] == ["m <= 64"]

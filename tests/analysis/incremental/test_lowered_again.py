"""Lowering one function again gives what lowering the whole file does."""

from __future__ import annotations

import pytest
from pragmatist.analysis.lowering import lower
from pragmatist.analysis.lowering.again import LoweredFile
from same_units import difference

TEXT = """\
#define TWICE(x) ((x) + (x))
typedef struct { double x; } point;
extern double far[];
double near[9], far[9];
static int *where;
int f(int n, double *a) /* f */
{
    int i, count = 0; // counts
    for (i = 0; i < n; i++)
        a[i] += TWICE(i) + near[0];
    return count;
}
#define N 5
void g(point *p)
{
#pragma omp parallel for
    for (int i = 0; i < N; i++)
        p[i].x = (double) i;
}
static double h(const double *b) { return b[0] * f(N, near); }
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("count = 0", "count = 10"),
        ("// counts", "// counts { them"),
        ("a[i] +=", "a[i] = far[i] +"),
        ("return count;", "where = &count; return *where"),
        ("int i, count", "float z; int i, count"),
        ("parallel for", "parallel for private(p)\n#pragma omp simd"),
        ("p[i].x", "CHECK(p)\n        p[i].x"),
        ("(double) i", "(int) i, h(near)"),
        ("b[0] *", "int k(int); k(1) *"),
        ("b[0] *", "unknown[1] ="),
        ("f(N", "f(TWICE(N), '}', \"{\""),
    ],
)
def test_one_function(old: str, new: str) -> None:
    """Symbols, types and places of everything, in the function and behind it, there and back."""
    text = TEXT.encode()
    edited = TEXT.replace(old, new, 1).encode()
    file = LoweredFile(text, "c")
    for version in (edited, text):
        assert file.update(version) is not None
        for function in file.unit.functions:
            file.settle(function)
        whole = lower(version, "c")
        for unit in (file.unit, whole):
            unit.functions = tuple(function for function in unit.functions if function.body is not None)
        file.unit.errors = whole.errors = ()
        file.unit.directives = whole.directives = ()
        assert difference(file.unit, whole) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int f(", "long f("),
        ("return count;", "return count; }"),
        ("int i, count", "struct s { int k; } v; int i, count"),
        ("int i, count", "\n#define M 2\nint i, count"),
        ("return count;", "/* return count;"),
        ("(double) i", "(point) i"),
        ("#define N 5", "#define N 6"),
        ("typedef struct {", "typedef struct { int y;"),
    ],
)
def test_what_concerns_more_is_refused(old: str, new: str) -> None:
    """A head, a brace, a type, a cast that changes how others are read, a macro, a comment that does not end."""
    assert LoweredFile(TEXT.encode(), "c").update(TEXT.replace(old, new, 1).encode()) is None

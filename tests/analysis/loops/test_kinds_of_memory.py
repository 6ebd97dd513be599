"""Numbers that lie in memory stay the same while the loop writes memory of another type."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

STRUCTS = """
union Either { int n; double d; };
struct Other { int n; double *p; };
struct Same { int n; int *p; };
struct Bytes { int n; char *p; };
struct Small { char n; double *p; };
struct Shared { union Either u; double *p; };
"""


@pytest.mark.parametrize(
    ("struct", "stride", "decided"),
    [
        ("Other", "s->n", True),
        ("Same", "s->n", False),  # `p` may lead to `n`
        ("Bytes", "s->n", False),  # characters may be bytes of anything
        ("Small", "s->n", False),
        ("Shared", "s->u.n", False),  # a member of a union may be seen through another one
    ],
)
def test_a_number_of_another_type(struct: str, stride: str, decided: bool) -> None:
    """`s->p[i] = …` leaves an `int` alone where `p` leads to `double` (C17 6.5p7), so that a stride stays one."""
    code = f"{STRUCTS} void f(struct {struct} *s, int n) {{ for (int i = 0; i < n; i++) s->p[i + {stride}] = i; }}"
    (loop,) = analyze(code.encode(), "c").loops
    assert not loop.blocking
    assert (not loop.unknowns) == decided


MATRIX = """
struct Mat {
    int n;
    double *d;
    double &operator()(int i, int j) { return d[i * n + j]; }
    double operator()(int i, int j) const { return d[i * n + j]; }
};
"""


@pytest.mark.parametrize("parameter", ["Mat m", "Mat &m"])
def test_a_matrix_by_value_and_by_reference(parameter: str) -> None:
    """Rows of a matrix class do not meet while the loop runs over its own columns, whoever owns the object."""
    code = f"""{MATRIX} void f({parameter}) {{
        for (int i = 0; i < m.n; i++) for (int j = 0; j < m.n; j++) m(i, j) *= 2; }}"""
    loops = analyze(code.encode(), "cpp").loops
    assert len(loops) == 2
    assert not any(loop.blocking or loop.unknowns or loop.assumptions for loop in loops)


def test_memory_is_called_what_the_function_calls_it() -> None:
    """Operators that are followed name their own members; what is assumed of them names the caller's objects."""
    code = f"""{MATRIX} void f(Mat &c, const Mat &a) {{
        for (int i = 0; i < c.n; i++) for (int j = 0; j < c.n; j++) c(i, j) = a(i, j); }}"""
    for loop in analyze(code.encode(), "cpp").loops:
        assert {each.message for each in loop.assumptions} == {"a.d and c.d do not overlap"}

"""The standard library's algorithms touch the ranges that they are given, and do what their functions do."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

APART = {
    "fill": "std::fill(a + i * m, a + (i + 1) * m, 0.0);",
    "fill_n": "std::fill_n(a + i * m, m, 0.0);",
    "iota": "std::iota(a + i * m, a + (i + 1) * m, 1.5);",
    "copy": "std::copy(b + i * m, b + (i + 1) * m, a + i * m);",
    "copy_n": "std::copy_n(b + i * 4, 4, a + i * 4);",
    "moved": "std::move(b + i * m, b + (i + 1) * m, a + i * m);",
    "rows of vectors": "std::fill(v[i].begin(), v[i].end(), 0.0);",
    "sort": "std::sort(v[i].begin(), v[i].end());",
    "sort by": "std::sort(a + i * m, a + (i + 1) * m, [](double x, double y) { return x > y; });",
    "sort by an object of the library": "std::sort(a + i * m, a + (i + 1) * m, std::greater<double>());",
    "median of a copy": "double t[9]; std::copy_n(b + 9 * i, 9, t); std::nth_element(t, t + 4, t + 9); a[i] = t[4];",
    "sum": "a[i] = std::accumulate(b + i * m, b + (i + 1) * m, 0.0);",
    "sum of squares": "a[i] = std::accumulate(b, b + m, 0.0, [](double s, double x) { return s + x * x; });",
    "product": "a[i] = std::accumulate(b, b + m, 1.0, std::multiplies<double>());",
    "dot": "a[i] = std::inner_product(b, b + m, b + i * m, 0.0);",
    "largest": "a[i] = *std::max_element(b + i * m, b + (i + 1) * m);",
    "in place": "std::transform(a + i * m, a + (i + 1) * m, a + i * m, [](double x) { return 2 * x; });",
    "of two": "std::transform(b, b + m, b + m, a + i * m, [](double x, double y) { return x + y; });",
    "for each": "std::for_each(a + i * m, a + (i + 1) * m, [](double &x) { x *= 2; });",
    "for each of a class": "std::for_each(p + i * m, p + (i + 1) * m, [](P &x) { x.t = 2; });",
    "a lambda with a name": "auto f = [](double x) { return x > 0; }; a[i] = std::count_if(b, b + m, f);",
    "a function in sight": "a[i] = std::count_if(b, b + m, positive);",
    "distance": "a[i] = std::distance(b, b + m);",
}

DEPENDENT = {
    "the row before": ("std::copy_n(a + (i - 1) * 4, 4, a + i * 4);", "PRG101"),
    "all of it": ("std::fill(a, a + m, 1.0 * i);", "PRG103"),
    "one too many": ("std::sort(a + i * 8, a + i * 8 + 9);", "PRG101"),
    "sum of what the iteration before wrote": ("a[i] = std::accumulate(a + i - 1, a + i, 0.0);", "PRG101"),
    "for each of all": ("std::for_each(a, a + m, [&](double &x) { x = 2 * x + i; });", "PRG101"),
    "a variable that the function sets": (
        "std::for_each(b + i * m, b + (i + 1) * m, [&](double x) { last = 2 * last + x; });",
        "PRG104",
    ),
    "an element that the function sets": (
        "std::for_each(b, b + 3, [&](double x) { p[0].t = 2 * p[0].t + x; });",
        "PRG101",
    ),
}

UNKNOWN = {
    "a function out of sight": "a[i] = std::count_if(b, b + m, elsewhere);",
    "an object's operator": "a[i] = std::accumulate(b, b + m, P{0}).t;",
    "elements of a class": "std::sort(p + i * m, p + (i + 1) * m);",
    "an execution policy": "std::sort(std::execution::par, a + i * m, a + (i + 1) * m);",
    "no length": "std::fill(a + i * m, end_of(i), 0.0);",
    "a whole range": "std::ranges::sort(v[i]);",
    "a function that is not ours": "sort(a + i * m, a + (i + 1) * m);",
}


def loop(body: str) -> LoopFacts:
    program = f"""
    #include <algorithm>
    struct P {{ double t; P operator+(double) const; }};
    bool elsewhere(double);
    static bool positive(double x) {{ return x > 0; }}
    double *end_of(int);
    void sort(double *, double *);
    double f(int n, int m, double *__restrict a, const double *__restrict b, std::vector<std::vector<double>> &v,
             P *__restrict p) {{
        double last = 0;
        for (int i = 1; i < n; i++) {{ {body} }}
        return last;
    }}"""
    return analyze(program.encode(), "cpp").loops[-1]


@pytest.mark.parametrize("name", APART)
def test_ranges_that_lie_apart(name: str):
    """Iterations that touch ranges of their own, and functions that only compute, are independent."""
    facts = loop(APART[name])
    assert (facts.blocking, facts.unknowns) == ((), ())


@pytest.mark.parametrize("name", DEPENDENT)
def test_ranges_that_meet(name: str):
    """What two iterations share is a dependence, in the ranges and in what the function given changes."""
    body, code = DEPENDENT[name]
    assert code in [reason.code for reason in loop(body).blocking]


@pytest.mark.parametrize("name", UNKNOWN)
def test_nothing_is_claimed_of_what_is_out_of_sight(name: str):
    """Functions, operators and lengths that nothing tells are unknown."""
    facts = loop(UNKNOWN[name])
    assert facts.unknowns
    assert not facts.blocking

"""C++: containers, references, lambdas, members, range-for."""

from __future__ import annotations

import pytest

# name: (variables that race, racy program, the same without the race)
PAIRS = {
    "vector elements": (
        {"v"},
        "#include <vector>\nvoid f(std::vector<double> &v) {\n#pragma omp parallel for\n"
        "for (int i = 1; i < 99; i++) v[i] = v[i - 1]; }",
        "#include <vector>\nvoid f(std::vector<double> &v) {\n#pragma omp parallel for\n"
        "for (int i = 1; i < 99; i++) v[i] = v[i] + 1; }",
    ),
    "growing a vector": (
        {"w"},
        "#include <vector>\nvoid f() { std::vector<int> w;\n#pragma omp parallel for\n"
        "for (int i = 1; i < 99; i++) w.push_back(i); }",
        "#include <vector>\nvoid f() { std::vector<int> w;\n#pragma omp parallel for\n"
        "for (int i = 1; i < 99; i++) {\n#pragma omp critical\nw.push_back(i); } }",
    ),
    "a vector of each thread": (
        {"own"},
        "#include <vector>\nvoid f() { std::vector<int> own;\n#pragma omp parallel\n{\n#pragma omp for\n"
        "for (int i = 0; i < 99; i++) own.push_back(i); } }",
        "#include <vector>\nvoid f() {\n#pragma omp parallel\n{ std::vector<int> own;\n#pragma omp for\n"
        "for (int i = 0; i < 99; i++) own.push_back(i); } }",
    ),
    "range-for": (
        {"t"},
        "#include <vector>\nvoid f(std::vector<double> &v) { double t;\n#pragma omp parallel for\n"
        "for (auto &x : v) { t = x; x = t * 2; } }",
        "#include <vector>\nvoid f(std::vector<double> &v) {\n#pragma omp parallel for\n"
        "for (auto &x : v) { double t = x; x = t * 2; } }",
    ),
    "array object": (
        {"a"},
        "#include <array>\nvoid f() { std::array<int, 10> a{};\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) a[i] = a[i + 1]; }",
        "#include <array>\nvoid f() { std::array<int, 10> a{};\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) a[i] = i; }",
    ),
    "threadprivate member": (
        {"Meter::ticks"},
        "struct Meter { static int ticks; static void tick(int i) { ticks += i; } };\nint Meter::ticks = 0;\n"
        "void f() {\n#pragma omp parallel for\nfor (int i = 0; i < 9; i++) Meter::tick(i); }",
        "struct Meter { static int ticks;\n#pragma omp threadprivate(ticks)\n"
        "static void tick(int i) { ticks += i; } };\nint Meter::ticks = 0;\n"
        "void f() {\n#pragma omp parallel for\nfor (int i = 0; i < 9; i++) Meter::tick(i); }",
    ),
    "lambda": (
        {"t"},
        "void f() { int t = 0; auto add = [&](int i) { t += i; };\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) add(i); }",
        "int a[9]; void f() { auto set = [&](int i) { a[i] = i; };\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) set(i); }",
    ),
    "reference to an element": (
        {"a"},
        "int a[9]; void f() {\n#pragma omp parallel for\nfor (int i = 0; i < 9; i++) { int &x = a[0]; x += i; } }",
        "int a[9]; void f() {\n#pragma omp parallel for\nfor (int i = 0; i < 9; i++) { int &x = a[i]; x += i; } }",
    ),
    "members": (
        {"this.sum"},
        "struct G { double *d; double sum; void step() {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) sum += i; } };",
        "struct G { double d[9]; double sum; void step() {\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) d[i] += i; } };",
    ),
    "attribute": (
        {"a"},
        "int a[9]; void f() {\n[[omp::directive(parallel for)]]\nfor (int i = 1; i < 9; i++) a[i] = a[i - 1]; }",
        "int a[9]; void f() {\n[[omp::directive(parallel for)]]\nfor (int i = 1; i < 9; i++) a[i] = i; }",
    ),
}


def test_a_template_may_be_used_with_a_class(verdict) -> None:
    """A race is one whatever the type, but its operators may do what nobody sees: nothing is acquitted."""
    loop = "for (int i = 0; i < n; i++) s += p[i]; return s; }"
    racy = f"template <typename T> T f(const T *p, int n) {{ T s = 0;\n#pragma omp parallel for\n{loop}"
    assert verdict(racy, "cpp") == ("race", {"s"})
    clean = racy.replace("parallel for", "parallel for reduction(+:s)")
    assert verdict(clean, "cpp") == ("unknown", frozenset())


@pytest.mark.parametrize("name", PAIRS)
def test_race_and_its_absence(name: str, verdict) -> None:
    """The race is found on the right variable, and the corrected program is proved free of races."""
    variables, racy, clean = PAIRS[name]
    assert ("race", variables) == verdict(racy, "cpp")
    assert ("no_race", frozenset()) == verdict(clean, "cpp")


@pytest.mark.parametrize(
    "body",
    [
        "std::lock_guard<std::mutex> hold(m); total += i;",
        "m.lock(); total += i; m.unlock();",
        "if (__sync_bool_compare_and_swap(&total, 0, i)) first = i;",
        "Counter::instance().add(i);",
    ],
)
def test_no_false_alarm_where_others_synchronise(body: str, verdict) -> None:
    """Mutexes, compare-and-swap and classes out of sight are not modelled, and never called races."""
    program = (
        '#include <mutex>\n#include "counter.h"\nstd::mutex m; int total, first; void f() {\n#pragma omp parallel for\n'
        f"for (int i = 0; i < 9; i++) {{ {body} }} }}"
    )
    assert ("unknown", frozenset()) == verdict(program, "cpp")

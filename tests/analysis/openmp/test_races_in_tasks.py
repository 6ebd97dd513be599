"""Tasks: what waits for them, what orders them, and whose data they touch."""

from __future__ import annotations

import pytest

PREAMBLE = """
int n = 64, a[64], b[64], x, y;
void f(void) {
  #pragma omp parallel
  #pragma omp single
  {
    int own = 0;
"""
# name: (variables that race, racy body of a single construct, the same without the race)
PAIRS = {
    "no taskwait": (
        {"x"},
        "#pragma omp task\nx = 1;\ny = x;",
        "#pragma omp task\nx = 1;\n#pragma omp taskwait\ny = x;",
    ),
    "two tasks": (
        {"x"},
        "#pragma omp task\nx = 1;\n#pragma omp task\nx = 2;",
        "#pragma omp task\nx = 1;\n#pragma omp task\ny = 2;",
    ),
    "depend": (
        {"x"},
        "#pragma omp task depend(out: y)\nx = 1;\n#pragma omp task depend(out: b)\nx = 2;",
        "#pragma omp task depend(out: x)\nx = 1;\n#pragma omp task depend(inout: x)\nx = 2;",
    ),
    "depend, both only in": (
        {"x"},
        "#pragma omp task depend(in: y)\nx = 1;\n#pragma omp task depend(in: y)\nx = 2;",
        "#pragma omp task depend(in: y)\nx = 1;\n#pragma omp task depend(out: y)\nx = 2;",
    ),
    "chain of dependences": (
        {"x"},
        "#pragma omp task depend(out: a)\nx = 1;\n#pragma omp task depend(out: b)\ny = 1;\n"
        "#pragma omp task depend(in: b)\nx = 2;",
        "#pragma omp task depend(out: a)\nx = 1;\n#pragma omp task depend(in: a) depend(out: b)\ny = 1;\n"
        "#pragma omp task depend(in: b)\nx = 2;",
    ),
    "mutexinoutset": (
        {"x"},
        "#pragma omp task depend(inoutset: x)\nx++;\n#pragma omp task depend(inoutset: x)\nx++;",
        "#pragma omp task depend(mutexinoutset: x)\nx++;\n#pragma omp task depend(mutexinoutset: x)\nx++;",
    ),
    "a task per element": (
        {"a"},
        "for (int i = 1; i < n; i++) {\n#pragma omp task\na[i] = a[i - 1]; }",
        "for (int i = 1; i < n; i++) {\n#pragma omp task\na[i] = b[i - 1]; }",
    ),
    "one variable for all tasks of a loop": (
        {"x"},
        "for (int i = 0; i < n; i++) {\n#pragma omp task\nx += i; }",
        "for (int i = 0; i < n; i++) {\n#pragma omp task\nx += i;\n#pragma omp taskwait\n}",
    ),
    "depend on the element": (
        {"a"},
        "for (int i = 1; i < n; i++) {\n#pragma omp task depend(out: b[i])\na[i] = a[i - 1]; }",
        "for (int i = 1; i < n; i++) {\n#pragma omp task depend(out: a[i]) depend(in: a[i - 1])\na[i] = a[i - 1]; }",
    ),
    "taskgroup": (
        {"x"},
        "#pragma omp taskgroup\n{\n#pragma omp task\ny = 1;\n}\n#pragma omp task\nx = 1;\ny = x;",
        "#pragma omp taskgroup\n{\n#pragma omp task\nx = 1;\n}\ny = x;",
    ),
    "taskwait does not wait for grandchildren": (
        {"x"},
        "#pragma omp task\n{\n#pragma omp task\nx = 1;\n}\n#pragma omp taskwait\ny = x;",
        "#pragma omp task\n{\n#pragma omp task\nx = 1;\n#pragma omp taskwait\n}\n#pragma omp taskwait\ny = x;",
    ),
    "depend does not reach nephews": (
        {"x"},
        "#pragma omp task depend(out: x)\n{\n#pragma omp task\nx = 1;\n}\n#pragma omp task depend(in: x)\ny = x;",
        "#pragma omp task depend(out: x)\n{ x = 1; }\n#pragma omp task depend(in: x)\ny = x;",
    ),
    "shared local variable": (
        {"own"},
        "#pragma omp task shared(own)\nown = 1;\ny = own;",
        "#pragma omp task firstprivate(own)\nown = 1;\ny = own;",
    ),
    "undeferred": (
        {"x"},
        "#pragma omp task\nx = 1;\nx++;",
        "#pragma omp task if(0)\nx = 1;\nx++;",
    ),
    "final tasks run their children": (
        {"x"},
        "#pragma omp task\n{\n#pragma omp task\nx = 1;\nx++;\n}",
        "#pragma omp task final(1)\n{\n#pragma omp task\nx = 1;\nx++;\n}",
    ),
    "taskloop": (
        {"a"},
        "#pragma omp taskloop\nfor (int i = 1; i < n; i++) a[i] = a[i - 1];",
        "#pragma omp taskloop\nfor (int i = 1; i < n; i++) a[i] = i;\ny = a[1];",
    ),
    "taskloop without its group": (
        {"a"},
        "#pragma omp taskloop nogroup\nfor (int i = 0; i < n; i++) a[i] = i;\ny = a[1];",
        "#pragma omp taskloop nogroup\nfor (int i = 0; i < n; i++) a[i] = i;\n#pragma omp taskwait\ny = a[1];",
    ),
    "taskwait for one dependence": (
        {"y"},
        "#pragma omp task depend(out: x)\nx = 1;\n#pragma omp task depend(out: y)\ny = 1;\n"
        "#pragma omp taskwait depend(in: x)\nown = x + y;",
        "#pragma omp task depend(out: x)\nx = 1;\n#pragma omp task depend(out: y)\ny = 1;\n"
        "#pragma omp taskwait\nown = x + y;",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_race_and_its_absence(name: str, verdict) -> None:
    """The race is found on the right variable, and the corrected program is proved free of races."""
    variables, racy, clean = PAIRS[name]
    assert ("race", variables) == verdict(f"{PREAMBLE}{racy}\n}} }}")
    assert ("no_race", frozenset()) == verdict(f"{PREAMBLE}{clean}\n}} }}")


def test_recursion(verdict) -> None:
    """Results of recursive tasks are read after the taskwait, or they race."""
    fib = (
        "int fib(int n) {{ int i, j; if (n < 2) return n;\n#pragma omp task shared(i)\ni = fib(n - 1);\n"
        "#pragma omp task shared(j)\nj = fib(n - 2);\n{}return i + j; }}"
    )
    assert ("race", {"i", "j"}) == verdict(fib.format(""))
    assert verdict(fib.format("#pragma omp taskwait\n"))[0] != "race"


def test_a_reference_is_copied_in_an_orphaned_task(verdict) -> None:
    """In a function's own task a parameter passed by reference is firstprivate, so the caller may go on."""
    code = (
        "int a[9]; void create(int &i) {{\n#pragma omp task {}\na[i] = 1; }} void f() {{\n#pragma omp parallel\n"
        "#pragma omp single\nfor (int i = 0; i < 9; i++) create(i); }}"
    )
    assert ("no_race", frozenset()) == verdict(code.format(""), "cpp")
    assert ("race", {"i"}) == verdict(code.format("shared(i)"), "cpp")

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
    "mutexinoutset in each iteration, and something else": (
        {"x", "y"},
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(inoutset: x)\n{ x++; y += i; } }",
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(mutexinoutset: x)\n{ x++; y += i; } }",
    ),
    "mutexinoutset of cousins": (
        {"x"},
        "for (int i = 0; i < 2; i++) {\n#pragma omp task\n{\n#pragma omp task depend(mutexinoutset: x)\nx++;\n} }",
        "for (int i = 0; i < 2; i++) {\n#pragma omp task depend(mutexinoutset: x)\nx++;\n}",
    ),
    "mutexinoutset on the element": (
        {"a"},
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(mutexinoutset: y)\na[i % 3]++;\n"
        "#pragma omp task depend(mutexinoutset: x)\na[0] = 1; }",
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(mutexinoutset: a[i % 3])\na[i % 3]++; }",
    ),
    "depend on elements of one text in two loops": (
        {"a", "y"},
        "for (int j = 0; j < n; j++) {\n#pragma omp task depend(out: b[j])\na[n - 1 - j] = 1; }\n"
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(in: x)\ny = a[i]; }",
        "for (int j = 0; j < n; j++) {\n#pragma omp task depend(out: a[j])\na[j] = 1; }\n"
        "for (int j = 0; j < n; j++) {\n#pragma omp task depend(in: a[j]) depend(out: y)\ny = a[j]; }",
    ),
    "depend on a variable that changes": (
        {"y"},
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(in: x)\ny += x; }",
        "for (int i = 0; i < n; i++) {\n#pragma omp task depend(inout: x)\n{ x++; y += x; } }",
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


def test_a_variable_of_the_iteration_orders_nothing(verdict) -> None:
    """A depend on a variable that is declared inside the loop is on another place in each iteration."""
    code = f"{PREAMBLE}for (int i = 0; i < n; i++) {{ int t = 0;\n#pragma omp task depend(inout: t)\nx += i; }}\n}} }}"
    assert verdict(code)[0] != "no_race"


def test_subscripts_of_two_loops_are_not_one(verdict) -> None:
    """`b[j]` in one loop and `b[j]` in the next are the same element only where both `j` are the same."""
    loops = "for (int j = 0; j < n; j++) {\n#pragma omp task depend(%s: b[j])\n%s }\n"
    code = PREAMBLE + loops % ("out", "a[n - 1 - j] = 1;") + loops % ("in", "b[j] = a[j];") + "} }"
    assert verdict(code)[0] != "no_race"
    waits = "for (int j = 0; j < n; j++) {\n#pragma omp taskwait depend(in: b[j])\ny = a[j]; }\n"
    assert verdict(PREAMBLE + loops % ("out", "a[n - 1 - j] = 1;") + waits + "} }")[0] != "no_race"


def test_a_group_writes_what_its_tasks_reduced(verdict) -> None:
    """Each thread that has a group adds to the variable at the end of its own: only one may."""
    group = (
        "int x; void f(void) {{\n#pragma omp parallel\n{}{{\n#pragma omp taskgroup task_reduction(+: x)\n{{\n"
        "#pragma omp task in_reduction(+: x)\nx += 1;\n}} }} }}"
    )
    assert verdict(group.format("")) == ("race", {"x"})
    assert verdict(group.format("#pragma omp single\n")) == ("no_race", frozenset())
    loop = "int x; void f(void) {{\n#pragma omp parallel\n{}\n#pragma omp taskloop reduction(+: x)\n{} }}"
    body = "for (int i = 0; i < 99; i++) x += i;"
    assert verdict(loop.format("", body)) == ("race", {"x"})
    assert verdict(loop.format("#pragma omp single", body)) == ("no_race", frozenset())


def test_tasks_that_reduce_for_no_group(verdict) -> None:
    """`in_reduction` without a `task_reduction` around it is no program of OpenMP: nothing is claimed."""
    code = PREAMBLE + "%s{\n#pragma omp task in_reduction(+: x)\nx += 1;\n}\n} }"
    assert verdict(code % "")[0] == "unknown"
    assert verdict(code % "#pragma omp taskgroup task_reduction(+: x)\n") == ("no_race", frozenset())

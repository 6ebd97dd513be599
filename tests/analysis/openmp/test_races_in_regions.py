"""Parallel regions: phases between barriers, who executes what, and what keeps threads apart."""

from __future__ import annotations

import pytest

# name: (variables that race, racy body of a parallel region, the same without the race)
PREAMBLE = """
#include <omp.h>
int n = 64, a[64], b[64], x, y; omp_lock_t l, k;
void f(void) {
  int own, sum = 0;
  #pragma omp parallel private(own)
  {
"""
PAIRS = {
    "every thread writes": ({"x"}, "x = omp_get_thread_num();", "own = omp_get_thread_num();"),
    "own elements": ({"a"}, "a[0] += 1;", "a[omp_get_thread_num()] += 1;"),
    "neighbour's element": (
        {"a"},
        "own = omp_get_thread_num(); a[own] = 1; b[own] = a[own + 1];",
        "own = omp_get_thread_num(); a[own] = 1;\n#pragma omp barrier\nb[own] = a[own + 1];",
    ),
    "one thread by its number": (
        {"x"},
        "if (omp_get_thread_num() == 0) x = 1; own = x;",
        "if (omp_get_thread_num() == 0) x = 1;\n#pragma omp barrier\nown = x;",
    ),
    "master has no barrier": (
        {"x"},
        "#pragma omp master\nx = 1;\nown = x;",
        "#pragma omp master\nx = 1;\n#pragma omp barrier\nown = x;",
    ),
    "masked chooses one by its number": (
        {"x"},
        "#pragma omp masked filter(2)\nx = 1;\n#pragma omp masked\nown = x;",
        "#pragma omp masked filter(2)\nx = 1;\n#pragma omp barrier\n#pragma omp masked\nown = x;",
    ),
    "masked chooses the same one twice": (
        {"x"},
        "#pragma omp masked filter(1)\nx = 1;\n#pragma omp masked filter(3)\nx += 2;",
        "#pragma omp masked filter(1)\nx = 1;\n#pragma omp masked filter(1)\nx += 2;",
    ),
    "single has one": (
        {"x"},
        "#pragma omp single nowait\nx = 1;\nown = x;",
        "#pragma omp single\nx = 1;\nown = x;",
    ),
    "two singles": (
        {"x"},
        "#pragma omp single nowait\nx = 1;\n#pragma omp single\nx = 2;",
        "#pragma omp single\nx = 1;\n#pragma omp single\nx = 2;",
    ),
    "master twice": (
        {"x"},
        "#pragma omp master\nx = own;\n#pragma omp single\nx = 2;",
        "#pragma omp master\nx = 1;\n#pragma omp master\nx += 2;",
    ),
    "loops one after the other": (
        {"a"},
        "#pragma omp for nowait\nfor (int i = 0; i < n; i++) a[i] = i;\n"
        "#pragma omp for\nfor (int i = 0; i < n; i++) b[i] = a[n - 1 - i];",
        "#pragma omp for\nfor (int i = 0; i < n; i++) a[i] = i;\n"
        "#pragma omp for\nfor (int i = 0; i < n; i++) b[i] = a[n - 1 - i];",
    ),
    "loops dealt out alike": (
        {"a"},
        "#pragma omp for schedule(dynamic) nowait\nfor (int i = 0; i < n; i++) a[i] = i;\n"
        "#pragma omp for schedule(dynamic)\nfor (int i = 0; i < n; i++) b[i] = a[i];",
        "#pragma omp for schedule(static) nowait\nfor (int i = 0; i < n; i++) a[i] = i;\n"
        "#pragma omp for schedule(static)\nfor (int i = 0; i < n; i++) b[i] = a[i];",
    ),
    "a step of a serial loop, and the next": (
        {"x"},
        "for (int t = 0; t < 9; t++) {\n#pragma omp single\nx = t;\na[omp_get_thread_num()] += x; }",
        "for (int t = 0; t < 9; t++) {\n#pragma omp single\nx = t;\na[omp_get_thread_num()] += x;\n"
        "#pragma omp barrier\n}",
    ),
    "sections": (
        {"x"},
        "#pragma omp sections\n{\n#pragma omp section\nx = 1;\n#pragma omp section\ny = x; }",
        "#pragma omp sections\n{\n#pragma omp section\nx = 1;\n#pragma omp section\ny = 2; }",
    ),
    "within one section": (
        {"x"},
        "#pragma omp sections\n{ x = 1;\n#pragma omp section\nx = 2; }",
        "#pragma omp sections\n{ x = 1; x++;\n#pragma omp section\ny = 2; }",
    ),
    "critical": ({"x"}, "x += 1;", "#pragma omp critical\nx += 1;"),
    "critical sections of two names": (
        {"x"},
        "#pragma omp critical(one)\nx++;\n#pragma omp critical(two)\nx++;",
        "#pragma omp critical(one)\nx++;\n#pragma omp critical(one)\nx++;",
    ),
    "read outside the critical section": (
        {"x"},
        "#pragma omp critical\nx++;\nown = x;",
        "#pragma omp critical\n{ x++; own = x; }",
    ),
    "atomic": (
        {"x"},
        "#pragma omp atomic\nx++;\nown = x;",
        "#pragma omp atomic\nx++;\n#pragma omp atomic read\nown = x;",
    ),
    "atomic covers only its variable": (
        {"y"},
        "#pragma omp atomic capture\ny = x++;",
        "#pragma omp atomic capture\nown = x++;",
    ),
    "locks": (
        {"x"},
        "omp_set_lock(&l); x++; omp_unset_lock(&l); omp_set_lock(&k); x--; omp_unset_lock(&k);",
        "omp_set_lock(&l); x++; omp_unset_lock(&l); omp_set_lock(&l); x--; omp_unset_lock(&l);",
    ),
    "ordered": (
        {"x"},
        "#pragma omp for ordered\nfor (int i = 0; i < n; i++) { x = i;\n#pragma omp ordered\ny = x; }",
        "#pragma omp for ordered\nfor (int i = 0; i < n; i++) {\n#pragma omp ordered\n{ x = i; y = x; } }",
    ),
    "doacross": (
        {"a"},
        "#pragma omp for ordered(1)\nfor (int i = 2; i < n; i++) {\n#pragma omp ordered depend(sink: i - 2)\n"
        "a[i] = a[i - 1];\n#pragma omp ordered depend(source)\n}",
        "#pragma omp for ordered(1)\nfor (int i = 2; i < n; i++) {\n#pragma omp ordered depend(sink: i - 1)\n"
        "a[i] = a[i - 1];\n#pragma omp ordered depend(source)\n}",
    ),
    "reduction read too early": (
        {"sum"},
        "#pragma omp for reduction(+:sum) nowait\nfor (int i = 0; i < n; i++) sum += a[i];\nown = sum;",
        "#pragma omp for reduction(+:sum)\nfor (int i = 0; i < n; i++) sum += a[i];\nown = sum;",
    ),
    "reduction initialised by the master": (
        {"x"},
        "#pragma omp master\nx = 0;\n#pragma omp for reduction(+:x)\nfor (int i = 0; i < n; i++) x += i;",
        "#pragma omp single\nx = 0;\n#pragma omp for reduction(+:x)\nfor (int i = 0; i < n; i++) x += i;",
    ),
    "a barrier that only some reach": (
        {"x"},
        "#pragma omp master\nx = 1;\na[omp_get_thread_num()] = x;\n#pragma omp barrier",
        "#pragma omp master\nx = 1;\n#pragma omp barrier\na[omp_get_thread_num()] = x;",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_race_and_its_absence(name: str, verdict) -> None:
    """The race is found on the right variable, and the corrected region is proved free of races."""
    variables, racy, clean = PAIRS[name]
    assert ("race", variables) == verdict(f"{PREAMBLE}{racy}\n}} }}")
    assert ("no_race", frozenset()) == verdict(f"{PREAMBLE}{clean}\n}} }}")


@pytest.mark.parametrize(
    "body",
    [
        "#pragma omp atomic capture\nown = x++;\na[own] = 1;",
        "#pragma omp critical\nown = x++;\nif (own == 0) y = 1;",
        "while (!x) { }\ny = a[0];",
        "if (omp_test_lock(&l)) { y++; omp_unset_lock(&l); }",
        "#pragma omp for nowait\nfor (int i = 0; i < n; i++) a[i] = i;\n"
        "#pragma omp for\nfor (int i = 0; i < n; i++) b[i] = a[i];",
        "y = 1;",
        "int volatile flag = 0; if (own & flag) x = 1; x = own;\n",
    ],
)
def test_no_false_alarm_where_order_is_not_followed(body: str, verdict) -> None:
    """Flags, counters that hand out turns, locks that were tried and equal stores are never called races."""
    assert verdict(f"{PREAMBLE}{body}\n}} }}")[0] != "race" or "x = own" in body


def test_a_thread_that_the_text_does_not_name(judge) -> None:
    """`filter(k)` may choose another thread in each: what it comes to is unknown, and the reason names k."""
    facts = judge(
        "int x; void f(int k) {\n#pragma omp parallel\n{\n#pragma omp masked filter(k)\nx = 1;\n"
        "#pragma omp barrier\nint own = x; } }"
    )
    assert "race" not in [each.verdict for each in facts if each.directive == "masked"]
    told = [reason.message for each in facts for reason in each.reasons]
    assert any("filter(k)" in message for message in told)
    assert not any("same value" in message for message in told)


def test_one_thread_is_no_team(verdict) -> None:
    """`num_threads(1)` and `if(0)` leave one thread, which races with nobody."""
    for clause in ("num_threads(1)", "if(0)"):
        assert ("no_race", frozenset()) == verdict(f"int x; void f(void) {{\n#pragma omp parallel {clause}\nx++; }}")


def test_both_places_and_the_help(judge) -> None:
    """A race is told at the second access, with the first one's place and what to do."""
    (region,) = judge(
        "int x;\nvoid f(int *restrict a) {\n#pragma omp parallel\n{\n  a[0] = x;\n#pragma omp critical\n  x = 1;\n}\n}"
    )
    assert region.verdict == "race"
    by_name = {reason.culprit: reason for reason in region.reasons}
    assert (by_name["x"].place.line, [each.place.line for each in by_name["x"].related]) == (7, [5])
    assert by_name["a"].help is not None


def test_the_innermost_directive_is_told(judge) -> None:
    """A race inside one worksharing loop is that loop's; the region around it is only not free of races."""
    facts = judge(
        "int a[100]; void f(void) {\n#pragma omp parallel\n{\n#pragma omp for\n"
        "for (int i = 1; i < 100; i++) a[i] = a[i - 1];\n} }"
    )
    assert [(each.directive, each.verdict, each.loop_line) for each in facts] == [
        ("parallel", "unknown", None),
        ("for", "race", 5),
    ]

"""What keeps threads apart or in order, beside what only looks as if it did."""

from __future__ import annotations

import pytest

LOOP = "for (int i = 0; i < 99; i++)"
LOCK = "#include <omp.h>\nint s; "
HELD = "{ omp_set_lock(&l); s += i; omp_unset_lock(&l); }"
CROSS = (
    "int a[99][99]; void f(void) {{\n#pragma omp parallel for {}\n"
    "for (int i = 1; i < 99; i++) for (int j = 1; j < 99; j++) {{\n"
    "#pragma omp ordered {}\na[i][j] = a[i - 1][j] + a[i][j - 1];\n#pragma omp ordered depend(source)\n}} }}"
)

# name: (variables that race, racy program, the same without the race)
PAIRS = {
    "a lock of the iteration": (
        {"s"},
        f"{LOCK}void f(void) {{\n#pragma omp parallel for\n{LOOP} {{ omp_lock_t l; omp_init_lock(&l); {HELD} }} }}",
        f"{LOCK}void f(void) {{ omp_lock_t l; omp_init_lock(&l);\n#pragma omp parallel for\n{LOOP} {HELD} }}",
    ),
    "a private lock": (
        {"s"},
        f"{LOCK}omp_lock_t l; void f(void) {{\n#pragma omp parallel for private(l)\n{LOOP} {HELD} }}",
        f"{LOCK}omp_lock_t l; void f(void) {{\n#pragma omp parallel for shared(l)\n{LOOP} {HELD} }}",
    ),
    "a lock of the thread": (
        {"s"},
        f"{LOCK}void f(void) {{\n#pragma omp parallel\n{{ omp_lock_t l; omp_init_lock(&l);\n#pragma omp for\n"
        f"{LOOP} {HELD} }} }}",
        f"{LOCK}void f(void) {{ static omp_lock_t l; omp_init_lock(&l);\n#pragma omp parallel\n{{\n#pragma omp for\n"
        f"{LOOP} {HELD} }} }}",
    ),
    "a lock of the call": (
        {"s"},
        f"{LOCK}static void add(int i) {{ omp_lock_t l; omp_init_lock(&l); {HELD} }}\n"
        f"void f(void) {{\n#pragma omp parallel for\n{LOOP} add(i); }}",
        f"{LOCK}omp_lock_t l; static void add(int i) {HELD}\n"
        f"void f(void) {{\n#pragma omp parallel for\n{LOOP} add(i); }}",
    ),
    "depend on another element": (
        {"a"},
        "int a[9], x; void f(void) {\n#pragma omp parallel\n#pragma omp single\n{\n"
        "#pragma omp task depend(out: a[0])\na[0] = 1;\n#pragma omp task depend(in: a[1])\nx = a[0]; } }",
        "int a[9], x; void f(void) {\n#pragma omp parallel\n#pragma omp single\n{\n"
        "#pragma omp task depend(out: a[0])\na[0] = 1;\n#pragma omp task depend(in: a[0])\nx = a[0]; } }",
    ),
    "a target region that nobody waits for": (
        {"x"},
        "int f(void) { int x = 0;\n#pragma omp target nowait map(tofrom: x)\nx = 1;\nreturn x; }",
        "int f(void) { int x = 0;\n#pragma omp target nowait map(tofrom: x)\nx = 1;\n#pragma omp taskwait\nreturn x; }",
    ),
    "a loop on the device that main does not wait for": (
        {"a"},
        "int a[99]; int main(void) {\n#pragma omp target teams distribute parallel for nowait map(tofrom: a)\n"
        f"{LOOP} a[i] = i;\nreturn a[9]; }}",
        "int a[99]; int main(void) {\n#pragma omp target teams distribute parallel for map(tofrom: a)\n"
        f"{LOOP} a[i] = i;\nreturn a[9]; }}",
    ),
    "two target regions": (
        {"a"},
        "int a[99]; void f(void) {\n#pragma omp target nowait map(tofrom: a)\n"
        f"{LOOP} a[i] = i;\n#pragma omp target map(tofrom: a)\n{LOOP} a[i]++; }}",
        "int a[99]; void f(void) {\n#pragma omp target nowait map(tofrom: a) depend(out: a)\n"
        f"{LOOP} a[i] = i;\n#pragma omp target map(tofrom: a) depend(in: a)\n{LOOP} a[i]++; }}",
    ),
    "a condition that is asked before the lock is held": (
        {"s"},
        f"{LOCK}void f(void) {{\n#pragma omp parallel for\n{LOOP} {{ if (s == 0) {{\n#pragma omp critical\n"
        "{ if (s == 0) s = 1; } } } }",
        f"{LOCK}void f(void) {{\n#pragma omp parallel for\n{LOOP} {{\n#pragma omp critical\n"
        "{ if (s == 0) s = 1; } } }",
    ),
    "doacross over collapsed loops": (
        {"a"},
        CROSS.format("collapse(2) ordered(2)", "depend(sink: i - 1, j)"),
        CROSS.format("collapse(2) ordered(2)", "depend(sink: i - 1, j) depend(sink: i, j - 1)"),
    ),
    "doacross, the inner loop one thread's": (
        {"a"},
        CROSS.format("ordered(2)", "depend(sink: i, j - 1)"),
        CROSS.format("ordered(2)", "depend(sink: i - 1, j)"),
    ),
}


@pytest.mark.parametrize(("racing", "racy", "clean"), PAIRS.values(), ids=PAIRS)
def test_order(racing: set[str], racy: str, clean: str, verdict) -> None:
    """The racy program is a race on the variables given, its neighbour is free of races."""
    assert verdict(racy) == ("race", racing)
    assert verdict(clean) == ("no_race", frozenset())


def test_a_pointer_of_the_iteration_may_lead_to_another_lock(verdict) -> None:
    """`l` of two iterations may point to two locks: neither a race nor none."""
    code = (
        f"{LOCK}void f(omp_lock_t *locks) {{\n#pragma omp parallel for\n{LOOP} "
        "{ omp_lock_t *l = locks + i % 2; omp_set_lock(l); s += i; omp_unset_lock(l); } }"
    )
    assert verdict(code)[0] == "unknown"


def test_a_region_is_not_free_of_races_that_a_called_function_has(judge) -> None:
    """An orphaned loop that races makes the region that calls its function unknown, as in its own text."""
    code = (
        "int a[100]; static void shift(void) {{\n#pragma omp for\n{} a[i] = a[i{}]; }}\n"
        "void f(void) {{\n#pragma omp parallel\nshift(); }}"
    )
    assert [each.verdict for each in judge(code.format(LOOP, " + 1"))] == ["race", "unknown"]
    assert [each.verdict for each in judge(code.format(LOOP, ""))] == ["no_race", "no_race"]


def test_a_metadirective_is_reported(judge) -> None:
    """Which construct it is, is not decided: unknown, never silence."""
    meta = "#pragma omp metadirective when(user={condition(1)}: parallel for)"
    code = f"int a[100]; void f(void) {{\n{meta}\n{LOOP} a[i] = 1; }}"
    (facts,) = judge(code)
    assert (facts.directive, facts.verdict, bool(facts.reasons)) == ("metadirective", "unknown", True)


def test_every_thread_stores_the_same_value(judge) -> None:
    """A parameter of the region's own function is the same for all threads, one of a called function is not."""
    code = "int x; static void set(int v) {{ x = v; }}\nvoid f(int k) {{\n#pragma omp parallel for\n{} {}; }}"
    assert [each.verdict for each in judge(code.format(LOOP, "set(i)"))] == ["race"]
    (same,) = judge(code.format(LOOP, "x = k"))
    assert same.verdict == "unknown"
    assert "same value" in same.reasons[0].message


def test_elements_that_share_a_byte(judge) -> None:
    """Writing to a vector of bits is said to be that, and not that every thread stores the same value."""
    code = f"#include <vector>\nvoid f(std::vector<bool> &v) {{\n#pragma omp parallel for\n{LOOP} v[i] = true; }}"
    (facts,) = judge(code, "cpp")
    assert facts.verdict == "unknown"
    assert "vector of bits" in facts.reasons[0].message


@pytest.mark.parametrize("clause", ["collapse(99999999999)", "collapse(2)", "collapse(n)", "ordered(-1)"])
def test_loops_that_cannot_be_counted(clause: str, judge) -> None:
    """A clause that takes more loops than there are, or nobody knows how many, leaves the directive unknown."""
    (facts,) = judge(f"int a[99]; void f(int n) {{\n#pragma omp parallel for {clause}\n{LOOP} a[i] = i; }}")
    assert facts.verdict == "unknown"
    assert clause in facts.reasons[0].message

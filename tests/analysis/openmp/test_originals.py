"""Copies that clauses make, and the original reached under another name: each racy program beside one without."""

from __future__ import annotations

import pytest

LOOP = "for (int i = 0; i < 99; i++)"
TP = "int tp;\n#pragma omp threadprivate(tp)\n"
ADD = "static void add(int *p, int v) { *p += v; } "
MEMBER = "struct S {{ int x; void add(int v) {{ x += v; }}\nvoid m(int *a) {{\n{}\n" + LOOP + " {{ {} }} }} }};"

# name: (language, variables that race, racy program, the same without the race)
PAIRS = {
    "private, by pointer": (
        "c",
        {"t"},
        f"void f(void) {{ int t, *p = &t;\n#pragma omp parallel for private(t)\n{LOOP} *p = i; }}",
        f"void f(void) {{ int t;\n#pragma omp parallel for private(t)\n{LOOP} {{ int *p = &t; *p = i; }} }}",
    ),
    "private array, by pointer": (
        "c",
        {"b"},
        f"void f(void) {{ int b[9]; int *p = b;\n#pragma omp parallel for private(b)\n{LOOP} p[0] = i; }}",
        f"void f(void) {{ int b[9];\n#pragma omp parallel for private(b)\n{LOOP} {{ int *p = b; p[0] = i; }} }}",
    ),
    "firstprivate, by pointer": (
        "c",
        {"t"},
        f"void f(void) {{ int t = 0, *p = &t;\n#pragma omp parallel for firstprivate(t)\n{LOOP} *p += i; }}",
        f"{ADD}void f(void) {{ int t = 0;\n#pragma omp parallel for firstprivate(t)\n{LOOP} add(&t, i); }}",
    ),
    "lastprivate, by pointer": (
        "c",
        {"t"},
        f"void f(void) {{ int t = 0, *p = &t;\n#pragma omp parallel for lastprivate(t)\n{LOOP} {{ *p = i; t = i; }} }}",
        f"void f(void) {{ int t = 0;\n#pragma omp parallel for lastprivate(t)\n{LOOP} t = i; }}",
    ),
    "reduction, by pointer": (
        "c",
        {"s"},
        f"void f(void) {{ int s = 0, *p = &s;\n#pragma omp parallel for reduction(+: s)\n{LOOP} *p += i; }}",
        f"{ADD}void f(void) {{ int s = 0;\n#pragma omp parallel for reduction(+: s)\n{LOOP} add(&s, i); }}",
    ),
    "private struct, by pointer": (
        "c",
        {"t.x"},
        f"struct P {{ int x, y; }}; void f(void) {{ struct P t, *p = &t;\n#pragma omp parallel for private(t)\n{LOOP} "
        "p->x = i; }",
        f"struct P {{ int x, y; }}; void f(void) {{ struct P t;\n#pragma omp parallel for private(t)\n{LOOP} "
        "{ struct P *p = &t; p->x = i; } }",
    ),
    "private global, by pointer": (
        "c",
        {"G"},
        f"int G; void f(void) {{ int *p = &G;\n#pragma omp parallel for private(G)\n{LOOP} {{ G = 1; *p += i; }} }}",
        f"int G; void f(void) {{\n#pragma omp parallel for private(G)\n{LOOP} {{ int *p = &G; G = 1; *p += i; }} }}",
    ),
    "reduction, by reference": (
        "cpp",
        {"s"},
        f"void f() {{ int s = 0; int &r = s;\n#pragma omp parallel for reduction(+: s)\n{LOOP} r += i; }}",
        f"void f() {{ int s = 0; int &r = s;\n#pragma omp parallel for reduction(+: r)\n{LOOP} r += i; }}",
    ),
    "reduction, by a lambda": (
        "cpp",
        {"s"},
        "void f() { int s = 0; auto add = [&](int v) { s += v; };\n#pragma omp parallel for reduction(+: s)\n"
        f"{LOOP} add(i); }}",
        f"void f() {{ int s = 0;\n#pragma omp parallel for reduction(+: s)\n{LOOP} "
        "{ auto add = [&](int v) { s += v; }; add(i); } }",
    ),
    "private, by a lambda": (
        "cpp",
        {"t"},
        "void f() { int t; auto set = [&t](int v) { t = v; };\n#pragma omp parallel for private(t)\n"
        f"{LOOP} set(i); }}",
        f"void f() {{ int t;\n#pragma omp parallel for private(t)\n{LOOP} "
        "{ auto set = [&t](int v) { t = v; }; set(i); } }",
    ),
    "threadprivate, by pointer": (
        "c",
        {"tp"},
        f"{TP}void f(void) {{ int *p = &tp;\n#pragma omp parallel for\n{LOOP} *p += i; }}",
        f"{TP}void f(void) {{\n#pragma omp parallel for\n{LOOP} {{ int *p = &tp; *p += i; }} }}",
    ),
    "member in a private clause": (
        "cpp",
        {"this.x"},
        MEMBER.format("#pragma omp parallel for", "x = i; a[i] = x;"),
        MEMBER.format("#pragma omp parallel for private(x)", "x = i; a[i] = x;"),
    ),
    "member in a reduction, changed by another member function": (
        "cpp",
        {"this.x"},
        MEMBER.format("#pragma omp parallel for reduction(+: x)", "add(a[i]);"),
        MEMBER.format("#pragma omp parallel for reduction(+: x)", "x += a[i];"),
    ),
}


@pytest.mark.parametrize(("language", "racing", "racy", "clean"), PAIRS.values(), ids=PAIRS)
def test_the_original_is_not_the_copy(language: str, racing: set[str], racy: str, clean: str, verdict) -> None:
    """What reaches the original races although a clause makes copies; what reaches the copy does not."""
    assert verdict(racy, language) == ("race", racing)
    assert verdict(clean, language) == ("no_race", frozenset())


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (
            "c",
            f"void f(int *restrict a) {{ int t, *q = &t;\n#pragma omp parallel for private(t)\n{LOOP} "
            "{ int *p = i > 9 ? &t : q; *p = i; } }",
        ),
        ("cpp", MEMBER.format("#pragma omp parallel for reduction(+: x)", "this->x += i;")),
    ],
    ids=["either", "gcc and clang differ over this->"],
)
def test_copy_or_original_cannot_be_told(language: str, code: str, verdict) -> None:
    """Where an access may be to the copy or to the original, no verdict is given."""
    assert verdict(code, language)[0] == "unknown"

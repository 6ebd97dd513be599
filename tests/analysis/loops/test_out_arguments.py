"""Results that a call hands out through a pointer: written, and not read, by what is called."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

SETTERS = """
static void set(int *s, int v) { *s = v; }
static void set_late(int *s, int v) { if (v > 3) return; *s = v; }
static void set_either(int *s, int v) { if (v > 3) { *s = 1; return; } *s = v; }
static void set_early(int *s, int v) { *s = v; if (v > 3) return; *s = 2; }
static void set_after_loop(int *s, int v) { for (int j = 0; j < 9; j++) if (v == j) return; *s = v; }
static void set_in_branch(int *s, int v) { if (v > 2) { while (v) if (v-- == 3) return; } *s = v; }
static void set_after_switch(int *s, int v) { switch (v) { case 0: return; } *s = v; }
static void add(int *s, int v) { *s += v; }
static int *keep(int *s, int v) { *s = v; return s; }
"""


def loop(body: str, after: str = "", language: str = "c", before: str = "") -> LoopFacts:
    text = f"""{SETTERS} double f(double *restrict a, int *restrict e, char **s, char *t, int n) {{
        int k = 0; double x, y; char *end = t; {before}
        for (int i = 0; i < n; i++) {{ {body} }} {after} return 0; }}"""
    if language == "cpp":
        text = text.replace("restrict", "__restrict")
    return analyze(text.encode(), language).loops[-1]


def roles(found: LoopFacts) -> dict[str, str]:
    assert not found.blocking
    assert not found.unknowns
    return {each.name: each.role for each in found.variables}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("a[i] = modf(a[i], &x);", "x"),
        ("frexp(a[i], &k); a[i] = k;", "k"),
        ("a[i] = strtod(s[i], &end);", "end"),
        ("sincos(a[i], &x, &y); a[i] = x * y;", "x y"),
        ("a[i] = remquo(a[i], 3, &k) + k;", "k"),
        ("if (a[i] > 1) { frexp(a[i], &k); a[i] = k; }", "k"),
    ],
)
def test_what_a_library_function_only_writes_is_private(body: str, names: str) -> None:
    """`modf(x, &ip)` does not read ip, and lends its address to nobody."""
    found = roles(loop(body))
    assert all(found[name] == "private" for name in names.split())


def test_elements_are_written_one_by_one() -> None:
    """`frexp(x, &e[i])` writes e[i] and no other; `&e[i / 2]` is written twice."""
    assert not loop("a[i] = frexp(a[i], &e[i]);").blocking
    assert loop("a[i] = frexp(a[i], &e[i / 2]);").blocking


@pytest.mark.parametrize("body", ["a[i] = strtod(end, &end);", "a[i] = k; frexp(a[i], &k);",
                                  "if (a[i] > 1) frexp(a[i], &k); a[i] = k;"])  # fmt: skip
def test_what_is_read_by_the_next_iteration_is_carried(body: str) -> None:
    """Written last and read first: the value goes from one iteration to the next."""
    assert any(reason.code == "PRG104" for reason in loop(body).blocking)


def test_the_last_value_counts_where_it_is_used() -> None:
    """A result that is read after the loop is lastprivate, and none where only some iterations write it."""
    assert roles(loop("a[i] = modf(a[i], &x);", "return x;"))["x"] == "lastprivate"
    assert loop("if (a[i] > 1) a[i] = modf(a[i], &x);", "return x;").blocking


@pytest.mark.parametrize("call", ["set(&k, i);", "set_either(&k, i);", "set_early(&k, i);"])
def test_what_a_callee_always_writes_is_private(call: str) -> None:
    """A function in sight that sets what it is passed, whichever way it ends, sets it before the caller reads it."""
    assert roles(loop(f"{call} a[i] = k;"))["k"] == "private"


def test_the_last_value_that_a_callee_set() -> None:
    """Read after the loop, it comes from the last iteration."""
    assert roles(loop("set_either(&k, i); a[i] = k;", "return k;"))["k"] == "lastprivate"


@pytest.mark.parametrize("body", ["set_late(&k, i); a[i] = k;", "set_after_loop(&k, i); a[i] = k;",
                                  "set_in_branch(&k, i); a[i] = k;", "set_after_switch(&k, i); a[i] = k;",
                                  "add(&k, i); a[i] = k;", "a[i] = k; set(&k, i);",
                                  "if (e[i]) set(&k, i); a[i] = k;"])  # fmt: skip
def test_what_a_callee_may_leave_as_it_is_is_carried(body: str) -> None:
    """A function that returns first, or reads first, lets the value of the iteration before through."""
    assert any(reason.code == "PRG104" for reason in loop(body).blocking)


def test_an_address_that_is_kept() -> None:
    """Where a callee keeps the address, the last value may be read at any time."""
    assert roles(loop("keep(&k, i); a[i] = k;"))["k"] == "lastprivate"


def test_what_an_exception_skips() -> None:
    """What stands in `try` may not have happened when control comes out of it."""
    found = loop("try { if (e[i]) throw 1; k = i; } catch (int) { } a[i] = k;", language="cpp")
    assert any(reason.code == "PRG104" for reason in found.blocking)


REFERENCES = """
static int *kept; struct Keeper { int *p; Keeper(int &r) : p(&r) {} };
static void keep(int &r) { kept = &r; }
static void pass_on(int &r) { keep(r); }
static void only_set(int &r) { r = 0; }
"""


@pytest.mark.parametrize(
    ("before", "after", "role"),
    [
        ("keep(x);", "return *kept;", "lastprivate"),
        ("pass_on(x);", "return *kept;", "lastprivate"),
        ("Keeper k(x);", "return *k.p;", "lastprivate"),
        ("only_set(x);", "return 0;", "private"),
    ],
)
def test_a_reference_that_is_kept(before: str, after: str, role: str) -> None:
    """A variable may be read by a reference to it that a function left somewhere."""
    text = f"""{REFERENCES} int f(int *__restrict a, int n) {{ int x = 0; {before}
        for (int i = 0; i < n; i++) {{ x = i; a[i] = x; }} {after} }}"""
    assert roles(analyze(text.encode(), "cpp").loops[-1])["x"] == role

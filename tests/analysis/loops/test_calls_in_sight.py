"""Calls of functions in sight: what they touch counts, whether the analysis follows them or not."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

DEEP = "\n".join(f"static int d{level}(int i) {{ return d{level + 1}(i); }}" for level in range(10, 0, -1))

NOT_FOLLOWED = f"""
int cells[100], last; static int *cursor;
struct Holder {{ int *p; int n; }};
static int before(int i) {{ if (i < 0) goto end; return cells[i - 1]; end: return 0; }}
static int latest(int i) {{ if (i < 0) goto end; return last; end: return 0; }}
static void put(int i, int v) {{ if (i < 0) goto end; cells[i / 2] = v; end:; }}
static void bump(int v) {{ if (v < 0) goto end; cursor[0] += v; end:; }}
static void hold(struct Holder h, int v) {{ if (v < 0) goto end; h.p[0] += v; end:; }}
static void far(struct Holder *h, int v) {{ if (v < 0) goto end; h->p[0] += v; end:; }}
static int d11(int i) {{ return cells[i - 1]; }}
{DEEP}
static double square(double x) {{ if (x < 0) goto end; x = x * x; end: return x; }}
static void clear(double *p, int n) {{ for (int k = 0; k < n; k++) {{ if (k > 9) goto end; p[k] = 0; }} end:; }}
"""


def first_loop(text: str, language: str = "c") -> LoopFacts:
    (loop, *_) = analyze(text.encode(), language).loops
    return loop


def last_loop(text: str, language: str = "c") -> LoopFacts:
    (*_, loop) = analyze(text.encode(), language).loops
    return loop


@pytest.mark.parametrize(
    "body",
    [
        "cells[i] = before(i);",
        "last = latest(i) + 1;",
        "put(i, i);",
        "bump(i);",
        "hold(h[0], i);",
        "far(&h[i], i);",
        "cells[i] = d1(i);",
    ],
)
def test_what_a_call_reaches_by_itself(body: str) -> None:
    """Global variables and pointers found in memory are touched by calls that are not followed."""
    loop = last_loop(f"{NOT_FOLLOWED} void f(struct Holder *h, int n) {{ for (int i = 0; i < n; i++) {{ {body} }} }}")
    assert loop.blocking or loop.unknowns


@pytest.mark.parametrize("body", ["x[i] = square(x[i]);", "clear(x + 16 * i, 10); x[16 * i] = i;"])
def test_calls_that_touch_what_they_are_given(body: str) -> None:
    """A call that is not followed leaves nothing unknown where its body keeps to its parameters."""
    loop = last_loop(f"{NOT_FOLLOWED} void f(double *x, int n) {{ for (int i = 0; i < n; i++) {{ {body} }} }}")
    assert not any(reason.code == "PRG402" for reason in loop.unknowns)


def test_a_member_function_touches_its_object() -> None:
    """The object of a call counts as an argument of it."""
    text = """
    struct Sum { int s; void add(int x) { if (x < 0) goto end; s += x; end:; } };
    void f(Sum &sum, int n) { for (int i = 0; i < n; i++) sum.add(i); }
    """
    loop = last_loop(text, "cpp")
    assert any(dependence.variable == "sum" for dependence in loop.dependences)
    assert loop.unknowns


def test_temporaries_are_new_in_each_iteration() -> None:
    """What a constructor writes is the object that its call makes."""
    text = """
    struct Edge { int u, v; Edge() {} Edge(int a, int b) : u(a), v(b) {} };
    void f(Edge *edges, const int *__restrict to, int n) {
        for (int e = 0; e < n; e++) edges[e] = Edge(to[edges[e].u], to[edges[e].v]);
    }
    """
    loop = last_loop(text, "cpp")
    assert not loop.blocking
    assert not loop.unknowns


def test_updates_that_may_meet_are_no_dependence() -> None:
    """Whether computed subscripts meet is not known: the update needs an atomic perhaps, and the loop is not serial."""
    loop = first_loop("void f(int n, const int *b, long *h) { for (int i = 0; i < n; i++) h[b[i] * b[i] / 7]++; }")
    assert not loop.blocking
    assert "atomic" in (loop.unknowns[0].help or "")
    assert [reason.code for reason in loop.unknowns] == ["PRG401"]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("cpp", "touch(x); y[i] = x;"),  # by reference, perhaps
        ("c", "touch(&x); y[i] = x;"),
        ("c", "x @= y[i]; y[i] = x;"),  # no C
        ("c", "x @= y[i]; x = 2 * x; y[i] = x;"),  # which may set x first
        ("cpp", "total.add(i);"),
    ],
)
def test_what_may_be_touched_is_no_dependence(language: str, body: str) -> None:
    """Code out of sight, or that cannot be read, leaves a loop unknown: that it may write something proves nothing."""
    head = "struct Sum { int s; void add(int x) { if (x < 0) goto end; s += x; end:; } };" if language == "cpp" else ""
    total = ", Sum &total" if language == "cpp" else ""
    text = f"{head} void f(int n, double x, double *y{total}) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"
    loop = last_loop(text, language)
    assert not loop.blocking
    assert loop.unknowns


def test_what_is_certain_beside_it() -> None:
    """A dependence that stands in the text is one, whatever code that is not understood does beside it."""
    loop = first_loop(
        "void f(int n, double x, double *y) { for (int i = 0; i < n; i++) { y[i] = x; x = y[i] + i; touch(&x); } }"
    )
    assert [reason.code for reason in loop.blocking] == ["PRG104"]


def test_a_race_is_not_claimed_of_what_was_not_understood() -> None:
    """Names in a statement that cannot be read may be written there, or not."""
    text = """
    void f(int n, const float *bias, float *src) {
    #pragma omp parallel for
        for (int y = 0; y < n; y++) { auto v = bias[y]; src[y] = v; }
    }
    """
    (directive,) = analyze(text.encode(), "c").directives
    assert directive.verdict == "unknown"


def test_a_reference_keeps_what_it_is_bound_to() -> None:
    """Code that is not followed changes what a parameter refers to, and not which object that is."""
    text = """
    class Generator {
        unsigned state;
    public:
        Generator(unsigned seed) { state = seed; }
        unsigned operator()() { return state ^= state >> 6; }
    };
    unsigned several(Generator &next) { unsigned s = 0; for (int j = 0; j < 3; j++) s += next(); return s; }
    void f(unsigned *a, int n) { for (int i = 0; i < n; i++) { Generator own(i); a[i] = several(own); } }
    """
    assert not last_loop(text, "cpp").blocking


@pytest.mark.parametrize(
    ("parameter", "body", "independent"),
    [
        ("Two &two", "two.at(i) = i;", True),
        ("Two &two", "two.at(i) = two.at(i) + 1;", True),
        ("const Two &two", "out[i] = two.at(i);", True),
        ("Two &two", "two.at(0) = i;", False),
        ("Two &two", "two[i] = i;", True),
    ],
)
def test_overloads_for_constant_objects(parameter: str, body: str, independent: bool) -> None:
    """Of a method and its twin for constant objects, the object decides which is called."""
    text = f"""
    class Two {{
        int *first, *second;
    public:
        int &at(int i) {{ return first[i]; }}
        const int &at(int i) const {{ return second[0]; }}
        int &operator[](int i) {{ return first[i]; }}
        int operator[](int i) const {{ return second[i]; }}
    }};
    void f({parameter}, int *__restrict out, int n) {{ for (int i = 0; i < n; i++) {{ {body} }} }}
    """
    loop = last_loop(text, "cpp")
    assert (not loop.blocking and not loop.unknowns) is independent


@pytest.mark.parametrize(
    ("declared", "called", "words"),
    [
        ("double g(double);", "g(a[i])", "its body is not in this file"),
        ("static int g(int k) { return k < 2 ? k : g(k - 1) + g(k - 2); }", "g(i)", "it calls itself"),
        ("double (*g)(double);", "g(a[i])", "it is called through a pointer"),
    ],
)
def test_why_a_call_is_out_of_sight(declared: str, called: str, words: str):
    """What is unknown of a call is said with what is in the way."""
    text = f"{declared} void f(int n, double *a) {{ for (int i = 0; i < n; i++) a[i] = {called}; }}"
    (loop,) = analyze(text.encode(), "c").loops
    (reason,) = [reason for reason in loop.unknowns if reason.code == "PRG402"]
    assert words in reason.message


def test_a_loop_that_never_ends():
    """An unsigned number is never less than 0: nothing is claimed of a loop that counts down past it."""
    text = "void f(unsigned n, double *a) { for (unsigned i = n - 1; i >= 0; i--) a[i] = 0; }"
    (loop,) = analyze(text.encode(), "c").loops
    assert [reason.code for reason in loop.unknowns] == ["PRG114"]
    assert "always holds" in loop.unknowns[0].message


def test_errno_is_each_threads_own():
    """Setting and reading errno makes no dependence, and no clause names it."""
    loop_text = "for (int i = 0; i < n; i++) { errno = 0; a[i] = log(a[i]); if (errno) a[i] = 0; }"
    text = f"#include <errno.h>\nvoid f(int n, double *a) {{\n#pragma omp parallel for\n{loop_text} }}"
    facts = analyze(text.encode(), "c")
    (loop,), (directive,) = facts.loops, facts.directives
    assert (loop.blocking, loop.unknowns) == ((), ())
    assert "errno" not in [variable.name for variable in loop.variables]
    assert directive.verdict == "no_race"


@pytest.mark.parametrize(
    ("capture", "changes"), [("", ""), ("&", "last = k; "), ("&", "if (k > 99) goto end; last = k; end: ")]
)
def test_a_lambda_that_is_not_followed(capture: str, changes: str):
    """One that is handed to itself, or jumps: what it changes outside of it is in doubt, and its calls are unknown."""
    code = (
        "void f(int *a, int n) { int last = 0; "
        f"auto down = [{capture}](auto self, int k) -> int {{ {changes}return k < 2 ? k : self(self, k - 1); }}; "
        "for (int i = 0; i < n; i++) a[i] = down(down, i % 10) + last; }"
    )
    loop = first_loop(code, "cpp")
    assert "PRG402" in [reason.code for reason in loop.unknowns]
    assert ("last" in [reason.culprit for reason in (*loop.blocking, *loop.unknowns)]) == bool(changes)


def test_what_stands_in_a_header_is_told_as_it_stands_there():
    """The file itself has only the `#include` of it; memory goes by the name that the caller has for it."""
    header = b"struct Box { double *data; };\ninline void put(Box *b, int i) { b[i / 2].data[(i + 1) % 3] = i; }\n"
    text = (
        b'#include "box.h"\nvoid f(Box *b, double *x, int n) { for (int i = 0; i < n; i++) { x[i] = 1; put(b, i); } }\n'
    )
    (loop,) = analyze(text, "cpp", headers={"box.h": header}).loops
    words = [each.message for each in (*loop.blocking, *loop.unknowns, *loop.assumptions)]
    assert any("b.data" in message for message in words), words
    assert not any("include" in message for message in words)


def test_loops_of_a_header_in_the_middle_of_a_function_are_not_reported():
    """No pragma can be put there; what they do to a loop around them counts."""
    fragment = b"for (int j = 0; j < 4; j++) last = last + x[4 * i + j];\n"
    text = b'int last; void f(int *x, int n) { for (int i = 0; i < n; i++) {\n#include "sum.inc"\nx[i] = 1;\n} }\n'
    loops = analyze(text, "c", headers={"sum.inc": fragment}).loops
    assert [loop.keyword.line for loop in loops] == [1]
    assert {variable.name for variable in loops[0].variables} >= {"last", "x"}

"""What a loop depends on by other names than its own: its variable through pointers, functions by the names of the
library's, thread-local and hidden state, jumps from outside."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import Language, LoopFacts

BLOCKED: dict[str, tuple[Language, str, str]] = {
    "through a reference": ("cpp", "for (int i = 0; i < n; i++) { int &r = i; a[i] = 1; r += 1; }", "PRG114"),
    "through a pointer": ("c", "for (int i = 0; i < n; i++) { int *p = &i; a[i] = 1; *p += 1; }", "PRG114"),
    "through a pointer of before": ("c", "int i, *p = &i; for (i = 0; i < n; i++) { a[i] = 1; ++*p; }", "PRG114"),
    "in a function": ("cpp", "for (int i = 0; i < n; i++) { a[i] = 1; bump(i); }", "PRG114"),
    "a global one": ("c", "for (g = 0; g < n; g++) { a[g] = 1; step(); }", "PRG114"),
    "a global one that is read": ("c", "for (g = 0; g < n; g++) a[g] = look();", "PRG108"),
    "thread-local, read": ("c", "own = 5; for (int i = 0; i < n; i++) a[i] = own + i;", "PRG108"),
    "thread-local, left": ("c", "for (int i = 0; i < n; i++) { own = i; a[i] = own; } a[0] = own;", "PRG108"),
    "errno": ("c", "for (int i = 0; i < n; i++) a[i] = (int)log(a[i]); if (errno) a[0] = 0;", "PRG108"),
    "a maximum that is none": ("c", "int m = 0; for (int i = 0; i < n; i++) m = max(m, a[i]); a[0] = m;", "PRG104"),
    "a case of a switch around": (
        "c",
        "switch (n) { case 0: for (int i = 0; i < n; i++) { case 1: a[i] = 1; } }",
        "PRG111",
    ),
    "packed bits": ("cpp", "std::vector<bool> v(n); for (int i = 0; i < n; i++) v[i] = i & 1; a[0] = v[1];", "PRG103"),
}

UNKNOWN: dict[str, tuple[Language, str, str]] = {
    "a parameter called as a library function": ("c", "for (int i = 0; i < n; i++) a[i] = sin(a[i]);", "sin"),
    "a variable called as one": ("c", "int (*abs)(int) = h; for (int i = 0; i < n; i++) a[i] = abs(i);", "abs"),
    "pure, and so free to read": ("c", "for (int i = 0; i < n; i++) a[i] = peek(i);", "peek"),
    "what an include would put there": (
        "c",
        'for (int i = 0; i < n; i++) {\n#include "body.inc"\n a[i] = 1; }',
        "include",
    ),
    "bits by deduction": (
        "cpp",
        "std::vector v(n, false); for (int i = 0; i < n; i++) v[i] = i & 1; a[0] = v[1];",
        "v",
    ),
}

PROVED: dict[str, tuple[Language, str]] = {
    "read in a function": ("cpp", "for (int i = 0; i < n; i++) a[i] = double_of(i);"),
    "captured by a lambda": ("cpp", "for (int i = 0; i < n; i++) { auto f = [&](int x) { return i; }; a[i] = f(1); }"),
    "const": ("c", "for (int i = 0; i < n; i++) a[i] = count(i);"),
    "pure, beside what nobody else knows": (
        "c", "int t[9]; for (int i = 0; i < 9; i++) t[i] = peek(i); a[0] = t[3];"
    ),
    "errno at once": ("c", "for (int i = 0; i < n; i++) { a[i] = (int)log(a[i]); if (errno) a[i] = 0; }"),
}  # fmt: skip

HEAD = {
    "c": """
#include <errno.h>
int g, h(int);
_Thread_local int own;
static int max(int x, int y) { return x - y; }
static void step(void) { g++; }
static int look(void) { return g; }
__attribute__((pure)) int peek(int);
__attribute__((const)) int count(int);
""",
    "cpp": """
#include <vector>
static void bump(int &x) { x++; }
static int double_of(const int &x) { return 2 * x; }
""",
}


def loop(language: Language, body: str) -> LoopFacts:
    parameters = "int n, int *a, int (*sin)(int)" if language == "c" else "int n, int *a"
    return analyze(f"{HEAD[language]}\nvoid f({parameters}) {{ {body} }}".encode(), language).loops[-1]


@pytest.mark.parametrize("name", BLOCKED)
def test_it_keeps_the_loop_serial(name: str):
    """The dependence is there, and named by the right code."""
    language, body, code = BLOCKED[name]
    assert code in [reason.code for reason in loop(language, body).blocking]


@pytest.mark.parametrize("name", UNKNOWN)
def test_it_cannot_be_told(name: str):
    """And the reason names the expression."""
    language, body, culprit = UNKNOWN[name]
    facts = loop(language, body)
    assert not facts.blocking
    assert any(culprit in reason.message for reason in facts.unknowns), facts.unknowns


@pytest.mark.parametrize("name", PROVED)
def test_its_harmless_relatives(name: str):
    """What only looks like it is still parallel."""
    facts = loop(*PROVED[name])
    assert (facts.blocking, facts.unknowns) == ((), ())


GLOBALS = {
    "the bound": ("int *x", "for (int i = 0; i < count; i++) x[i] = 1;", True),
    "the bound, by bytes": ("char *x", "for (int i = 0; i < count; i++) x[i] = 1;", True),
    "what is stored": ("double *x, int n", "for (int i = 0; i < n; i++) x[i] = scale;", True),
    "of another type": ("double *x", "for (int i = 0; i < count; i++) x[i] = 1;", False),
    "of this file alone": ("int *x", "for (int i = 0; i < own_count; i++) x[i] = 1;", False),
    "restrict": ("int *restrict x", "for (int i = 0; i < count; i++) x[i] = 1;", False),
    "a copy of it": ("double *x, int n", "double s = scale; for (int i = 0; i < n; i++) x[i] = s;", False),
}


@pytest.mark.parametrize("name", GLOBALS)
def test_pointers_may_lead_to_global_variables(name: str):
    """Other files can take the address of what is not static: that no pointer holds it is an assumption."""
    parameters, body, assumed = GLOBALS[name]
    text = f"int count; static int own_count; double scale; void f({parameters}) {{ {body} }}"
    facts = analyze(text.encode(), "c").loops[0]
    assert (facts.blocking, facts.unknowns) == ((), ())
    assert any("global variable" in each.message for each in facts.assumptions) is assumed


VALUES = {
    "appended": "string s; for (int i = 0; i < n; i++) s += v[i]; return s;",
    "put together": "string s; for (int i = 0; i < n; i++) s = s + v[i]; return s;",
    "the last": "string s; for (int i = 0; i < n; i++) s = v[i]; return s;",
    "the greatest": "string s; for (int i = 0; i < n; i++) if (v[i] > s) s = v[i]; return s;",
    "from the one before": 'for (int i = 1; i < n; i++) v[i] = v[i - 1]; return "";',
    "rows from the one before": 'for (int i = 1; i < n; i++) w[i] = w[i - 1]; return "";',
    "fields from the one before": 'for (int i = 1; i < n; i++) u[i].x = u[i - 1].x; return "";',
    "moved away": 'string s = "abc"; for (int i = 0; i < n; i++) v[i] = std::move(s); return "";',
    "forwarded": 'string s = "abc"; for (int i = 0; i < n; i++) v[i] = std::forward<string>(s); return "";',
    "exchanged": 'string s = "abc"; for (int i = 0; i < n; i++) std::swap(v[i], s); return s;',
    "read while rows change": 'for (int i = 1; i < n; i++) { w[i].resize(3); z[i] = w[i - 1]; } return "";',
}


@pytest.mark.parametrize("name", VALUES)
def test_values_of_classes_are_values(name: str):
    """Strings, vectors and what holds them, read and written whole: no private copy is made and dropped."""
    text = f"""
    #include <string>
    #include <vector>
    using std::string;
    struct U {{ std::vector<double> x; }};
    string f(int n, std::vector<string> &v, std::vector<std::vector<int>> &w, std::vector<U> &u,
             std::vector<std::vector<int>> &z) {{ {VALUES[name]} }}"""
    facts = analyze(text.encode(), "cpp").loops[0]
    assert facts.blocking or facts.unknowns


@pytest.mark.parametrize(
    ("call", "operator"),
    [("lower(&s, a[i]);", "min"), ("add(s, a[i]);", "+")],
)
def test_reductions_in_functions_that_get_the_variable(call: str, operator: str):
    """A clause gives the function the private copy, by its address or by reference."""
    text = f"""
    static void lower(int *s, int v) {{ if (v < *s) *s = v; }}
    static void add(int &s, int v) {{ s += v; }}
    int f(int n, const int *a) {{ int s = 9; for (int i = 0; i < n; i++) {{ {call} }} return s; }}"""
    facts = analyze(text.encode(), "cpp").loops[0]
    assert (facts.blocking, facts.unknowns) == ((), ())
    assert [(each.name, each.operator) for each in facts.variables if each.role == "reduction"] == [("s", operator)]

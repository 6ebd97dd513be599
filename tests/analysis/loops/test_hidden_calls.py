"""What C++ calls without a call in the text: conversions, constructors, operators new and delete, literals; and what is
initialised once."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

HEAD = """
#include <cstdlib>
int calls;
struct Flag { int v; explicit operator bool() const { return calls++ < 5; } operator int() const { return calls++; } };
struct Plain { int v; explicit operator bool() const { return v != 0; } };
struct Counted { int q; Counted(int x) { calls++; q = x; } };
struct Simple { int q; Simple(int x) { q = x; } };
static int of_counted(Counted x) { return x.q; }
static int of_simple(Simple x) { return x.q; }
static int of_reference(const Counted &x) { return x.q; }
struct Pooled { int x; void *operator new(size_t n) { calls++; return malloc(n); } };
int operator"" _k(unsigned long long x) { return calls++ + x; }
struct Bound { int &r; };
struct Pair { int v; };
Pair &operator,(Pair &x, int y) { calls += y; return x; }
"""

HIDDEN = {
    "a condition": "if (flag) a[i] = 1;",
    "its negation": "a[i] = !flag;",
    "one of two conditions": "a[i] = i > 3 && flag;",
    "a choice": "a[i] = flag ? 1 : 2;",
    "a loop's condition": "while (flag) a[i]++;",
    "a subscript": "a[flag] = i;",
    "an argument": "a[i] = of_counted(i);",
    "an argument by reference": "a[i] = of_reference(i);",
    "a declaration": "Counted k = i; a[i] = k.q;",
    "new": "p[i] = new Pooled;",
    "a literal": "a[i] = 3_k;",
    "a comma": "a[i] = (pair, 3).v;",
    "a static variable": "static int first = i; a[i] = first;",
    "references in an array": "b[i].r = i;",
    "a macro that is a statement": "a[i] = 1; STEP;",
}

PLAIN = {
    "a condition": "if (plain) a[i] = 1;",
    "a static table": "static const double t[2] = {1.0, 2.0}; a[i] = t[i & 1] > 1;",
    "a literal of the library": "auto s = 3s; a[i] = 1;",
}


def loop(body: str) -> LoopFacts:
    text = f"""{HEAD}
    void f(int n, int *__restrict a, Pooled **__restrict p, Bound *__restrict b, Flag flag, Plain plain, Pair pair) {{
        for (int i = 0; i < n; i++) {{ {body} }}
    }}"""
    return analyze(text.encode(), "cpp").loops[0]


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_calls_are_seen(name: str):
    """The loop is not taken for one that only computes."""
    facts = loop(HIDDEN[name])
    assert facts.blocking or facts.unknowns or any(each.discharged_by is None for each in facts.assumptions)


@pytest.mark.parametrize("name", PLAIN)
def test_harmless_ones_do_no_harm(name: str):
    """Conversions in sight that only compute, and what is constant."""
    facts = loop(PLAIN[name])
    assert (facts.blocking, facts.unknowns) == ((), ())

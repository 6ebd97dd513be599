"""What runs without being called: constructors, copies, destructors, and functions of derived classes."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

HEAD = "static int calls; int next();\n"
USING = "void f(int n, double *__restrict a) { for (int i = 0; i < n; i++) { V v; v.x = a[i]; a[i] = v.x + 1; } }"

# Classes with more to them than the text of the loop says.
BUSY = {
    "destructor": "struct V { double x; ~V() { calls++; } };",
    "destructor out of sight": "struct V { double x; ~V(); };",
    "constructor": "struct V { double x; V() { calls++; } };",
    "constructor out of sight": "struct V { double x; V(); };",
    "a field's destructor": "struct U { ~U() { calls++; } }; struct V { double x; U u; };",
    "a base's destructor": "struct U { ~U() { calls++; } }; struct V : U { double x; };",
    "a base out of sight": "struct V : Base { double x; };",
    "an initial value": "struct V { double x = next(); };",
}

PLAIN = {
    "nothing": "struct V { double x; };",
    "defaulted": "struct V { double x; V() = default; ~V() = default; };",
    "a constructor that sets a field": "struct V { double x; V() : x(0) {} };",
    "an empty destructor": "struct V { double x; ~V() {} };",
    "plain fields": "struct U { int k[3]; }; struct V { double x; U u; };",
    "a plain base": "struct U { int k; }; struct V : U { double x; };",
}

PASSING = {
    "by value": (
        "struct V { double x; V(const V &o) { calls++; x = o.x; } }; static double g(V v) { return v.x; }",
        "a[i] = g(b[i]);",
    ),
    "a copy": ("struct V { double x; V(const V &o) { calls++; x = o.x; } };", "V v = b[i]; a[i] = v.x;"),
    "as a result": (
        "struct V { double x; ~V() { calls++; } }; static V g(double x) { V v; v.x = x; return v; }",
        "a[i] = g(a[i]).x;",
    ),
    "new": ("struct V { double x; V() { calls++; } };", "V *v = new V; a[i] = v->x;"),
    "delete": ("struct V { double x; ~V() { calls++; } };", "V *v = new V; a[i] = v->x; delete v;"),
    "a derived class": (
        "struct V { double x; virtual double g(int i) const { return i; } };"
        " struct W : V { double g(int i) const { return ++calls; } };",
        "a[i] = b[0].g(i);",
    ),
    "a class derived elsewhere": ("struct V : Base { double x; double g(int i) override { return i; } };",
                                  "a[i] = b->g(i);"),
}  # fmt: skip


def loop(text: str) -> LoopFacts:
    return analyze((HEAD + text).encode(), "cpp").loops[-1]


@pytest.mark.parametrize("name", BUSY)
def test_classes_that_do_something(name: str):
    """A loop that makes an object of such a class is not called parallel."""
    facts = loop(f"{BUSY[name]} {USING}")
    assert {reason.code for reason in (*facts.blocking, *facts.unknowns)} & {"PRG108", "PRG402"}


@pytest.mark.parametrize("name", PLAIN)
def test_classes_that_do_nothing(name: str):
    """Each iteration has an object of its own, and nothing else happens."""
    facts = loop(f"{PLAIN[name]} {USING}")
    assert (facts.blocking, facts.unknowns, facts.assumptions) == ((), (), ())


@pytest.mark.parametrize("name", PASSING)
def test_what_nobody_calls_by_name(name: str):
    """Copies, allocations and virtual calls run what the class says, in sight or not."""
    classes, body = PASSING[name]
    parameters = "int n, double *__restrict a, V *__restrict b"
    facts = loop(f"{classes} void f({parameters}) {{ for (int i = 0; i < n; i++) {{ {body} }} }}")
    assert facts.blocking or facts.unknowns

"""Operators of classes are calls: followed where their body is in sight, never taken for those of numbers."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

HEAD = "static int calls; static double tape[100];\n"
LOOP = "void f(int n, V *__restrict a, V *__restrict b, double *__restrict x) {{ for (int i = 0; i < n; i++) {body} }}"

# What the class says, the loop's body, and the codes of what blocks it.
COUNTING = {
    "plus": ("V operator+(const V &o) const { calls++; return V{x + o.x}; }", "a[i] = a[i] + b[i];"),
    "assignment": ("V &operator=(const V &o) { calls++; x = o.x; return *this; }", "a[i] = b[i];"),
    "plus-assignment": ("V &operator+=(const V &o) { calls++; x += o.x; return *this; }", "a[i] += b[i];"),
    "minus sign": ("V operator-() const { calls++; return V{-x}; }", "a[i] = -a[i];"),
    "comparison": ("bool operator<(const V &o) const { calls++; return x < o.x; }", "x[i] = a[i] < b[i];"),
    "step": ("V &operator++() { calls++; x++; return *this; }", "++a[i];"),
    "step after": ("V operator++(int) { calls++; return V{x++}; }", "a[i]++;"),
    "conversion": ("operator double() const { calls++; return x; }", "x[i] = a[i];"),
    "of a result": ("V operator+(const V &o) const { calls++; return V{x + o.x}; }", "a[i] = (a[i] + b[i]) + b[i];"),
}

DECLARED = {
    "plus": ("V operator+(const V &) const;", "a[i] = a[i] + b[i];"),
    "assignment": ("V &operator=(const V &);", "a[i] = b[i];"),
    "times-assignment": ("V &operator*=(double);", "a[i] *= 2;"),
    "beside the class": ("};  V operator*(const V &, const V &); struct W {", "a[i] = a[i] * b[i];"),
    "conversion to the class": ("V(double y);", "a[i] = 1.5;"),
    "of a member": ("struct U { U &operator=(const U &); } u;", "a[i] = b[i];"),
}

PLAIN = {
    "plus": ("V operator+(const V &o) const { return V{x + o.x}; }", "a[i] = a[i] + b[i];"),
    "a chain": ("V operator*(double s) const { return V{x * s}; } V operator-(const V &o) const { return V{x - o.x}; }",
                "a[i] = a[i] * 2 - b[i] * x[i];"),
    "beside the class": ("};  inline V operator*(const V &p, const V &q) { return V{p.x * q.x}; } struct W {",
                         "a[i] = a[i] * b[i];"),
    "plus-assignment": ("V &operator+=(const V &o) { x += o.x; return *this; }", "a[i] += b[i];"),
    "no operator": ("double y[3];", "a[i] = b[i];"),
}  # fmt: skip

STREAMS = ["std::cout << x[i];", "std::cerr << i << x[i] << std::endl;", "std::cin >> x[i];"]

UNDECLARED = {
    "template": "template <typename T> void f(int n, T *a, T c) { for (int i = 0; i < n; i++) a[i] *= c; }",
    "header": '#include "vec.h"\nvoid f(int n, Vec *a) { for (int i = 0; i < n; i++) a[i] = a[i] + a[i]; }',
    "called": "template <typename T> T sq(T v) { return v * v; }\n"
              "void f(int n, double *a) { for (int i = 0; i < n; i++) a[i] = sq(a[i]); }",
}  # fmt: skip

STANDARD = [
    "void f(int n, std::complex<double> *__restrict a, std::complex<double> *__restrict b)"
    " { for (int i = 0; i < n; i++) a[i] = a[i] * b[i] + 1.0; }",
    'void f(int n, std::string *a) { for (int i = 0; i < n; i++) a[i] += "x"; }',
]


def loop(text: str) -> LoopFacts:
    facts = analyze(text.encode(), "cpp")
    assert not facts.errors
    return facts.loops[-1]


def with_class(inside: str, body: str) -> LoopFacts:
    return loop(f"{HEAD}struct V {{ double x; {inside} }};\n{LOOP.format(body=body)}")


@pytest.mark.parametrize("name", COUNTING)
def test_what_an_operator_writes_counts(name: str):
    """A counter that an operator moves is a dependence between iterations."""
    facts = with_class(*COUNTING[name])
    assert "PRG108" in [reason.code for reason in facts.blocking]


@pytest.mark.parametrize("name", DECLARED)
def test_an_operator_out_of_sight_is_unknown(name: str):
    """Of a function whose body nobody sees nothing is known, though it is spelled as an operator."""
    facts = with_class(*DECLARED[name])
    assert "PRG402" in [reason.code for reason in facts.unknowns]


@pytest.mark.parametrize("name", PLAIN)
def test_operators_in_sight_are_followed(name: str):
    """What touches its operands only leaves the iterations independent."""
    facts = with_class(*PLAIN[name])
    assert (facts.blocking, facts.unknowns, facts.assumptions) == ((), (), ())


def test_an_operator_may_reach_its_neighbour():
    """The dependence that an operator makes is found with its distance."""
    facts = with_class("V &operator+=(const V &o) { this[1].x += o.x; return *this; }", "a[i] += b[i];")
    assert (1,) in [each.distance for each in facts.dependences if each.kind == "flow"]


@pytest.mark.parametrize("body", STREAMS)
def test_streams_are_input_and_output(body: str):
    """What is written to a stream, or read from one, has its order."""
    facts = loop(f"#include <iostream>\nvoid f(int n, double *x) {{ for (int i = 0; i < n; i++) {body} }}")
    assert "PRG112" in [reason.code for reason in facts.blocking]


def test_a_shift_for_nothing_is_no_shift():
    """`log << x;` writes to whatever `log` is."""
    facts = loop("void f(int n, double *x) { for (int i = 0; i < n; i++) log_file << x[i]; }")
    assert "PRG402" in [reason.code for reason in facts.unknowns]


@pytest.mark.parametrize("name", UNDECLARED)
def test_a_type_that_may_be_a_class_is_an_assumption(name: str):
    """Types that nothing declares are taken for numbers, and that is said."""
    facts = loop(UNDECLARED[name])
    assert (facts.blocking, facts.unknowns) == ((), ())
    assert "PRG207" in [assumption.code for assumption in facts.assumptions]


@pytest.mark.parametrize("text", STANDARD)
def test_classes_of_the_standard_library(text: str):
    """Their operators touch their operands alone."""
    facts = loop(text)
    assert (facts.blocking, facts.unknowns, facts.assumptions) == ((), (), ())

"""Fields of objects: those that structured bindings name, and the arrays and containers that objects hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

HEAD = """
#include <memory>
#include <span>
#include <utility>
#include <vector>
struct P { double x, y; };
struct S { std::vector<double> u, v; std::unique_ptr<double[]> p; std::span<double> w; double *a, *b; int n; };
"""

BOUND = {
    "references": "void f(int n, P *a) { for (int i = 0; i < n; i++) { auto &[x, y] = a[i]; x = y; } }",
    "copies": "void f(int n, P *__restrict a, double *__restrict b)"
              " { for (int i = 0; i < n; i++) { auto [x, y] = a[i]; b[i] = x + y; } }",
    "of a range": "void f(std::vector<P> &v) { for (auto &[x, y] : v) x = y; }",
    "by other names": "void f(std::vector<P> &v) { for (auto &[q, r] : v) q = r; }",
    "pairs": "void f(std::vector<std::pair<int, double>> &v) { for (auto &[k, w] : v) w = k; }",
}  # fmt: skip

MEETING = {
    "a fixed element": "void f(std::vector<P> &v) { for (auto &[q, r] : v) q = v[0].x + r; }",
    "the one before": "void f(int n, P *a) { for (int i = 1; i < n; i++) { auto &[q, r] = a[i]; q = a[i - 1].x; } }",
    "packed bits": "void f(int n, std::vector<bool> &v) { for (int i = 0; i < n; i++) v[i] = true; }",
}

DISTINCT = {
    "two vectors of an object": "void f(S &s, int n) { for (int i = 0; i < n; i++) s.u[i] = s.v[i]; }",
    "of this": "struct G { std::vector<double> u, v; void f(int n) { for (int i = 0; i < n; i++) u[i] = v[i + 1]; } };",
    "a vector and a unique pointer": "void f(S *s, int n) { for (int i = 0; i < n; i++) s->u[i] = s->p[i]; }",
}

# Loops that need a guard, and what it must say of two objects that are the same, or lie apart.
GUARDED = {
    "pointers of an object": "for (int i = 0; i < s.n; i++) s.a[i] = s.b[i];",
    "pointers of two objects": "for (int i = 0; i < s.n; i++) s.a[i] = t.b[i];",
    "vectors of two objects": "for (int i = 0; i < s.n; i++) s.u[i] = t.u[i];",
    "a vector and a span": "for (int i = 0; i < s.n; i++) s.u[i] = t.w[i];",
    "a span and a pointer": "for (int i = 0; i < s.n; i++) s.w[i + 1] = s.a[i];",
    "a unique pointer and a pointer": "for (int i = 0; i < s.n; i++) s.p[i] = t.a[i];",
}


def loop(text: str) -> LoopFacts:
    return analyze((HEAD + text).encode(), "cpp").loops[0]


@pytest.mark.parametrize("name", BOUND)
def test_bindings_name_fields(name: str):
    """Each iteration has fields of its own."""
    facts = loop(BOUND[name])
    assert (facts.blocking, facts.unknowns, facts.assumptions) == ((), (), ())


@pytest.mark.parametrize("name", MEETING)
def test_fields_by_two_names_are_one(name: str):
    """A field that is reached by the binding's name and by its own is the same memory; so are bits of one byte."""
    assert loop(MEETING[name]).blocking


@pytest.mark.parametrize("name", DISTINCT)
def test_containers_own_their_elements(name: str):
    """Two containers of one object have no element in common."""
    facts = loop(DISTINCT[name])
    assert (facts.blocking, facts.unknowns, facts.assumptions) == ((), (), ())


@pytest.mark.parametrize("name", GUARDED)
def test_guards_of_members(name: str, tmp_path: Path):
    """The guard compiles; it is false where all the arrays are one, and true where they lie apart."""
    facts = loop(f"void f(S &s, S &t) {{ {GUARDED[name]} }}")
    assert (facts.blocking, facts.unknowns) == ((), ())
    guards = [assumption.guard for assumption in facts.assumptions if assumption.code == "PRG201"]
    assert guards
    assert None not in guards
    guard = " && ".join(f"({each})" for each in guards)
    source = tmp_path / "guard.cpp"
    source.write_text(
        f"""{HEAD}
static bool apart(S &s, S &t) {{ return {guard}; }}
int main() {{
    S s, t;
    std::vector<double> more(64), others(64);
    s.n = t.n = 16;
    for (S *each : {{&s, &t}}) {{ each->u.resize(32); each->v.resize(32); each->p.reset(new double[32]); }}
    s.a = more.data(), s.b = s.a + 16, t.a = others.data(), t.b = t.a + 16, s.w = {{t.a, 32}}, t.w = {{s.a, 32}};
    if (!apart(s, t)) return 1;
    std::vector<double> one(64);
    S &same = s;
    s.a = s.b = t.a = t.b = one.data(), s.w = t.w = {{one.data(), 64}};
    {"s.u = t.u;" if "two objects" in name else ""}
    {"t.w = {s.u.data(), 32};" if name == "a vector and a span" else ""}
    {"t.a = s.p.get();" if name.startswith("a unique") else ""}
    return apart(s, {"same" if name == "vectors of two objects" else "t"}) ? 2 : 0;
}}
"""
    )
    built = subprocess.run(
        ["g++", "-std=c++20", "-o", str(tmp_path / "guard"), str(source)], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    assert subprocess.run([str(tmp_path / "guard")]).returncode == 0


def test_bit_fields_share_their_bytes():
    """C11 3.14: neighbouring bit-fields are one memory location, so that two threads may not write them at once."""
    body = "for (int i = 0; i < 2; i++) { if (i == 0) s->a = 1; if (i == 1) s->b = 2; }"
    fields = "struct B { unsigned a : 3, b : 5; int c; };"
    (facts,) = analyze(f"{fields} void f(struct B *s) {{ {body} }}".encode(), "c").loops
    assert facts.blocking or facts.unknowns
    (apart,) = analyze(f"{fields.replace(' : 3', '')} void f(struct B *s) {{ {body} }}".encode(), "c").loops
    assert (apart.blocking, apart.unknowns) == ((), ())

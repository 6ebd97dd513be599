"""Views, iterators and pointers into a container or an array lead to the same memory as its own name."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

INTO = {
    "a span": "std::span<unsigned> s(v); for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
    "a span, by assignment": "std::span<unsigned> s = v; for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
    "a span in braces": "std::span<unsigned> s{v}; for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
    "one of two": "unsigned *s = w ? v.data() : other.data(); for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
    "an iterator": "auto s = v.begin(); for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
    "an address": "unsigned *s = &v[0]; for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
    "a reference": "auto &s = v; for (int i = 0; i < 20; i++) s[i + 1] = v[i];",
}


@pytest.mark.parametrize("name", INTO)
def test_a_view_is_not_apart_from_what_it_shows(name: str):
    """Each iteration reads what the one before wrote: no plan without asking whether the two overlap."""
    text = (
        "#include <span>\n#include <vector>\nstatic std::vector<unsigned> v(64), other(64);\n"
        f"void f(int w) {{ {INTO[name]} }}"
    )
    facts = analyze(text.encode(), "cpp").loops[0]
    verdict = judge(facts, plan_statically(facts))
    assert verdict.verdict != "parallel" or (verdict.plan is not None and verdict.plan.condition is not None)


def test_two_vectors_are_apart():
    """Nothing is asked of containers that own their elements."""
    body = "for (int i = 0; i < 20; i++) v[i + 1] = w[i];"
    text = f"#include <vector>\nstatic std::vector<int> v(64), w(64);\nvoid f() {{ {body} }}"
    facts = analyze(text.encode(), "cpp").loops[0]
    assert facts.assumptions == ()
    assert judge(facts, plan_statically(facts)).verdict == "parallel"


MEASURED = {
    "a loop variable in the array": (
        "for (unsigned *p = a + 1; p < a + 16; ++p) for (int q = 0; q < 2; q++) a[p - a + q] += 3;"
    ),
    "a pointer set before": "unsigned *e = a + 3; for (int i = 0; i < 20; i++) if (a + i % 7 != e) a[i % 7] += 3;",
}


@pytest.mark.parametrize("name", MEASURED)
def test_an_array_whose_addresses_are_compared_is_not_copied(name: str):
    """In a copy, the other address would still be the original's."""
    facts = analyze(f"static unsigned a[64];\nvoid f(void) {{ {MEASURED[name]} }}".encode(), "c").loops[0]
    assert not any(variable.role in ("private", "reduction") and variable.name == "a" for variable in facts.variables)

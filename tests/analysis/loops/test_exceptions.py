"""Exceptions that standard containers throw: none may leave a parallel loop that a handler waits for."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import Verdict, judge

HEADER = """\
#include <map>
#include <stdexcept>
#include <vector>
using std::size_t;
double root(const std::vector<double> &w, int i) { if (w[i] < 0) throw std::domain_error("root"); return w.at(i); }
double down(const std::vector<double> &w, int i) { return i < 0 ? w.at(0) : down(w, i - 1); }
double strict(const std::vector<double> &w, int i) noexcept { return root(w, i); }
namespace one { struct bad {}; }
namespace two { struct bad {}; }
struct A { virtual ~A(); };
struct B : A { double v; };
void f(std::vector<double> &v, const std::vector<double> &w, const std::map<int, double> &m, A &a,
       double *__restrict x, int n)
{
"""

AWAITED = {
    "a checked access": "try { for (int i = 0; i < n; i++) x[i] = w.at(i); } catch (const std::out_of_range &) {}",
    "an element of a map": "try { for (int i = 0; i < n; i++) x[i] = m.at(i); } catch (...) {}",
    "new": "try { for (int i = 0; i < n; i++) { int *p = new int[i + 1]; delete[] p; x[i] = 1; } } catch (...) {}",
    "a container that is made": (
        "try { for (int i = 0; i < n; i++) { std::vector<double> t(i); x[i] = t.size(); } } catch (...) {}"
    ),
    "a container that grows": (
        "try { for (int i = 0; i < n; i++) { std::vector<double> t; t.push_back(i); x[i] = t[0]; } } catch (...) {}"
    ),
    "in a called function": "try { for (int i = 0; i < n; i++) x[i] = root(w, i); } catch (...) {}",
    "in a function that calls itself": "try { for (int i = 0; i < n; i++) x[i] = down(w, i); } catch (...) {}",
    "a handler of something else": (
        "try { for (int i = 0; i < n; i++) try { x[i] = w.at(i); } catch (int) {} } catch (...) {}"
    ),
    "a handler of another number": (
        "for (int i = 0; i < n; i++) try { if (w[i] < 0) throw 1.0; x[i] = 1; } catch (int) { x[i] = 0; }"
    ),
    "a handler of an enumeration's numbers": (
        "enum E { A }; E e = A; for (int i = 0; i < n; i++) try { if (w[i] < 0) throw e; } catch (int) { x[i] = 0; }"
    ),
    "a class of that name elsewhere": (
        "for (int i = 0; i < n; i++) try { if (w[i] < 0) throw one::bad(); } catch (const two::bad &) { x[i] = 0; }"
    ),
    "a throw past a handler of something else": (
        "for (int i = 0; i < n; i++) try { x[i] = root(w, i); } catch (const std::bad_alloc &) { x[i] = 0; }"
    ),
}
CAUGHT = {
    "a number by its type": (
        "for (int i = 0; i < n; i++) try { if (w[i] < 0) throw 1; x[i] = 1; } catch (int) { x[i] = 0; }"
    ),
    "a class by its name": (
        'for (int i = 0; i < n; i++) try { if (w[i] < 0) throw std::domain_error(""); } catch (std::domain_error &) {}'
    ),
    "a cast": (
        "for (int i = 0; i < n; i++) try { x[i] = dynamic_cast<B &>(a).v; } catch (std::bad_cast &) { x[i] = 0; }"
    ),
    "by the end of the program": "for (int i = 0; i < n; i++) x[i] = strict(w, i);",
    "by its own type": "for (int i = 0; i < n; i++) try { x[i] = w.at(i); } catch (std::out_of_range &) { x[i] = 0; }",
    "by a class above": "for (int i = 0; i < n; i++) try { x[i] = w.at(i); } catch (std::exception &e) { x[i] = 0; }",
    "by whatever comes": "for (int i = 0; i < n; i++) try { x[i] = root(w, i); } catch (...) { x[i] = 0; }",
    "in a loop inside a try": (
        "try { for (int i = 0; i < n; i++) try { x[i] = w.at(i); } catch (...) { x[i] = 0; } } catch (...) {}"
    ),
}
WITHIN = {
    "up to the size": "for (size_t i = 0; i < v.size(); i++) v.at(i) *= 2;",
    "up to the size, in a try": "try { for (size_t i = 0; i < v.size(); i++) v.at(i) *= 2; } catch (...) {}",
    "under a condition": "for (int i = 0; i < n; i++) if (size_t(i) < w.size()) x[i] = w.at(i);",
    "memory that suffices": "for (int i = 0; i < n; i++) { std::vector<double> t(i); x[i] = t.size(); }",
}
ASKED = {
    "another bound": ("for (int i = 0; i < n; i++) x[i] = w.at(i);", "n - 1 < (long long)w.size()"),
    "an offset": ("for (int i = 1; i < n; i++) x[i] = w.at(2 * i + 1);", "2LL * n - 1 < (long long)w.size()"),
}
ASSUMED = {
    "a cast to a reference": "for (int i = 0; i < n; i++) x[i] = dynamic_cast<B &>(a).v;",
    "a product": "for (int i = 0; i < n; i++) x[i] = w.at(i * n);",
    "a map": "for (int i = 0; i < n; i++) x[i] = m.at(i);",
    "an index in an array": "for (int i = 0; i < n; i++) x[i] = w.at((int)v[i]);",
    "below the first": "for (int i = 0; i < n; i++) x[i] = w.at(i - 1);",
}


def verdict_of(body: str) -> tuple[LoopFacts, Verdict]:
    """Of the first loop in the body."""
    facts = next(each for each in analyze(f"{HEADER}{body}\n}}\n".encode(), "cpp").loops if each.function == "f")
    return facts, judge(facts, plan_statically(facts))


@pytest.mark.parametrize("name", AWAITED)
def test_what_a_handler_outside_the_loop_waits_for(name: str):
    """It would end the program instead."""
    facts, verdict = verdict_of(AWAITED[name])
    assert verdict.verdict == "serial"
    assert "PRG111" in [reason.code for reason in facts.blocking]


@pytest.mark.parametrize("name", CAUGHT)
def test_what_the_iteration_itself_catches(name: str):
    """Nothing leaves the loop."""
    _, verdict = verdict_of(CAUGHT[name])
    assert (verdict.verdict, verdict.basis) == ("parallel", "proved")


@pytest.mark.parametrize("name", WITHIN)
def test_accesses_to_elements_that_are_there(name: str):
    """The bounds of the loop say so."""
    facts, verdict = verdict_of(WITHIN[name])
    assert (verdict.verdict, verdict.basis) == ("parallel", "proved")
    assert "PRG210" not in [assumption.code for assumption in facts.assumptions]


@pytest.mark.parametrize("name", ASKED)
def test_a_plan_asks_for_the_range(name: str):
    """Where the container's size and the subscripts can be compared before the loop."""
    body, condition = ASKED[name]
    _, verdict = verdict_of(body)
    assert (verdict.verdict, verdict.basis) == ("parallel", "proved")
    assert verdict.plan is not None
    assert condition in (verdict.plan.condition or "")


@pytest.mark.parametrize("name", ASSUMED)
def test_a_plan_assumes_that_nothing_is_thrown(name: str):
    """Where no condition can be written, it is not proved."""
    facts, verdict = verdict_of(ASSUMED[name])
    assert verdict.verdict == "candidate"
    assert "PRG210" in [assumption.code for assumption in facts.assumptions]

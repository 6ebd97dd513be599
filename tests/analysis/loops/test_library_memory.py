"""What library functions do to runs of memory, strings and argument lists."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts


def loop(body: str, parameters: str = "") -> LoopFacts:
    text = f"""void f(char *restrict s, char *restrict t, char (*w)[8], int *restrict len, unsigned *seed,
        double *restrict a, int n, int k, va_list ap) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"""
    (found,) = analyze(text.encode(), "c").loops
    return found


@pytest.mark.parametrize(
    ("call", "guard"),
    [("memset(s + i * 4, 0, k);", "k <= 4"), ("memset(len + i * 3, 0, k * sizeof(int));", "k <= 3"),
     ("memcpy(s + i * 40, t + i, k);", "k <= 40")],
)  # fmt: skip
def test_a_length_that_is_passed_is_asked_for(call: str, guard: str) -> None:
    """Runs of an unknown length meet only where they are longer than the distance from one to the next."""
    found = loop(call)
    assert not found.blocking
    assert any(each.code == "PRG204" and each.guard == guard for each in found.assumptions)


def test_a_length_that_is_data_is_an_assumption() -> None:
    """A length read from memory cannot be asked for before the loop."""
    found = loop("memset(s + i * 4, 0, len[i]);")
    assert not found.blocking
    assert [(each.code, each.guard) for each in found.assumptions] == [("PRG205", None)]


@pytest.mark.parametrize("call", ["memset(s, 0, k);", "memset(s + i * 4, 0, 5);", "memset(s + i / 2, 0, k);",
                                  "memset(s + i * 4, 0, k); s[i * 4 + 4] = 1;"])  # fmt: skip
def test_runs_that_meet_whatever_their_length(call: str) -> None:
    """Where runs of one element meet, no length keeps the loop parallel."""
    assert any(reason.code == "PRG103" for reason in loop(call).blocking)


@pytest.mark.parametrize(
    "call", ['strcat(w[0], "x");', "strcat(w[0], w[i]);", "strcpy(s, w[i]);", "a[i] = rand_r(seed);"]
)
def test_one_string_for_all(call: str) -> None:
    """A string that every iteration sets or appends to depends on the iteration before."""
    assert {reason.code for reason in loop(call).blocking} & {"PRG101", "PRG103"}


def test_a_generator_for_each_iteration() -> None:
    """`rand_r(&seed[i])` touches its own seed and nothing else."""
    found = loop("a[i] = rand_r(&seed[i]);")
    assert not found.blocking
    assert not found.unknowns


def test_the_next_argument() -> None:
    """`va_arg` moves the list on: which argument an iteration gets depends on the iteration before."""
    (reason,) = loop("a[i] = va_arg(ap, double);").blocking
    assert (reason.code, reason.culprit) == ("PRG104", "ap")


def test_a_list_of_its_own() -> None:
    """An iteration that copies the list reads it and leaves it as it is."""
    found = loop("va_list own; va_copy(own, ap); a[i] = va_arg(own, double); va_end(own);")
    assert not found.blocking
    assert not found.unknowns


OF_THE_LIBRARY = {
    "shared array": ("std::shared_ptr<double[]> p(new double[n]); for (int i = 0; i < n; i++) p[i] = i;", "parallel"),
    "shared by another": ("auto q = s.get(); for (int i = 0; i < n; i++) q[i] = s[i + 1];", "serial"),
    "perhaps shared": ("auto q = s; for (int i = 0; i < n; i++) q[i] = s[i + 1];", "assumed PRG201"),
    "bits that are read": ("int k = 0; for (size_t i = 0; i < bits.size(); i++) k += bits[i]; v[0] = k;", "parallel"),
    "bits that are written": ("for (size_t i = 0; i < bits.size(); i++) bits[i] = true;", "serial"),
    "characters": ("const char *c = t.c_str(); for (int i = 0; i < n; i++) v[i] = c[i];", "parallel"),
    "characters that move": ("const char *c = t.c_str(); for (int i = 0; i < n; i++) t[i] = c[i + 1];", "serial"),
    "front of a string": (
        "for (int i = 0; i < n; i++) { std::string u = w[i].substr(0, 2); v[i] = u.size(); }",
        "parallel",
    ),
    "end of a string": ("for (int i = 0; i < n; i++) { std::string u = w[i].substr(3); v[i] = i; }", "assumed PRG210"),
    "numbers in strings": ("for (int i = 0; i < n; i++) v[i] = std::stoi(w[i]);", "assumed PRG210"),
    "caught": ("for (int i = 0; i < n; i++) try { v[i] = std::stoi(w[i]); } catch (...) { v[i] = 0; }", "parallel"),
    "caught outside": ("try { for (int i = 0; i < n; i++) v[i] = std::stoi(w[i]); } catch (...) { }", "serial"),
    "where a number ends": ("size_t e; for (int i = 0; i < n; i++) v[i] = std::stoi(w[i], &e);", "unknown or serial"),
}


@pytest.mark.parametrize("name", OF_THE_LIBRARY)
def test_members_and_functions_with_known_effects(name: str) -> None:
    """Strings, vectors of bits and shared arrays: what their members read, and what may throw."""
    body, expected = OF_THE_LIBRARY[name]
    code = f"""#include <memory>
    #include <string>
    #include <vector>
    void f(int n, const std::vector<bool> &inbits, std::shared_ptr<double[]> s, double *__restrict v) {{
        std::vector<bool> bits(inbits); std::string t(n, 'x'); std::vector<std::string> w(n); {body} }}"""
    loop, *_ = analyze(code.encode(), "cpp").loops
    found = "serial" if loop.blocking else "unknown" if loop.unknowns else "parallel"
    if found == "parallel" and loop.assumptions:
        found = "assumed " + loop.assumptions[0].code
    assert found in expected

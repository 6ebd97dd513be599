"""What is said of calls: by which way they touch what, and why they cannot be followed."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

CLASSES = """
struct V {
    int x;
    V operator+(const V &o) const { return V{x + o.x}; }
    bool operator<(const V &o) const { return x < o.x; }
    V &operator+=(int k) { x += k; return *this; }
    void set(int k) { x = k; }
    int get() const { return x; }
};
struct Busy { static int live; Busy() { live++; } ~Busy() { live--; } };
struct Unseen { Unseen(); };
struct B { virtual int f(int i) { return i; } };
int out_of_sight(int i), by_reference(int &i);
static int kept(int i) { static int c; c += i; return c; }
"""


def loop(body: str) -> LoopFacts:
    text = f"""{CLASSES} void f(int *__restrict a, V *__restrict v, B *b, int n) {{ V s{{0}};
        for (int i = 0; i < n; i++) {{ {body} }} }}"""
    return analyze(text.encode(), "cpp").loops[-1]


@pytest.mark.parametrize(
    "body", ["s = s + v[i];", "if (s < v[i]) s = v[i];", "s += a[i];", "a[i] = s.get(); s.set(i);"]
)
def test_an_object_that_is_carried(body: str) -> None:
    """What a member function or an operator does to its object, it does to the variable itself."""
    assert {reason.code for reason in loop(body).blocking} == {"PRG104"}


def test_an_object_that_is_set_first() -> None:
    """A clause gives each thread an object, and its member functions get that one."""
    found = loop("s.set(i); a[i] = s.get();")
    assert not found.blocking
    assert next(variable.role for variable in found.variables if variable.name == "s") == "private"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("Busy t; a[i] = i;", "does more than set its own fields"),
        ("Unseen t; a[i] = i;", "not all is in sight"),
        ("a[i] = b->f(i);", "it is virtual"),
        ("a[i] = out_of_sight(i);", "its body is not in this file"),
    ],
)
def test_why_a_call_is_not_followed(body: str, why: str) -> None:
    """The reason is the one that holds, and the loop variable, passed by value, is not in doubt."""
    (reason,) = loop(body).unknowns
    assert reason.code == "PRG402"
    assert why in reason.message


def test_what_a_callee_may_change() -> None:
    """An argument taken by reference is in doubt."""
    assert {reason.code for reason in loop("a[i] = by_reference(i);").unknowns} > {"PRG402"}


def test_state_of_a_callee() -> None:
    """A variable that a function keeps is told once, as what blocks the loop."""
    found = loop("a[i] = kept(i);")
    assert [reason.code for reason in found.blocking] == ["PRG108"]
    assert not found.unknowns


@pytest.mark.parametrize(
    ("declared", "body", "code", "why", "help"),
    [
        (
            "std::vector<std::string> &s",
            "a[i] = s[i].find('x');",
            "PRG402",
            "the standard library's",
            "before or after",
        ),
        ("double (*g)(double)", "a[i] = g(i);", "PRG402", "through a pointer", "by its own name"),
        ("std::atomic<int> &c", "c.fetch_add(i);", "PRG406", "`c` is an atomic object", None),
        ("int k", "a[i] = elsewhere(i);", "PRG402", "its body is not in this file", "attribute"),
    ],
)
def test_what_would_help(declared: str, body: str, code: str, why: str, help: str | None) -> None:
    """Nobody can declare a member of the standard library pure, or show its body."""
    text = f"""
    #include <atomic>
    #include <string>
    #include <vector>
    void f(int *__restrict a, int n, {declared}) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"""
    (found,) = analyze(text.encode(), "cpp").loops
    reason = next(each for each in found.unknowns if each.code == code)
    assert why in reason.message
    assert (help is None and reason.help is None) or (help or "") in (reason.help or "")


@pytest.mark.parametrize("condition", ["i + 1 < n", "n > i + 1", "i - k <= n", "2 + i < n"])
def test_a_condition_on_more_than_the_variable(condition: str) -> None:
    """It counts, but OpenMP takes no such header: the words say what is to be moved."""
    code = f"void f(int n, int k, double *x) {{ for (int i = 0; {condition}; i++) x[i] = 1; }}"
    (found,) = analyze(code.encode(), "c").loops
    assert found.header is None
    (reason,) = found.unknowns
    assert reason.code == "PRG114"
    assert "to the other side" in reason.message

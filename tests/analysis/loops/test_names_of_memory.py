"""Memory that has more names than one, or whose name does not mean what a clause makes of it."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

HEADER = """
#include <algorithm>
#include <span>
#include <vector>
struct U { union { int n; int d[400]; }; int m; };
struct V4 { union { float v[4]; struct { float x, y, z, w; }; }; };
int count;
"""
SHARED = {
    "an element and a number of one union": "void f(U *u, int n) { for (int i = 1; i < n; i++) u->d[i] = u->n; }",
    "a field and an element of a nameless union": (
        "void f(V4 *a, int n) { for (int i = 1; i < n; i++) a[i].x = a[i - 1].v[0]; }"
    ),
}
UNREACHED = {
    "a lambda that captures nothing": "{ auto g = [](int x) { count += x; }; g(v[i]); }",
    "a lambda that captures what it can": "[&] { count += v[i]; }();",
    "the function of an algorithm": "std::for_each(v + i, v + i + 1, [](int x) { count += x; });",
    "a static variable of the body": "{ static int c; c += v[i]; }",
    "a static variable that is set first": "{ static int c; c = i; v[i] = c; }",
    "a variable that the body declares": "{ extern int far; far += v[i]; }",
}
REACHED = {
    "the variable's own name": ("", "count += v[i];"),
    "a captured variable": ("int own = 0;", "[&] { own += v[i]; }();"),
}


def first_loop(text: str) -> LoopFacts:
    (loop, *_) = analyze((HEADER + text).encode(), "cpp").loops
    return loop


def over(body: str, before: str = "") -> str:
    return f"void f(int *v, int n) {{ {before} for (int i = 0; i < n; i++) {body} }}"


@pytest.mark.parametrize("name", SHARED)
def test_members_of_a_nameless_union_share_their_bytes(name: str) -> None:
    """Though they are named as if they were the structure's own."""
    loop = first_loop(SHARED[name])
    assert loop.blocking or loop.unknowns


def test_views_in_a_container_may_overlap() -> None:
    """A view owns nothing, unlike a container in a container."""
    owned = first_loop("void f(std::vector<std::vector<int>> &v) { for (size_t i = 0; i < v.size(); i++) v[i][0]++; }")
    viewed = first_loop("void f(std::vector<std::span<int>> &v) { for (size_t i = 0; i < v.size(); i++) v[i][0]++; }")
    assert [each.code for each in owned.assumptions] == []
    assert [each.code for each in viewed.assumptions] == ["PRG203"]


@pytest.mark.parametrize("name", UNREACHED)
def test_no_clause_for_what_it_does_not_reach(name: str) -> None:
    """Static variables are not captured, and those of the body have no name where the clause stands."""
    assert first_loop(over(UNREACHED[name])).blocking


@pytest.mark.parametrize("name", [name for name in UNREACHED if "the body" in name or "set first" in name])
def test_why_no_clause_can_name_it(name: str) -> None:
    """It has one name only, and that is declared too late."""
    assert "no clause can name what is declared in the loop" in first_loop(over(UNREACHED[name])).blocking[0].message


def test_why_no_copy_of_an_array_will_do() -> None:
    """Its address matters."""
    loop = first_loop("int h[8]; void f(int *p, int n) { for (int i = 0; i < n; i++) h[(p - h) + i % 3]++; }")
    words = [reason.message for reason in (*loop.blocking, *loop.unknowns)]
    assert not any("under another name" in message for message in words)


@pytest.mark.parametrize("name", REACHED)
def test_a_clause_for_what_it_reaches(name: str) -> None:
    """A sum stays a reduction."""
    before, body = REACHED[name]
    loop = first_loop(over(body, before))
    assert "reduction" in [variable.role for variable in loop.variables]
    assert not loop.blocking


def test_the_lint_knows_what_a_lambda_names() -> None:
    """The clause's copies are not what the lambda adds to."""
    directive = "\n#pragma omp parallel for reduction(+: count)\n"
    body = "{ auto g = [](int x) { count += x; }; g(v[i]); }"
    text = f"void f(int *v, int n) {{{directive}for (int i = 0; i < n; i++) {body} }}"
    (facts,) = analyze((HEADER + text).encode(), "cpp").directives
    assert facts.verdict == "race"


def test_elements_of_an_unknown_range_are_called_what_they_are() -> None:
    """A list's elements have no subscript: the words name the list, and not its loop variable twice."""
    for code in (
        "#include <list>\nvoid f(std::list<int> &l) { for (auto &x : l) x++; }",
        "#include <map>\nvoid f(std::map<int, int> &l) { for (auto &x : l) x.second++; }",
    ):
        (loop,) = analyze(code.encode(), "cpp").loops
        messages = [each.message for each in loop.unknowns]
        assert any("is an element of `l`" in message for message in messages)
        assert not any("reached through" in message for message in messages)

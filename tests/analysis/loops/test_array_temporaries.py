"""Arrays that each iteration fills before it reads them, and that live after the loop."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts


def outer(declaration: str, body: str, after: str = "t[2]", language: str = "c") -> LoopFacts:
    restrict = "restrict" if language == "c" else "__restrict"
    text = f"""int g[10]; int f(int *{restrict} a, int *{restrict} p, int n) {{ {declaration}
        for (int i = 0; i < n; i++) {{ {body} }} return {after}; }}"""
    return analyze(text.encode(), language).loops[0]


def role(loop: LoopFacts, name: str) -> str:
    return next(variable.role for variable in loop.variables if variable.name == name)


@pytest.mark.parametrize(
    ("declaration", "body", "name"),
    [
        ("int t[10];", "for (int j = 0; j < 10; j++) t[j] = i + j; a[i] = t[3];", "t"),
        ("static int t[10];", "for (int j = 0; j < 10; j++) t[j] = i + j; a[i] = t[3];", "t"),
        ("int *t = a;", "for (int j = 0; j < 10; j++) g[j] = i + j; a[i] = g[3];", "g"),
        ("int t[3];", "t[0] = i; t[1] = 2; t[2] = i; a[i] = t[1];", "t"),
    ],
)
def test_the_last_iteration_fills_all_of_it(declaration: str, body: str, name: str) -> None:
    """A copy for each thread, of which the last one's is kept: nothing goes from one iteration to the next."""
    loop = outer(declaration, body)
    assert not loop.blocking
    assert role(loop, name) == "lastprivate"


@pytest.mark.parametrize(
    ("declaration", "body", "name"),
    [
        ("int t[10];", "for (int j = 0; j < 9; j++) t[j] = i + j; a[i] = t[3];", "t"),
        ("int t[10];", "if (i % 2) { for (int j = 0; j < 10; j++) t[j] = i; a[i] = t[3]; }", "t"),
        ("int *t = a;", "for (int j = 0; j < 10; j++) p[j] = i + j; a[i] = p[3];", ""),
    ],
)
def test_what_lives_on_is_the_reason(declaration: str, body: str, name: str) -> None:
    """Where a clause does not do, the reason is the value after the loop, and no flow between iterations."""
    loop = outer(declaration, body)
    assert [reason.code for reason in loop.blocking] == ["PRG103"]
    assert f"{f'`{name}`' if name else 'that memory'} lives after the loop" in loop.blocking[0].message


@pytest.mark.parametrize("body", ["a[i] = t[3]; for (int j = 0; j < 10; j++) t[j] = i + j;",
                                  "for (int j = 0; j < 3; j++) t[j] = i + j; a[i] = t[3]; t[3] = i;"])  # fmt: skip
def test_what_an_earlier_iteration_wrote(body: str) -> None:
    """Read before it is written, an element comes from an earlier iteration."""
    assert "PRG101" in {reason.code for reason in outer("int t[10];", body).blocking}


def test_elements_that_are_perhaps_written() -> None:
    """An algorithm that leaves elements out does not fill the array."""
    body = "std::copy_if(p, p + 10, t, [](int x) { return x > 0; }); a[i] = t[3];"
    loop = outer("int t[10];", body, "0", "cpp")
    assert loop.blocking or loop.unknowns

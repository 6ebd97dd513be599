"""Directives that cannot be read, whole or in part: unknown, in words that name the part."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.analysis.facts import DirectiveFacts

Judge = Callable[..., tuple[DirectiveFacts, ...]]


def program(directive: str) -> str:
    return f"void f(int *a, int n) {{\n#pragma omp {directive}\nfor (int i = 0; i < n; i++) a[i] = i; }}"


@pytest.mark.parametrize(
    ("directive", "part"),
    [
        ("foo bar", "`foo`"),
        ("paralel for", "`paralel`"),
        ("", "`omp`"),
        ("parallel for blah(3)", "`blah`"),
        ("parallel for private(", "`private(`"),
        ("parallel for schedule(,)", "`schedule(,)`"),
        ("parallel for schedule(sttic)", "`schedule(sttic)`"),
        ("parallel for default(nothing)", "`default(nothing)`"),
        ("parallel for private(x y)", "`private(x y)`"),
        ("parallel for reduction(n)", "`reduction(n)`"),
        ("parallel for num_threads()", "`num_threads()`"),
        ("parallel for @", "`@`"),
        ("parallel for collapse(99999999999)", "`collapse(99999999999)`"),
        ("parallel for ordered(-1)", "`ordered(-1)`"),
        ("metadirective when(user={condition(n > 5)}: parallel for)", "`when`"),
        ("begin metadirective when(user={condition(n > 5)}: parallel for)", "`when`"),
    ],
)
def test_what_cannot_be_read_is_unknown(judge: Judge, directive: str, part: str) -> None:
    """The directive is reported, and not as if what it says were not there."""
    (found,) = judge(program(directive))
    assert found.verdict == "unknown"
    assert part in found.reasons[0].message


@pytest.mark.parametrize(
    "directive",
    [
        "parallel for collapse(1)",
        "parallel for schedule(monotonic: static, 4) default(none) shared(a, n)",
        "parallel for if(parallel: n > 5) num_threads(4) proc_bind(close)",
        "parallel for private(x[0], (y)) allocate(a) order(concurrent)",
        "parallel for linear(val(n): 0)",
        "parallel for lastprivate(conditional: m)",
        "target teams distribute parallel for map(tofrom: a[0:n]) thread_limit(64) dist_schedule(static, 8)",
    ],
)
def test_what_is_rare_can_be_read(judge: Judge, directive: str) -> None:
    """Clauses of all kinds are no obstacle."""
    (found,) = judge(program(directive))
    assert found.verdict == "no_race"


def test_a_region_with_something_unread_in_it(judge: Judge) -> None:
    """What surrounds a directive that cannot be read is not free of races for certain."""
    outer, inner = judge("""void f(int *a) {
        #pragma omp parallel
        {
            #pragma omp atmoic
            ++*a;
        } }""")
    assert inner.verdict == "unknown"
    assert outer.verdict != "no_race"

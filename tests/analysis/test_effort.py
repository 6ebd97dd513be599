"""What the analysis of hostile programs costs is bounded, in counted work; where that runs out, loops are not parallel.

Work is counted as calls of functions, Python's and others', which is the same on every machine.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.dependence import sets
from pragmatist.analysis.dependence.patience import give_up, limited, operations, spend
from pragmatist.analysis.facts import FileFacts
from pragmatist.analysis.loops import judge
from pragmatist.analysis.loops.judge import QUESTIONS_EACH, QUESTIONS_FIRST

MOST_CALLS = 6_000_000  # a few seconds
GROWTH = 2.6  # of the calls, where a program doubles


def _programs() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "analysis" / "hostile.py"
    spec = importlib.util.spec_from_file_location("hostile", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile = _programs()


def work(text: str) -> tuple[FileFacts, int]:
    """The facts of a C program, and how many calls it took to find them."""
    calls = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    analyze(b"void f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = a[2 * i + n]; }", "c")  # what is loaded once
    sets.forget()
    sys.setprofile(count)
    try:
        facts = analyze(text.encode(), "c")
    finally:
        sys.setprofile(None)
    return facts, calls


@pytest.mark.parametrize("make", hostile.PROGRAMS.values(), ids=hostile.PROGRAMS)
def test_bounded(make: Callable[[], str]) -> None:
    """No program takes long, fails, or loses its loops."""
    facts, calls = work(make())
    assert not facts.errors
    assert facts.loops
    assert calls < MOST_CALLS


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (hostile.sequence, 60),
        (hostile.long_expression, 1000),
        (hostile.cases, 300),
        (hostile.locals_, 500),
        (hostile.parentheses, 300),
        (hostile.conditions, 15),
        (hostile.calls, 20),
    ],
)
def test_growth(make: Callable[[int], str], size: int) -> None:
    """Twice the program costs about twice the work."""
    _, once = work(make(size))
    _, twice = work(make(2 * size))
    assert twice < GROWTH * once


def test_functions_do_not_cost_each_other() -> None:
    """A file of twice as many functions costs twice the work: they call one another and have OpenMP constructs."""
    function = """
void kernel{k}(int n, double *a, const double *b) {{
#pragma omp parallel for
    for (int i = 0; i < n; i++) a[i] = {k} * b[i];
    for (int i = 0; i < n; i++) helper{before}(i, a);
}}
static void helper{k}(int n, double *a) {{ for (int i = 1; i < n; i++) a[i] += a[i - 1]; }}
"""

    def program(count: int) -> str:
        return "".join(function.format(k=k, before=max(0, k - 1)) for k in range(count))

    _, once = work(program(60))
    _, twice = work(program(120))
    assert twice < GROWTH * once


@pytest.mark.parametrize("make", [hostile.many_accesses, hostile.quotients], ids=["accesses", "quotients"])
def test_too_complex_is_said(make: Callable[[], str]) -> None:
    """A loop that costs more than its budget is unknown, and the reason is that it is too complex."""
    facts, _ = work(make())
    assert any(reason.code == "PRG405" for loop in facts.loops for reason in loop.unknowns)


def test_loops_are_unknown_when_no_question_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a budget nothing that integer sets would have to show is taken for shown."""
    text = """
void f(int n, int m, double *a, double t[100]) {
    for (int i = 0; i < n; i++) for (int j = 0; j < i; j++) a[i * (i - 1) / 2 + 3 * j] = a[2 * i + 6 * m + 5 * j];
    for (int i = 0; i < n; i++) for (int j = i; j < n; j++) a[i + 2 * j] = a[2 * i + j + m];
}
"""
    monkeypatch.setattr(judge, "QUESTIONS_MOST", 0)
    facts, _ = work(text)
    assert all(loop.blocking or loop.unknowns for loop in facts.loops)


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    """The same text gives the same facts, whether or not its questions were answered before."""
    first, _ = work(hostile.quotients())
    analyze(hostile.quotients().encode(), "c")
    assert analyze(hostile.quotients().encode(), "c") == first


def test_patience() -> None:
    """What is spent inside is paid for outside; given up questions make the next ones cheaper."""
    assert QUESTIONS_FIRST > QUESTIONS_EACH
    whole = operations()
    with limited(3) as outer:
        with limited(100):
            assert spend()
            assert spend()
            give_up()
            assert operations() < whole
            assert not spend()
        assert outer.questions < 0
        assert operations() < whole
    assert spend()
    assert operations() == whole

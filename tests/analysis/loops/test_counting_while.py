"""`while` loops that count: what would be so if they were `for` loops is said, and how to make them."""

from __future__ import annotations

import re

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts, Reason

COUNTING = {
    "up": ("int i = 0;", "while (i < n) { a[i] = 2 * b[i]; i++; }"),
    "by two": ("int i = 1;", "while (i <= n - 1) { a[i] = b[i] + b[i - 1]; i += 2; }"),
    "down": ("int i = 99;", "while (0 <= i) { a[i] = b[i]; i = i - 1; }"),
    "not equal": ("int i = 0;", "while (i != n) { double t = b[i]; a[i] = t * t; ++i; }"),
    "within a nest": ("int i = 0;", "while (i < n) { for (int j = 0; j < 3; j++) a[3 * i + j] = b[j]; i++; }"),
}

NOT_COUNTING = {
    "until found": "int i = 0; while (a[i] != 3) i++;",
    "skipping": "int i = 0; while (i < n) { if (b[i] > 0) { i++; continue; } a[i] = 0; i++; }",
    "a bound that moves": "int i = 0; while (i < n) { a[i] = 0; i++; n--; }",
    "twice on one way": "int i = 0; while (i < n) { a[i] = 0; i++; if (b[i] > 0) i++; }",
    "away from the bound": "int i = n; while (i < 9) { a[i] = 0; i--; }",
    "past the bound": "int i = 0; while (i != n) { a[i] = 0; i += 2; }",
    "multiplied": "int i = 1; while (i < n) { a[i] = 0; i *= 2; }",
    "at least once": "int i = 0; do { a[i] = 0; i++; } while (i < n);",
}


def loop(body: str) -> LoopFacts:
    text = f"void f(int n, double *restrict a, const double *restrict b) {{ {body} }}"
    return analyze(text.encode(), "c").loops[0]


def form(facts: LoopFacts) -> Reason | None:
    return next((reason for reason in facts.unknowns if reason.code == "PRG114"), None)


@pytest.mark.parametrize("name", COUNTING)
def test_the_loop_written_as_advised_is_parallel(name: str):
    """Nothing but its form speaks against the loop, and the advice, followed to the letter, mends that."""
    start, written = COUNTING[name]
    facts = loop(f"{start} {written}")
    assert not facts.blocking
    (reason,) = facts.unknowns
    assert reason.code == "PRG114"
    advice = re.match(r"write it as `(for \(.*\))`, without the `(.*;)` at its end; nothing else ", reason.help or "")
    assert advice is not None, reason.help
    body = written[written.index("{") :]
    head, last = body.rsplit(advice[2], 1)
    rewritten = loop(f"{start} {advice[1]} {head}{last}")
    assert rewritten.header is not None
    assert not rewritten.blocking
    assert not rewritten.unknowns


@pytest.mark.parametrize("name", NOT_COUNTING)
def test_no_other_loop_is_said_to_count(name: str):
    """Neither the number of iterations nor a `for` loop is claimed of them."""
    reason = form(loop(NOT_COUNTING[name]))
    assert reason is None or "counts" not in reason.message


def test_what_depends_on_an_earlier_iteration_blocks():
    """The dependence is found with its distance, and the counter is no dependence."""
    facts = loop("int i = 2; while (i < n) { a[i] = a[i - 2]; i++; }")
    assert [(reason.code, reason.culprit) for reason in facts.blocking] == [("PRG101", "a[i - 2]")]
    assert [each.distance for each in facts.dependences if each.variable == "a"] == [(2,)]


def test_a_first_value_that_is_not_known_is_left_open():
    """A parameter that counts down has no first value to write."""
    facts = loop("while (n > 0) { a[n] = b[n]; n--; }")
    reason = form(facts)
    assert reason is not None
    assert reason.help is not None
    assert "for (n = …; n > 0; n--)" in reason.help
    assert "what `n` is before the loop" in reason.help


@pytest.mark.parametrize(
    "body", ["for (int i = 0; i < 9; i++) *a++ = b[i];", "for (int i = 0; i < 9; i++) a[n++] = i;"]
)
def test_parameters_that_step_have_a_closed_form(body: str):
    """Nobody need have read a parameter before the loop for its steps to be followed."""
    assert [reason.code for reason in loop(body).blocking] == ["PRG106"]

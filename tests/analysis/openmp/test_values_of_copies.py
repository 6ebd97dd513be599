"""What private and linear copies begin with: a copy without a value, or with another than the loop goes on from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.analysis.facts import DirectiveFacts

Judge = Callable[..., tuple[DirectiveFacts, ...]]


def in_loop(body: str, clause: str, construct: str = "parallel for") -> str:
    return (
        f"void f(int n, double *restrict a, const double *restrict b, int k, int s) {{ double t = 1;\n"
        f"#pragma omp {construct} {clause}\nfor (int i = 0; i < n; i++) {{ {body} }} }}"
    )


@pytest.mark.parametrize(
    ("clause", "body", "words"),
    [
        ("linear(k:1)", "a[k] = i; k += 2;", "changes `k` by 2"),
        ("linear(k)", "a[k] = i; k--;", "changes `k` by -1"),
        ("linear(val(k): 2)", "a[k] = i; k += s;", "changes `k` by s"),
        ("linear(k: step(3))", "a[i] = b[k];", "does not change `k`"),
        ("linear(k)", "a[i] = b[k]; if (b[i] > 0) k++;", "cannot be told"),
    ],
)
@pytest.mark.parametrize("construct", ["parallel for", "simd"])
def test_a_step_that_the_loop_does_not_keep(judge: Judge, construct: str, clause: str, body: str, words: str) -> None:
    """Each thread, or lane, would begin elsewhere than the serial loop: never free of races, and the reason says so."""
    (found,) = judge(in_loop(body, clause, construct))
    assert found.verdict == "unknown"
    assert any(words in reason.message for reason in found.reasons)


@pytest.mark.parametrize(
    ("clause", "body"),
    [
        ("linear(k:2)", "a[k] = i; k += 2;"),
        ("linear(k)", "a[k++] = i;"),
        ("linear(val(k): -1)", "a[k] = i; k -= 1;"),
        ("linear(k: val, step(2))", "a[i] = b[k]; k++; k++;"),
        ("linear(k: s)", "a[i] = b[k]; k += s;"),
        ("linear(b)", "a[i] = *b++;"),
    ],
)
@pytest.mark.parametrize("construct", ["parallel for", "simd"])
def test_a_step_that_the_loop_keeps(judge: Judge, construct: str, clause: str, body: str) -> None:
    """Nothing is said of it."""
    (found,) = judge(in_loop(body, clause, construct))
    assert (found.verdict, found.reasons) == ("no_race", ())


@pytest.mark.parametrize(
    ("clause", "body", "culprit"),
    [
        ("private(k)", "a[i + k] = i;", "k"),
        ("lastprivate(k)", "if (k > 0) a[i] = 1; k = i;", "k"),
        ("private(t)", "a[i] = t; t = b[i];", "t"),
        ("private(b)", "a[i] = b[i];", "b"),
    ],
)
def test_a_copy_without_a_value(judge: Judge, clause: str, body: str, culprit: str) -> None:
    """What is read there may be anything, and firstprivate is what is meant."""
    (found,) = judge(in_loop(body, clause))
    assert found.verdict == "unknown"
    (reason,) = [each for each in found.reasons if "has no value yet" in each.message]
    assert reason.culprit == culprit
    assert reason.help == f"make it firstprivate({culprit}) if the value from before is meant"


@pytest.mark.parametrize(
    ("clause", "body"),
    [
        ("private(k)", "k = i; a[k] = i;"),
        ("private(t)", "if (b[i] > 0) t = 1; else t = 2; a[i] = t;"),
        ("firstprivate(k)", "a[i + k] = i;"),
        ("firstprivate(k) lastprivate(k)", "a[i + k] = i; k = 2;"),
        ("private(t)", "t += b[i];"),  # nothing comes of it
    ],
)
def test_a_copy_with_a_value(judge: Judge, clause: str, body: str) -> None:
    """Written first, or copied from the original."""
    (found,) = judge(in_loop(body, clause))
    assert all("has no value yet" not in reason.message for reason in found.reasons)


@pytest.mark.parametrize("private", [(True, False), (False, True)])
def test_tasks_of_a_private_index(judge: Judge, private: tuple[bool, bool]) -> None:
    """All may happen to use the same garbage: neither the task nor what is around it is called free of races."""
    outer, inner = ("private(i)" if each else "firstprivate(i)" for each in private)
    facts = judge(
        "int leaf[200]; void f(void) {\n#pragma omp parallel\n#pragma omp single\n#pragma omp taskgroup\n"
        f"for (int i = 0; i < 99; i++) {{\n#pragma omp task {outer}\n{{\n#pragma omp task {inner}\n"
        "leaf[2 * i + 1] = i;\nleaf[2 * i] = i; } } }"
    )
    verdicts = [each.verdict for each in facts]
    assert verdicts[:2] == ["unknown", "unknown"]
    assert verdicts[2 + private.index(True)] == "unknown"
    assert any("`i` is private here" in reason.message for each in facts for reason in each.reasons)


@pytest.mark.parametrize("around", ["", "#pragma omp parallel for\nfor (int j = 0; j < 9; j++)"])
def test_a_loop_that_binds_to_one_thread(judge: Judge, around: str) -> None:
    """It may take the iterations in any order: a dependence of either direction is broken."""
    code = "void f(int n, double *restrict a) {{\n{}\n#pragma omp loop bind(thread)\nfor (int i = 1; i < n; i++) {} }}"
    for body in ("a[i] = a[i - 1];", "a[i - 1] = a[i];"):
        found = next(each for each in judge(code.format(around, body)) if each.directive == "loop")
        assert found.verdict == "race"
        assert "in any order" in found.reasons[0].message
    found = next(each for each in judge(code.format(around, "a[i] = 2 * a[i];")) if each.directive == "loop")
    assert found.verdict == "no_race"

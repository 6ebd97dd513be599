"""Subscripts and conditions that may wrap around: what the plan has to ask, and what is not taken for exact."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import Verdict, judge

ASKING = {
    "a multiple": ("unsigned n", "for (unsigned i = 0; i < n; i++) a[i * 2u] = i;", "2LL * n - 2 <= 4294967295"),
    "a product": (
        "unsigned n, unsigned m",
        "for (unsigned i = 0; i < m; i++) for (unsigned j = 0; j < n; j++) a[i * n + j] = 1;",
        "(unsigned long long)m * n - 1 <= 4294967295",
    ),
    "a difference": (
        "unsigned n, unsigned m",
        "for (unsigned i = 0; i < n; i++) a[i - m] = a[i];",
        "(long long)m + n - 1 <= 4294967295",
    ),
    "what was computed before": (
        "int n, unsigned w",
        "for (int i = 0; i < n; i++) { unsigned k = i * w; for (unsigned j = 0; j < w; j++) a[(size_t)k + j] += 1; }",
        "(unsigned long long)n * w - 1 <= 4294967295",
    ),
    "a number that is cut": (
        "unsigned long n",
        "for (unsigned long i = 0; i < n; i++) a[(unsigned)i] = 1;",
        "(double)n <= 4294967295.0",
    ),
    "a number that is stored": (
        "unsigned long n",
        "for (unsigned long i = 0; i < n; i++) { int k = i; a[k] = 1; }",
        "(double)n <= 4294967295.0",
    ),
    "a product that 64 bits may not hold": (
        "unsigned n, unsigned m, unsigned q",
        "for (unsigned i = 0; i < n; i++) a[i * m * q] += i;",
        "(double)m * n * q <= 4294967295.0",
    ),
    "products that 64 bits may not hold together": (
        "unsigned n, unsigned m, unsigned q",
        "for (unsigned i = 0; i < n; i++) a[i * m + i * q] += i;",
        "(double)m * n + (double)n * q <= 4294967295.0",
    ),
    "a product with a large factor": (
        "unsigned n, unsigned m",
        "for (unsigned i = 0; i < n; i++) a[i * (m << 4)] += i;",
        "16.0 * m * n <= 4294967295.0",
    ),
    "a product that is cut": (
        "size_t n, size_t m",
        "for (size_t i = 0; i < n; i++) a[(unsigned)(i * m)] += i;",
        "(double)m * n <= 4294967295.0",
    ),
    "a multiple that is cut": (
        "size_t n",
        "for (size_t i = 0; i < n; i++) a[(unsigned)(i << 6)] += i;",
        "64.0 * n <= 4294967295.0",
    ),
    "a negative size": ("size_t n, size_t m", "for (size_t i = 0; i < n; i++) a[i + m] = a[i];", "(long long)m >= 0"),
    "a negative size in between": (
        "size_t n, size_t m",
        "for (size_t i = 0; i < n; i++) a[i] = a[i + n + m];",
        "(long long)m >= 0",
    ),
}
PLAIN = {
    "one for each": ("unsigned n", "for (unsigned i = 0; i < n; i++) a[i] += 1;"),
    "neighbours of another array": (
        "unsigned n",
        "for (unsigned i = 1; i < n - 1; i++) a[i] = b[i - 1] + b[i + 1];",
    ),
    "a common offset": ("unsigned n, unsigned m", "for (unsigned i = 0; i < n; i++) a[m + i] *= 2;"),
    "a common offset of 64 bits": ("size_t n, size_t m", "for (size_t i = 0; i < n; i++) a[i - m] *= 2;"),
    "signed": ("int n, int m", "for (int i = 0; i < m; i++) for (int j = 0; j < n; j++) a[i * n + j] = 1;"),
    "64 bits": (
        "size_t n, size_t m",
        "for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) a[i * n + j] = 1;",
    ),
    "widened first": (
        "unsigned n, unsigned m",
        "for (unsigned i = 0; i < m; i++) for (unsigned j = 0; j < n; j++) a[(size_t)i * n + j] = 1;",
    ),
    "the other end": ("unsigned n", "for (unsigned i = 0; i < n / 2; i++) a[i] = a[n - 1 - i];"),
    "few iterations": ("void", "for (unsigned i = 0; i < 1000u; i++) a[i * 40u] = i;"),
    "one iteration by a signed number": ("unsigned n, int m", "for (unsigned i = 0; i < n; i++) if (i == m) a[0] = i;"),
}
NEVER = {
    "more than there are": ("void", "for (unsigned i = 0; i < 3000000000u; i++) a[i * 2u] = i;"),
    "a step that may be zero": ("int n, int s", "for (int i = 0; i < n; i += s) a[i] = i;"),
    "a type that is not declared": ("int n", "for (int i = 0; i < n; i++) { index_t k = i; a[k] = i; }"),
    "the type of something else": ("int n", "for (int i = 0; i < n; i++) { typeof((char)0) k = i; a[k] = i; }"),
    "a sentinel": ("int n", "for (int i = 0; i < n; i++) if (u[i] == (unsigned)-1) a[0] = i;"),
    "a negative sentinel": ("int n", "for (int i = 0; i < n; i++) if (u[i] == -1) a[0] = i;"),
    "an unsigned sentinel": ("int n", "for (int i = 0; i < n; i++) if (u[i] == -1u) a[0] = i;"),
    "no zero": ("int n", "for (int i = 0; i < n; i++) if (u[i] == ~0u) a[0] = i;"),
    "a sentinel in a variable": ("int n", "unsigned no = -1; for (int i = 0; i < n; i++) if (u[i] == no) a[0] = i;"),
    "a signed number that may be negative": ("int n, int m", "for (int i = 0; i < n; i++) if (u[i] == m) a[0] = i;"),
    "a product that may be zero": (
        "unsigned n, unsigned s",
        "for (unsigned i = 1; i < n; i++) if (i * s == 0) a[0] = i;",
    ),
    "bits of a product": ("unsigned n", "for (unsigned i = 0; i < n; i++) a[i * 40000u * 40000u >> 28] = i;"),
    "a product of signed numbers that 64 bits may not hold": (
        "unsigned n, int m, int q",
        "for (unsigned i = 0; i < n; i++) a[i * m * q] += i;",
    ),
    "a number cut to a byte": ("int n", "for (int i = 0; i < n; i++) if ((unsigned char)i == 3) a[0] = i;"),
}


def verdict_of(parameters: str, body: str) -> Verdict:
    text = (
        "#include <stddef.h>\nextern unsigned *restrict u;\n"
        f"void f(int *restrict a, const int *restrict b, {parameters.replace('void', 'int q')}) {{ {body} }}"
    )
    facts = analyze(text.encode(), "c").loops[0]
    return judge(facts, plan_statically(facts))


@pytest.mark.parametrize("name", ASKING)
def test_a_plan_asks_that_subscripts_do_not_wrap(name: str):
    """Where the first and the last element may be further apart than the subscript's type can tell."""
    parameters, body, condition = ASKING[name]
    verdict = verdict_of(parameters, body)
    assert (verdict.verdict, verdict.basis) == ("parallel", "proved")
    assert verdict.plan is not None
    assert condition in (verdict.plan.condition or "")


@pytest.mark.parametrize("name", PLAIN)
def test_nothing_is_asked_where_nothing_can_wrap(name: str):
    """By the types, or because both subscripts wrap alike."""
    verdict = verdict_of(*PLAIN[name])
    assert (verdict.verdict, verdict.basis) == ("parallel", "proved")
    assert verdict.plan is not None
    assert "4294967295" not in (verdict.plan.condition or "")
    assert "long long" not in (verdict.plan.condition or "")


@pytest.mark.parametrize("name", NEVER)
def test_what_may_repeat_is_not_proved(name: str):
    """The element may be the same in several iterations, or the plan might end a program that was right."""
    assert verdict_of(*NEVER[name]).verdict != "parallel"


CONDITIONS = {
    "unsigned beside signed": "void f(unsigned n, int k) { for (unsigned i = 0; i < n; i++) x[i] = x[k] + x[k + 5]; }",
    "a sum of unsigned numbers": "void f(unsigned n, int k) { for (unsigned i = 0; i < n; i++) x[i] = x[i + k + 3u]; }",
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_is_computed_as_it_was_found(name: str, tmp_path: Path):
    """C would compute it with unsigned numbers, where -3 is more than 5: it holds only where no two iterations meet."""
    text = "static double x[64];\n" + CONDITIONS[name]
    facts = analyze(text.encode(), "c").loops[0]
    plan = judge(facts, plan_statically(facts)).plan
    assert plan is not None
    assert plan.condition is not None
    (tmp_path / "a.c").write_text(
        f"""#include <stdio.h>
int main(void) {{
    for (unsigned n = 1; n < 12; n++)
        for (int k = -20; k < 20; k++)
            printf("%u %d %d\\n", n, k, !!({plan.condition}));
}}"""
    )
    subprocess.run(["gcc", "-w", tmp_path / "a.c", "-o", tmp_path / "a"], check=True)
    lines = subprocess.run([tmp_path / "a"], capture_output=True, text=True, check=True).stdout.splitlines()
    asked = {(int(n), int(k)): holds == "1" for n, k, holds in map(str.split, lines)}
    offsets = (0, 5) if "k + 5" in text else ()
    for (n, k), holds in asked.items():
        reads = {i: {k + each for each in offsets} if offsets else {i + k + 3} for i in range(n)}
        meets = any(i != other and i in reads[other] for i in range(n) for other in range(n))
        assert not (holds and meets), (n, k)
    assert any(asked.values())

"""Integers that lose something when they are stored: what depends on them is not taken for exact."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts

NO_REDUCTION = {
    "an integer that takes fractions": "for (int i = 0; i < n; i++) s += x[i];",
    "times a fraction": "for (int i = 0; i < n; i++) s *= 0.5;",
    "a fraction of each": "for (int i = 0; i < n; i++) s += 0.5 * a[i];",
    "a fraction of some": "for (int i = 0; i < n; i++) s += x[i] > 0 ? x[i] : 0;",
    "a fraction where a condition holds": "for (int i = 0; i < n; i++) s += x[i] * (x[i] > 0);",
    "a fraction of a function": "for (int i = 0; i < n; i++) s += half(i);",
    "a fraction beside a call": "for (int i = 0; i < n; i++) s += abs(a[i]) * x[i];",
    "roots": "for (int i = 0; i < n; i++) s += sqrt(x[i]);",
    "a number cut to an integer": "for (int i = 0; i < n; i++) d = (int)(d + x[i]);",
    "a narrow maximum": "for (int i = 0; i < n; i++) if (a[i] > c) c = a[i];",
    "a bool that adds": "for (int i = 0; i < n; i++) b += a[i];",
    "a bool that flips": "for (int i = 0; i < n; i++) b ^= a[i];",
}
REDUCTION = {
    "integers": "for (int i = 0; i < n; i++) s += a[i];",
    "fractions that are cut first": "for (int i = 0; i < n; i++) s += (int)x[i];",
    "how many": "for (int i = 0; i < n; i++) s += x[i] > 0.5;",
    "how many, by a condition": "for (int i = 0; i < n; i++) if (x[i] > 0.5) s++;",
    "a rounded fraction": "for (int i = 0; i < n; i++) s += (int)(x[i] * 0.5) + a[i];",
    "what a fraction chooses": "for (int i = 0; i < n; i++) s += x[i] > 0.5 ? 2 : a[i];",
    "an element that a fraction chooses": "for (int i = 0; i < n; i++) s += a[(int)x[i]];",
    "a call": "for (int i = 0; i < n; i++) s += isnan(x[i]);",
    "a narrow sum": "for (int i = 0; i < n; i++) c += a[i];",
    "a narrow maximum of narrow values": "for (int i = 0; i < n; i++) if (u[i] > c) c = u[i];",
    "a bool that keeps": "for (int i = 0; i < n; i++) b |= x[i] > 3;",
}
REPEATING = {
    "a bit-field": "for (int i = 0; i < n; i++) { struct Bits k; k.low = i; a[k.low] = i; }",
    "a function's result": "for (int i = 0; i < n; i++) a[byte_of(i)] = i;",
    "an assignment's value": "unsigned char k; for (int i = 0; i < n; i++) a[k = i] = i;",
    "another member of a union": "union Both k; for (int i = 0; i < n; i++) { k.all = i; a[k.low] = i; }",
}


def loop(body: str) -> LoopFacts:
    text = f"""
    #include <math.h>
    struct Bits {{ unsigned low : 3; }};
    union Both {{ int all; unsigned char low; }};
    static double half(int i) {{ return 0.5 * i; }}
    static unsigned char byte_of(int x) {{ return x; }}
    int f(int n, int *restrict a, const double *restrict x, const unsigned char *restrict u, int s, double d,
          unsigned char c, _Bool b) {{ {body} return s + (int)d + c + b; }}"""
    return analyze(text.encode(), "c").loops[0]


@pytest.mark.parametrize("name", NO_REDUCTION)
def test_what_loses_in_each_step_is_no_reduction(name: str):
    """In another order it would lose something else."""
    assert not any(variable.role == "reduction" for variable in loop(NO_REDUCTION[name]).variables)


@pytest.mark.parametrize("name", REDUCTION)
def test_what_loses_nothing_is(name: str):
    """Integers modulo a power of two, comparisons, and values that were cut before they are added."""
    facts = loop(REDUCTION[name])
    assert [variable.role for variable in facts.variables if variable.role == "reduction"] == ["reduction"]


@pytest.mark.parametrize("name", REPEATING)
def test_narrow_subscripts_may_repeat(name: str):
    """Iterations that lie apart get one subscript once it is cut to what is stored."""
    facts = loop(REPEATING[name])
    assert facts.blocking or facts.unknowns


OTHER_NUMBERS = {
    "a signed maximum of unsigned numbers": "int k = 2; for (int i = 0; i < n; i++) k = k < w[i] ? w[i] : k; a[0] = k;",
    "a signed maximum under a condition": "int k = 2; for (int i = 0; i < n; i++) if (w[i] > k) k = w[i]; a[0] = k;",
    "an int that takes longer numbers": "int k = 2; for (int i = 0; i < n; i++) if (l[i] > k) k = l[i]; a[0] = k;",
}
ITS_NUMBERS = {
    "an unsigned maximum": "unsigned k = 2; for (int i = 0; i < n; i++) k = k < w[i] ? w[i] : k; a[0] = k;",
    "an unsigned maximum of signed numbers": (
        "unsigned k = 2; for (int i = 0; i < n; i++) if (a[i + 1] > k) k = a[i + 1]; a[0] = k;"
    ),
    "a long that takes ints": "long k = 2; for (int i = 0; i < n; i++) if (a[i + 1] > k) k = a[i + 1]; a[0] = k;",
}


def extreme(body: str) -> LoopFacts:
    text = f"void f(int n, int *restrict a, const unsigned *restrict w, const long *restrict l) {{ {body} }}"
    return analyze(text.encode(), "c").loops[0]


@pytest.mark.parametrize("name", OTHER_NUMBERS)
def test_a_maximum_by_other_numbers_is_no_reduction(name: str):
    """The threads begin with the least int, which is great as an unsigned number; a long is cut to anything."""
    assert not any(variable.role == "reduction" for variable in extreme(OTHER_NUMBERS[name]).variables)


@pytest.mark.parametrize("name", ITS_NUMBERS)
def test_a_maximum_by_its_own_numbers_is_a_reduction(name: str):
    """What is compared is what is stored."""
    assert any(variable.role == "reduction" for variable in extreme(ITS_NUMBERS[name]).variables)

"""What is assumed of index arrays is enough, by all small arrays that keep to it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement, permutations, product

import pytest
from pragmatist.analysis.analyze import analyze

N = 3  # iterations; the index array has one element more

# name: (loop body, what iteration i writes given the index array s, the assumption's code)
BODIES: dict[str, tuple[str, Callable[[int, tuple[int, ...]], set[int]], str | None]] = {
    "scatter": ("v[s[i]] = i;", lambda i, s: {s[i]}, "PRG202"),
    "scattered blocks": ("for (int k = 0; k < 4; k++) v[4 * s[i] + k] = i;",
                         lambda i, s: {4 * s[i] + k for k in range(4)}, "PRG202"),
    "neighbours": ("v[s[i]] = i; v[s[i] + 1] = i;", lambda i, s: {s[i], s[i] + 1}, None),
    "fixed length": ("for (int k = s[i]; k < s[i] + 3; k++) v[k] = i;", lambda i, s: set(range(s[i], s[i] + 3)), None),
    "rows": ("for (int k = s[i]; k < s[i + 1]; k++) v[k] *= 2;", lambda i, s: set(range(s[i], s[i + 1])), "PRG206"),
    "rows, last included": ("for (int k = s[i]; k <= s[i + 1] - 1; k++) v[k] = 0;",
                            lambda i, s: set(range(s[i], s[i + 1])), "PRG206"),
    "rows and the next": ("for (int k = s[i]; k <= s[i + 1]; k++) v[k] = 0;",
                          lambda i, s: set(range(s[i], s[i + 1] + 1)), None),
    "every second row": ("for (int k = s[i]; k < s[i + 1]; k += 2) v[k] = 1;",
                         lambda i, s: set(range(s[i], s[i + 1], 2)), "PRG206"),
}  # fmt: skip


def meets(writes: Callable[[int, tuple[int, ...]], set[int]], s: tuple[int, ...]) -> bool:
    return any(writes(i, s) & writes(j, s) for i in range(N) for j in range(i))


def assumed(body: str) -> set[str]:
    text = f"void f(int n, const int *restrict s, double *restrict v) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"
    loop, *_ = analyze(text.encode(), "c").loops
    assert not loop.blocking
    codes = {assumption.code for assumption in loop.assumptions}
    return codes | ({"unknown"} if loop.unknowns else set())


@pytest.mark.parametrize("name", BODIES)
def test_assumptions_suffice_and_are_needed(name: str):
    """No array that keeps to the assumption lets two iterations meet; some other array does."""
    body, writes, code = BODIES[name]
    if code is None:
        assert "unknown" in assumed(body)
        assert any(meets(writes, s) for s in permutations(range(5), N + 1))
        assert any(meets(writes, s) for s in combinations_with_replacement(range(5), N + 1))
        return
    assert assumed(body) == {code}
    kept = permutations(range(5), N + 1) if code == "PRG202" else combinations_with_replacement(range(5), N + 1)
    assert not any(meets(writes, s) for s in kept)
    assert any(meets(writes, s) for s in product(range(5), repeat=N + 1))


def test_a_histogram_stays_a_reduction():
    """Duplicates are what a histogram is for: no assumption takes the place of the reduction."""
    text = """
    extern void g(long *);
    void f(int n, const int *s) { long h[64] = {0}; for (int i = 0; i < n; i++) h[s[i]]++; g(h); }
    """
    (loop,) = analyze(text.encode(), "c").loops
    assert not loop.assumptions
    assert [v.role for v in loop.variables if v.name == "h"] == ["reduction"]

"""Index arrays whose values stand in the text: the loop is parallel exactly when no two of its iterations meet."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

REST = """
void f(double *a, int n) {{
  for (int i = 0; i < {trips}; i++) {{ {body} }}
}}
"""


def is_free(head: str, body: str, *, trips: str = "6", tail: str = "", language: str = "c") -> bool:
    text = head + REST.format(body=body, trips=trips) + tail
    loop, *_ = analyze(text.encode(), language).loops
    return not (loop.dependences or loop.blocking or loop.unknowns or loop.assumptions)


BODY = "a[t[i]] += 1.0;"


@pytest.mark.parametrize(
    ("head", "body", "free"),
    [
        ("static const int t[] = {3, 1, 4, 15, 9, 2};", BODY, True),
        ("const int t[6] = {-3, 1, 4, 15, 9, 2};", BODY, True),
        ("static const int t[] = {3, 1, 4, 1, 5, 9};", BODY, False),
        ("static const int t[8] = {3, 1, 4, 15, 9, 2};", BODY, False),  # two elements are 0
        ("static const int t[7] = {3, 1, 4, 15, 9, 2};", BODY, True),  # one is
        ("static const int t[] = {10, 20, 30, 40, 50, 60};", "a[t[i]] += 1.0; a[t[i] + 5] += 1.0;", True),
        ("static const int t[] = {10, 20, 30, 40, 50, 60};", "a[t[i]] += 1.0; a[t[i] + 10] += 1.0;", False),
        ("static const int t[6] = {[2] = 1, 5, [0] = 5, 2, 7, [5] = 9};", BODY, False),
        ("static const unsigned char t[] = {3, 1, 4, 15, 9, 259};", BODY, False),  # 259 is 3
        ("static const int t[] = {1, 2, 3, 4, 5, 6};", "a[2 * t[i]] = a[2 * t[i] + 1];", True),
        ("static const int t[] = {1, 2, 3, 4, 5, 6};", "a[t[i / 2]] += 1.0;", False),
        ("static const int t[] = {1, 2, 3, 4, 5, 6};", "for (int j = 0; j < n; j++) a[t[j]] += 1.0;", False),
    ],
)
def test_values_decide(head, body, free):
    """Distinct values, also at a distance; elements that the initialiser leaves out are 0."""
    assert is_free(head, body) is free


def test_every_pair_of_a_table_at_every_distance():
    """Against enumeration: a[t[i]] and a[t[i] + d] are free of dependences exactly when no two iterations meet."""
    values = [4, 9, 11, 16, 30, 18]
    head = f"static const int t[] = {{{', '.join(map(str, values))}}};"
    for distance in range(1, 28):
        meet = any(x == y + distance for p, x in enumerate(values) for q, y in enumerate(values) if p != q)
        assert is_free(head, f"a[t[i]] = a[t[i] + {distance}];") is not meet, distance


@pytest.mark.parametrize(
    ("tail", "free"),
    [
        ("int main(void) { return t[2]; }", True),
        ("int main(void) { t[2] = 1; return 0; }", False),
        ("int main(void) { t[2]++; return 0; }", False),
        ("void g(int *); int main(void) { g(t); return 0; }", False),
        ("void g(int *); int main(void) { g(&t[1]); return 0; }", False),
        ("int main(void) { int *p = t + 1; return *p; }", False),
        ("", False),  # no program: another file may write it
    ],
)
def test_not_declared_constant(tail, free):
    """A table that is not `const` counts only where the whole program is in sight and nothing can write it."""
    assert is_free("int t[] = {3, 1, 4, 15, 9, 2};", BODY, tail=tail) is free


def test_references_may_write():
    """In C++ an element handed over by reference may be written."""
    head = "void g(int &); static int t[] = {3, 1, 4, 15, 9, 2};"
    assert not is_free(head, BODY, tail="void h() { g(t[1]); }", language="cpp")
    assert not is_free(head, BODY, tail="void h() { int &r = t[1]; r = 3; }", language="cpp")

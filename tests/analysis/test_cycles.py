"""The analysis leaves no cycles of objects, so that what it drops is freed without a collection of garbage."""

from __future__ import annotations

import gc

from pragmatist.analysis.analyze import analyze

FUNCTION = """
double total{n}(const double *a, double *b, int n) {{
    double sum = 0;
    #pragma omp parallel for reduction(+:sum)
    for (int i = 0; i < n; i++) {{
        b[i + n] = a[i] > 0 ? a[i] : b[i];
        for (int j = i; j < n; j += 2) sum += a[j] * b[i];
    }}
    return sum;
}}
"""


def left_behind(functions: int) -> int:
    """How many objects the collector has to free after the analysis of so many functions."""
    text = "".join(FUNCTION.format(n=number) for number in range(functions)).encode()
    gc.collect()
    gc.disable()
    try:
        facts = analyze(text, "c")
        assert len(facts.loops) == 2 * functions
        del facts
        return gc.collect()
    finally:
        gc.enable()


def test_what_is_left_behind_does_not_grow_with_the_file() -> None:
    left_behind(1)
    assert left_behind(40) <= left_behind(2)

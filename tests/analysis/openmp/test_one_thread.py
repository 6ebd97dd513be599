"""Teams of one thread have no races."""

from __future__ import annotations

from collections.abc import Callable

import pytest

REGION = "\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) a[i] = a[i + 1];\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"omp_set_num_threads(1); {REGION}", "no_race"),
        (f"omp_set_num_threads(1); omp_set_num_threads(4); {REGION}", "race"),
        (f"omp_set_num_threads(n); {REGION}", "race"),
        (f"if (n > 4) omp_set_num_threads(1); {REGION}", "race"),
        (f"{REGION} omp_set_num_threads(1);", "race"),
        (f"omp_set_num_threads(1); other(); {REGION}", "race"),
        (f"omp_set_num_threads(1); while (n--) {{ {REGION} omp_set_num_threads(4); }}", "race"),
        (f"omp_set_num_threads(1); {REGION.replace('l for', 'l for num_threads(4)')}", "race"),
    ],
)
def test_threads_that_are_asked_for(
    verdict: Callable[..., tuple[str, frozenset[str]]], body: str, expected: str
) -> None:
    """One thread, where the function asks for that and nothing may ask for more."""
    assert verdict(f"void f(int *a, int n) {{ {body} }}")[0] == expected

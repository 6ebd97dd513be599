"""Loops whose variable never gets past their bound."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze


def endless(header: str) -> bool:
    (loop,) = analyze(f"void f(int *a, int n) {{ for ({header}) a[i] = 1; }}".encode(), "c").loops
    return any("does not end" in reason.message for reason in loop.unknowns)


@pytest.mark.parametrize(
    "header",
    [
        "unsigned char i = 0; i <= 255; i++",
        "unsigned char i = n; i < 256; i++",
        "unsigned char i = 0; i <= 250; i += 10",
        "signed char i = 0; i >= -128; i--",
        "unsigned short i = 0; i != 70000; i++",
        "unsigned i = n; i >= 0; i--",
        "int i = 0; i <= 2147483647; i++",
    ],
)
def test_a_bound_beyond_the_type(header: str) -> None:
    """Every value of the type satisfies the condition, or the step goes round before one does not."""
    assert endless(header)


@pytest.mark.parametrize(
    "header",
    [
        "unsigned char i = 0; i < 255; i++",
        "unsigned char i = 0; i <= 250; i += 7",
        "unsigned char i = 10; i > 0; i--",
        "unsigned char i = 0; i < n; i++",
        "signed char i = 0; i > -128; i--",
        "unsigned i = n; i != -1; i--",
        "int i = 0; i < 2147483647; i++",
        "unsigned long i = 0; i <= 4294967295u; i++",
    ],
)
def test_a_bound_within_the_type(header: str) -> None:
    """The loop may end."""
    assert not endless(header)

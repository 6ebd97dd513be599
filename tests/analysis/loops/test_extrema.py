"""Minima and maxima of what is not a number: no note where threads give what the loop gives, whatever the values."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import pytest
from pragmatist.analysis.analyze import analyze

GREATEST = 1.7976931348623157e308
VALUES = (1.0, 3.0, math.nan, math.inf, -math.inf)

# A loop's statement and what it makes of m and of an element.
KEEPING: dict[str, Callable[[float, float], float]] = {
    "if (x[i] > m) m = x[i];": lambda m, x: x if x > m else m,
    "if (x[i] >= m) { m = x[i]; }": lambda m, x: x if x >= m else m,
    "m = x[i] > m ? x[i] : m;": lambda m, x: x if x > m else m,
    "m = std::max(m, x[i]);": lambda m, x: x if m < x else m,
    "m = std::fmax(x[i], m);": lambda m, x: m if math.isnan(x) else x if math.isnan(m) or x > m else m,
}
TAKING: dict[str, Callable[[float, float], float]] = {
    "m = m > x[i] ? m : x[i];": lambda m, x: m if m > x else x,
    "m = x[i] <= m ? m : x[i];": lambda m, x: m if x <= m else x,
    "m = std::max(x[i], m);": lambda m, x: m if x < m else x,
}


def noted(body: str, begin: str, type: str = "double") -> bool:
    text = f"""
    #include <algorithm>
    #include <cmath>
    #include <limits>
    {type} f(int n, const {type} *x, {type} given) {{
        {type} m = {begin};
        for (int i = 0; i < n; i++) {{ {body} }}
        return m;
    }}
    """
    (loop,) = analyze(text.encode(), "cpp").loops
    assert [v.operator for v in loop.variables if v.role == "reduction"]
    assert not loop.blocking
    assert not loop.unknowns
    return "PRG902" in [note.code for note in loop.notes]


def differs(step: Callable[[float, float], float], begins: tuple[float, ...]) -> bool:
    """Whether two threads with any three values ever come to something else than one after the other."""
    for start, values, cut, kept in product(begins, product(VALUES, repeat=3), range(4), (False, True)):
        serial = start
        for value in values:
            serial = step(serial, value)
        for least in (-math.inf, -GREATEST):
            parallel = start
            for part in (values[:cut], values[cut:]):
                copy = least
                for value in part:
                    copy = step(copy, value)
                # Compilers compare either way round, which shows where one is NaN.
                left, right = (copy, parallel) if kept else (parallel, copy)
                parallel = left if left > right else right
            if repr(parallel) != repr(serial):
                return True
    return False


@pytest.mark.parametrize("body", KEEPING)
@pytest.mark.parametrize("begin", ["0", "-3.5", "-1e30", "-std::numeric_limits<double>::max()", "-DBL_MAX"])
def test_a_finite_beginning_that_nan_does_not_replace(body: str, begin: str):
    """Nothing can come out otherwise, and nothing is said."""
    assert not noted(body, begin)
    assert not differs(KEEPING[body], (0.0, -3.5, -1e30, -GREATEST))


@pytest.mark.parametrize("body", KEEPING)
@pytest.mark.parametrize("begin", ["given", "x[0]", "-INFINITY", "-std::numeric_limits<double>::infinity()", "1e999"])
def test_a_beginning_that_may_not_be_finite(body: str, begin: str):
    """It may come out otherwise, and the note says so."""
    assert noted(body, begin)
    assert differs(KEEPING[body], (math.nan,))
    assert differs(KEEPING[body], (-math.inf,))


@pytest.mark.parametrize("body", TAKING)
def test_a_nan_that_replaces_what_was_found(body: str):
    """It hides what came before it, and that is another part of the values for each thread."""
    assert noted(body, "0")
    assert differs(TAKING[body], (0.0,))


def test_more_than_a_float_holds():
    """1e39 is a number as a double, and infinite as a float."""
    assert noted("if (x[i] > m) m = x[i];", "-1e39", "float")
    assert not noted("if (x[i] > m) m = x[i];", "-1e38f", "float")


def test_integers_are_all_numbers():
    """Nothing is said of them."""
    assert not noted("if (x[i] > m) m = x[i];", "given", "int")

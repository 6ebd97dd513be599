"""Variables that iterations set to one constant: the operator, held against what copies of OpenMP's would come to."""

from __future__ import annotations

from itertools import product

import pytest
from pragmatist.analysis.analyze import analyze

# Identity and combiner of OpenMP 5.2 §5.5.5, as values of the type.
OPERATORS = {
    ("int", "&"): (~0, lambda a, b: a & b),
    ("int", "|"): (0, lambda a, b: a | b),
    ("bool", "&&"): (1, lambda a, b: int(bool(a) and bool(b))),
    ("bool", "||"): (0, lambda a, b: int(bool(a) or bool(b))),
}


def operator_of(type: str, before: str, body: str, head: str = "") -> str | None:
    text = f"""
    #include <stdbool.h>
    {type} f(int n, const double *x, {type} given) {{
        {type} flag = {before};
        {head}
        for (int i = 0; i < n; i++) {{ {body} }}
        return flag;
    }}
    """
    (*_, loop) = analyze(text.encode(), "c").loops
    roles = {variable.name: variable for variable in loop.variables}
    return roles["flag"].operator if roles["flag"].role == "reduction" and not loop.blocking else None


@pytest.mark.parametrize(
    ("type", "before", "stored", "operator"),
    [
        ("int", "0", 1, "|"),
        ("int", "0", 6, "|"),
        ("int", "6", 6, "|"),
        ("int", "1", 0, "&"),
        ("int", "given", 0, "&"),
        ("bool", "given", 0, "&&"),
        ("bool", "given", 1, "||"),
    ],
)
def test_the_operator_gives_what_the_loop_gives(type: str, before: str, stored: int, operator: str) -> None:
    """However the iterations are dealt out and whichever set the flag, its value afterwards is the serial one."""
    assert operator_of(type, before, f"if (x[i] > 0) flag = {stored};") == operator
    identity, combine = OPERATORS[type, operator]
    values = [int(before)] if before != "given" else [0, 1] if type == "bool" else [0, 1, 5, -3]
    for start, sets in product(values, product((False, True), repeat=3)):
        copies = [stored if each else identity for each in sets]
        value = start
        for copy in copies:
            value = combine(value, copy)
        assert value == (stored if any(sets) else start)


@pytest.mark.parametrize(
    ("type", "before", "body"),
    [
        ("int", "given", "if (x[i] > 0) flag = 1;"),  # 2 before would become 3
        ("int", "4", "if (x[i] > 0) flag = 1;"),
        ("int", "0", "if (x[i] > 0) flag = 1; if (x[i] > 9) flag = 2;"),
        ("int", "0", "if (x[i] > 0) flag = i;"),
        ("int", "0", "if (x[i] > 0) flag = 1; if (x[i] < -9) flag += 2;"),
        ("double", "0", "if (x[i] > 0) flag = 1;"),
        ("int", "0", "if (flag) continue; if (x[i] > 0) flag = 1;"),
    ],
)
def test_what_is_no_flag(type: str, before: str, body: str) -> None:
    """Other values, values that are read, and values before that no operator keeps."""
    assert operator_of(type, before, body) is None

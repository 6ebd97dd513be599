"""`switch` statements: what every way through one writes is written, and nothing less."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

HEAD = """
static int leaves(int v, int *r) {
    switch (v) { case 1: if (v > 0) return 1; *r = 2; break; default: *r = 3; }
    return 0;
}
static int sets(int v, int *r) { switch (v) { case 1: *r = 2; break; default: *r = 3; } return 0; }
"""

WRITTEN = {
    "two branches": "switch (a[i]) { case 1: x = 4; break; default: x = 5; }",
    "labels in a row": "switch (a[i]) { case 1: x = 4; break; case 2: case 3: x = 6; break; default: x = 5; break; }",
    "blocks": "switch (a[i]) { case 1: { x = 4; break; } default: { x = 5; } }",
    "default first": "switch (a[i]) { default: x = 3; break; case 1: x = 8; break; case 4: x = 9; }",
    "an if inside": "switch (a[i]) { case 1: if (n > 3) x = 4; else x = 2; break; default: x = 5; }",
    "called": "sets(a[i], &x);",
}
NOT_WRITTEN = {
    "no default": "switch (a[i]) { case 1: x = 4; break; case 2: x = 5; }",
    "an empty branch": "switch (a[i]) { case 1: break; default: x = 5; }",
    "left early": "switch (a[i]) { case 1: if (n > 3) break; x = 4; break; default: x = 5; }",
    "running on": "switch (a[i]) { case 1: x = 3; case 2: x++; break; default: x = 5; }",
    "read in a branch": "switch (a[i]) { case 1: x = 3; break; case 2: x++; break; default: x = 5; }",
    "before the labels": "switch (a[i]) { x = 7; case 1: x = 3; break; default: ; }",
    "an if without else": "switch (a[i]) { case 1: if (n > 3) x = 4; break; default: x = 5; }",
    "called, left early": "leaves(a[i], &x);",
    "a label inside": "switch (a[i]) { case 1: { x = 4; if (n > 3) { case 2: n += 0; } break; } default: x = 5; }",
}


def judged(body: str) -> bool:
    """Whether each iteration of a loop over it reads only the `x` that it wrote."""
    code = f"""{HEAD} void f(int n, int *restrict a) {{
        int x = 0; for (int i = 0; i < n; i++) {{ {body} a[i] = x; }} }}"""
    (loop,) = analyze(code.encode(), "c").loops
    return not loop.blocking and not loop.unknowns and any(each.role == "private" for each in loop.variables)


@pytest.mark.parametrize("name", WRITTEN)
def test_one_branch_runs_and_each_writes(name: str) -> None:
    """With a `default`, and a `break` at each end, exactly one branch runs from its beginning to its end."""
    assert judged(WRITTEN[name])


@pytest.mark.parametrize("name", NOT_WRITTEN)
def test_a_way_through_that_writes_nothing(name: str) -> None:
    """Some value of `a[i]` leads past every write, or a branch reads what an earlier iteration left."""
    assert not judged(NOT_WRITTEN[name])

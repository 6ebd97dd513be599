"""Variables that are called shared for want of knowing: what a clause for them may turn out to be is left open."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

OUT_OF_SIGHT = "void fill(double *to, int i); void split(double v, double *whole); double f(double v);"


def undecided(body: str) -> dict[str, bool]:
    text = f"""{OUT_OF_SIGHT} void run(int n, const int *restrict perm, double *restrict x, double *restrict y) {{
        double t = 0, buf[64];
        for (int i = 0; i < n; i++) {{ {body} }} }}"""
    outer = analyze(text.encode(), "c").loops[0]
    assert not outer.blocking
    return {each.name: each.undecided for each in outer.variables}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("fill(buf, i); y[i] = buf[0] + buf[1];", "buf"),
        ("split(x[i], &t); y[i] = t;", "t"),
        (
            "for (int j = 0; j < 64; j++) buf[perm[j]] = x[i]; for (int j = 0; j < 64; j++) y[64 * i + j] = buf[j];",
            "buf",
        ),
    ],
)
def test_what_one_iteration_leaves_for_another_is_not_known(body, name):
    """A function out of sight, or a subscript that is not followed, leaves open what the variable is."""
    found = undecided(body)
    assert found.pop(name)
    assert not any(found.values())


@pytest.mark.parametrize("body", ["y[i] = t * x[i];", "t = f(x[i]); y[i] = t;", "t += f(x[i]);", "y[perm[i]] = x[i];"])
def test_roles_that_are_known_are_not_undecided(body):
    """Neither a role that the text shows nor one that rests on an assumption."""
    assert not any(undecided(body).values())


@pytest.mark.parametrize(
    ("after", "read"),
    [
        ("", False),
        ("y[0] = 1;", False),
        ("y[0] = t;", True),
        ("if (t) y[0] = 1;", True),
        ("split(1, &t);", True),
        ("t = 3; y[0] = t;", False),
    ],
)
def test_whether_it_is_read_after_the_loop_is_told(after, read):
    """By the function itself, where it may find what the loop left."""
    text = f"""{OUT_OF_SIGHT} void run(int n, double *restrict x, double *restrict y) {{
        double t = 0;
        for (int i = 0; i < n; i++) {{ split(x[i], &t); y[i] = t; }}
        {after} }}"""
    (found,) = [each for each in analyze(text.encode(), "c").loops[0].variables if each.name == "t"]
    assert (found.undecided, found.live_out) == (True, read)


def test_a_loop_around_it_may_have_it_read_what_it_left():
    """The inner loop begins with what it wrote itself when it ran before; the outer one does not."""
    text = f"""{OUT_OF_SIGHT} void run(int n, double *restrict y) {{
        double buf[4];
        for (int k = 0; k < n; k++)
            for (int i = 0; i < n; i++) {{ y[i] += buf[0]; fill(buf, i); }} }}"""
    outer, inner = analyze(text.encode(), "c").loops
    told = [each.live_out for loop in (outer, inner) for each in loop.variables if each.name == "buf"]
    assert told == [False, True]

"""A `goto` to the end of the loop's own body is a `continue`; every other keeps the loop serial."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze

CONTINUES = {
    "an empty statement behind it": "if (b[i] < 0) goto next; a[i] = b[i]; next: ;",
    "nothing behind it": "if (b[i] < 0) goto next; a[i] = b[i]; next:",
    "two labels": "if (b[i] < 0) goto next; if (b[i] > 9) goto done; a[i] = b[i]; next: done: ;",
    "from a block": "{ double t = b[i]; if (t < 0) { goto next; } a[i] = t; } next: ;",
    "from a switch": "switch (i % 3) { case 0: goto next; default: a[i] = b[i]; } next: ;",
}
JUMPS = {
    "to the end of the outer body": "for (int j = 0; j < 9; j++) { if (b[j] < 0) goto next; a[i] += b[j]; } next: ;",
    "back": "again: if (b[i] < 0) goto again; a[i] = b[i];",
    "to what is not the end": "if (b[i] < 0) goto next; a[i] = b[i]; next: a[i] += 1;",
    "computed": "void *p = &&next; if (b[i] < 0) goto *p; a[i] = b[i]; next: ;",
    "out of the loop": "if (b[i] < 0) goto out; a[i] = b[i];",
}


def facts(body: str, after: str = ""):
    text = f"void f(int n, double *restrict a, const double *restrict b) {{ for (int i = 0; i < n; i++) {{ {body} }}"
    return analyze(f"{text} {after} out: ; }}".encode(), "c")


@pytest.mark.parametrize("name", CONTINUES)
def test_jumps_to_the_end_of_the_body(name: str):
    """They end the iteration and nothing else."""
    (loop,) = facts(CONTINUES[name]).loops
    assert (loop.blocking, loop.unknowns) == ((), ())


@pytest.mark.parametrize("name", JUMPS)
def test_other_jumps(name: str):
    """The others may leave or enter the loop."""
    loop = facts(JUMPS[name]).loops[0]
    assert "PRG111" in [reason.code for reason in loop.blocking] or loop.unknowns


def test_what_a_jump_skips_is_not_certain():
    """What stands behind the jump happens in some iterations only, as with `continue`."""
    (loop,) = facts("if (b[i] < 0) goto next; n = i; next: ;", "a[0] = n;").loops
    assert loop.blocking or loop.unknowns


def test_long_jumps():
    """`longjmp` ends the loop and not the program, and the reason says so."""
    (loop,) = facts("if (b[i] < 0) longjmp(back, 1); a[i] = b[i];").loops
    assert ["`longjmp`" in reason.message for reason in loop.blocking if reason.code == "PRG111"] == [True]


@pytest.mark.parametrize("before", ["goto in;", "switch (n) { case 0: a[0] = 1; break;"])
def test_a_loop_that_is_entered_in_the_middle(before: str):
    """What control never reaches from above is looked at where a label or a case lets it in."""
    label, end = ("in:", "") if before.startswith("goto") else ("case 1:", "}")
    text = f"void f(int n, int *a) {{ int i = 0; {before} for (i = 0; i < n; i++) {{ {label} a[i] = 1; }} {end} }}"
    (loop,) = analyze(text.encode(), "c").loops
    assert "PRG111" in [reason.code for reason in loop.blocking]

"""Hover on a directive: a sentence for each clause, a doubt where it does not suit the loop."""

from __future__ import annotations

import pytest
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.lsp.hover import hover_at

LOOP = """\
double f(int n, double *restrict y, const double *restrict x, double *restrict h)
{{
    double t = 0, s = 0, m = 0, last = 0, c = 3;
    int k = 0;
    #pragma omp {directive}
    for (int i = 0; i < n; i++) {{
        t = c * x[i];
        y[i] = t;
        s += t;
        last = t;
        if (x[i] > m) m = x[i];
    }}
    return s + m + last;
}}
"""


def hover(directive: str, *, markdown: bool = False) -> str:
    text = LOOP.format(directive=directive).encode()
    found = hover_at(judge_text(text, "c"), text, text.index(b"#pragma") + 1, {}, markdown=markdown)
    assert found is not None
    return found[1]


def line(directive: str, clause: str) -> str:
    """What is said of one clause."""
    (found,) = [each for each in hover(directive).splitlines() if each.startswith(f"- {clause}: ")]
    return found.removeprefix(f"- {clause}: ")


RIGHT = "parallel for private(t) reduction(+:s) reduction(max:m) lastprivate(last) firstprivate(c)"


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("private(t)", "starts without a value"),
        ("reduction(+:s)", "starts as 0"),
        ("reduction(max:m)", "the maximum of them"),
        ("lastprivate(last)", "the value of the last iteration"),
        ("firstprivate(c)", "starts with the value from before"),
    ],
)
def test_a_clause_that_suits_is_explained_without_a_doubt(clause, words):
    """One sentence for each clause."""
    said = line(RIGHT, clause)
    assert words in said
    assert "But" not in said


@pytest.mark.parametrize(
    ("directive", "clause", "doubt"),
    [
        ("parallel for private(s)", "private(s)", "reduction(+:s)"),
        ("parallel for shared(t)", "shared(t)", "private(t)"),
        ("parallel for shared(s)", "shared(s)", "reduction(+:s)"),
        ("parallel for private(last)", "private(last)", "lastprivate(last)"),
        ("parallel for reduction(*:s)", "reduction(*:s)", "reduction(+:s)"),
        ("parallel for private(c)", "private(c)", "let it be shared"),
        ("parallel for collapse(2)", "collapse(2)", "1 loop here"),
    ],
)
def test_a_clause_that_does_not_suit_says_which_would(directive, clause, doubt):
    """The doubt names the clause that the variable's role asks for."""
    said = line(directive, clause)
    assert "But" in said
    assert doubt in said


def test_a_difference_is_reduced_as_a_sum_is():
    """OpenMP 5.2 §5.5.5: no doubt about `-` where the loop adds."""
    assert "But" not in line("parallel for reduction(-:s)", "reduction(-:s)")


def test_every_item_of_a_list_has_its_sentence_and_the_rest_is_shared():
    """Two variables in one clause; those in none are named as shared."""
    said = hover("parallel for private(t, last) num_threads(4) schedule(dynamic, 8)")
    for words in ("- private(t): ", "- private(last): ", "the team has 4 threads", "8 at a time"):
        assert words in said
    (shared,) = [each for each in said.splitlines() if each.startswith("Shared, since no clause names them: ")]
    assert set(shared.partition(": ")[2].rstrip(".").split(", ")) == {"n", "x", "y", "s", "c", "m"}


def test_no_variable_is_said_to_be_shared_where_default_says_otherwise():
    """`default(none)` and `default(private)`."""
    said = hover("parallel for default(none) private(t)")
    assert "Shared, since" not in said
    assert "every variable has to be named" in said


@pytest.mark.parametrize(
    "directive",
    [
        "parallel for private(", "parallel for reduction()", "parallel for reduction(s)",
        "parallel for schedule()", "parallel for collapse(n)", "parallel for nonsense(1, 2) private(,)",
        "simd linear(k:2)", "parallel for map(to: x[0:n])",
        "taskloop grainsize(2) if(n > 3) nogroup", "target teams distribute parallel for map(tofrom: y[0:n]) device(1)",
        "parallel for reduction(inscan, +: s) ordered safelen(4) simdlen(2) aligned(x: 64) proc_bind(close) nowait",
    ],
)  # fmt: skip
def test_half_typed_and_rare_clauses_are_survived(directive):
    """Something is said, in both forms."""
    assert hover(directive)
    assert hover(directive, markdown=True)


@pytest.mark.parametrize(
    ("after", "doubt"), [("", ""), ("y[0] = buf[0];", "may be read after the loop")], ids=["scratch", "read later"]
)
def test_a_clause_for_what_is_undecided_is_doubted_only_if_its_value_is_missed(after, doubt):
    """Such clauses are inserted where checks confirm them: the loop may well not use what was there before."""
    text = f"""void fill(double *to, int i);
    void f(int n, double *restrict y)
    {{
        double buf[8];
        #pragma omp parallel for private(buf)
        for (int i = 0; i < n; i++) {{ fill(buf, i); y[i] = buf[0]; }}
        {after}
    }}""".encode()
    found = hover_at(judge_text(text, "c"), text, text.index(b"#pragma") + 1, {}, markdown=False)
    assert found is not None
    (said,) = [each for each in found[1].splitlines() if each.startswith("- private(buf): ")]
    assert ("But" in said, doubt in said) == (bool(doubt), True)

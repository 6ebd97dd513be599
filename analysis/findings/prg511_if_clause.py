"""PRG511: an if clause that may not stand there."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG511",
    name="if-clause",
    kind="plan",
    summary="The plan's if clause holds something that may not stand in it.",
    meaning="""
        The `if` clause is evaluated before the loop. It may hold the conditions that the proof asks for, and plain
        comparisons of sums of values that the loop does not change, such as `n > 1000`. Calls, assignments, subscripts,
        products and divisions are refused.
        """,
    relevance="""
        The text goes into your program, and a model may have written it. So nothing is let in that could have an
        effect, overflow, trap, or smuggle something in.
        """,
    examples=(
        Example(
            before="""
                void scale(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            answers=('{"directive": "parallel for", "condition": "rows() > 1000"}',),
            says=(
                "the if clause `rows() > 1000` cannot be used: rows is not known to keep one plain value throughout "
                "the loop (names that do: n)"
            ),
            better='{"directive": "parallel for", "condition": "n > 1000"}',
        ),
    ),
    resolution="Compute what is needed before the loop, and compare the variable; or leave the clause out.",
)

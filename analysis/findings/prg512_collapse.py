"""PRG512: a collapse clause that goes too deep."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG512",
    name="collapse",
    kind="plan",
    summary="The collapse clause asks for more loops than can be collapsed here.",
    meaning="""
        `collapse(2)` makes one iteration space of two loops and shares out all of it. The loops must be nested with
        nothing between them, the inner bounds must not depend on the outer variable, and *both* loops must be parallel
        under the clauses of the plan.
        """,
    relevance="""
        An inner loop that is serial would be spread over threads too, and race. Loops with something between them do
        not compile with some compilers.
        """,
    examples=(
        Example(
            before="""
                void row_sums(int n, int m, double a[n][m], double *restrict sum) {
                    for (int i = 0; i < n; i++)
                        for (int j = 0; j < m; j++)
                            sum[i] += a[i][j];
                }
                """,
            answers=('{"directive": "parallel for", "collapse": 2}',),
            says=(
                "collapse(2) is deeper than the 1 loop(s) here that are perfectly nested, rectangular and parallel: "
                "use no collapse"
            ),
            better='{"directive": "parallel for"}',
        ),
    ),
    resolution="Collapse only as many loops as the message says. Collapsing pays when the outer loop is short.",
)

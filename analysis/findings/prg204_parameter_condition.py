"""PRG204: a condition on values that are known before the loop only."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG204",
    name="parameter-condition",
    kind="assumption",
    summary="Whether iterations meet depends on a value that is known only when the program runs.",
    meaning="""
        Two accesses differ by an amount such as `k` that is a parameter. For some values of it the iterations touch the
        same element, for others they never do. The condition under which they do not is exact.
        """,
    relevance="""
        For the values that matter to you the loop may well be parallel. The pragma asks the condition in its `if`
        clause, so it is right for all of them: where the condition fails, the loop runs on one thread.
        """,
    examples=(
        Example(
            before="""
                void shift(int n, int k, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = x[i + k] + 1.0;
                }
                """,
            says="k + n <= 0 || k >= 0, so that `x[i]` and `x[i + k]` never meet in different iterations",
            pragma="#pragma omp parallel for if((k + n <= 0 || k >= 0) && (k <= 0 || k >= n))",
            change="If the distance is always the same, write it so:",
            after="""
                void shift(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = x[i + n] + 1.0;
                }
                """,
        ),
    ),
    resolution="""
        You need do nothing. If the condition never holds in your program, the loop stays serial in effect; then treat
        it as PRG101 or PRG102. If it always holds, say so in the subscripts, as in the example.
        """,
    certainty="The condition is computed by exact integer arithmetic. Under the `if` clause nothing is left to assume.",
)

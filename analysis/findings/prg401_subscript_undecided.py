"""PRG401: whether two accesses touch the same element cannot be told."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG401",
    name="subscript-undecided",
    kind="unknown",
    summary="Whether two accesses touch the same element in different iterations cannot be told.",
    meaning="""
        The exact tests work on subscripts that are sums of multiples of loop variables and of values that stay the
        same. One of the subscripts here is something else: read from an array, a product of variables, the result of a
        call. The message names it.
        """,
    relevance="""
        If the two never touch the same element, the loop is parallel; if they do, it is not. What cannot be followed is
        never taken to be harmless.
        """,
    examples=(
        Example(
            before="""
                void mix(int n, const int *restrict at, double *restrict x) {
                    for (int i = 0; i < n; i++)
                        x[i] += x[at[i]];
                }
                """,
            says=(
                "cannot tell whether `x[i]` and `x[at[i]]` touch the same element in different iterations: `at[i]` "
                "cannot be followed"
            ),
            change="""
                Written to a second array, the reads may go wherever they like. Where `at[i]` is less than `i` this
                computes something else, which is the question that the first form leaves open:
                """,
            after="""
                void mix(int n, const int *restrict at, const double *restrict x, double *restrict mixed) {
                    for (int i = 0; i < n; i++)
                        mixed[i] = x[i] + x[at[i]];
                }
                """,
        ),
    ),
    resolution="""
        - Write the subscript as a sum of multiples of loop variables: `a[i * m + j]`, with a loop for `i` and one for
          `j` instead of one loop with `/` and `%`.
        - Separate the array that is read from the one that is written.
        - Declare arrays with their extents (`double a[n][m]`).
        - Or have the plan verified.
        """,
)

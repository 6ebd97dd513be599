"""PRG101: flow dependence."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG101",
    name="flow-dependence",
    kind="serial",
    summary="An iteration reads an element that an earlier iteration wrote.",
    meaning="""
        One iteration writes an array element, and a later iteration reads it. This is a true dependence: data flows
        from the one to the other. The message names both places and, where it is always the same, the distance: how
        many iterations lie between them.
        """,
    relevance="""
        In parallel the later iteration may run first. It then reads the old value, and the result is wrong. No clause
        can help, because the value is really needed.
        """,
    examples=(
        Example(
            before="""
                void running_sum(int n, double *x) {
                    for (int i = 1; i < n; i++)
                        x[i] = x[i] + x[i - 1];
                }
                """,
            says="flow dependence: `x[i - 1]` reads what `x[i]` wrote 1 iteration of `i` earlier",
            change="""
                Had only the old neighbours been meant, reading from one array and writing to another would say so. That
                is another computation, and it is parallel:
                """,
            after="""
                void pair_sums(int n, const double *restrict x, double *restrict y) {
                    for (int i = 1; i < n; i++)
                        y[i] = x[i] + x[i - 1];
                }
                """,
        ),
    ),
    resolution="""
        - Look whether another loop of the nest is free of the dependence; often the inner one is.
        - In a relaxation sweep (Gauss-Seidel), decide whether old values would do (Jacobi), or colour the points so
          that points of one colour do not need each other (red-black).
        - A running sum is a *scan*: it can be done in two passes over blocks, or with OpenMP's `scan` directive.
        - A distance of d lets d consecutive iterations run together; with a large d, block the loop by d.
        """,
    certainty="""
        The dependence was found by exact arithmetic on the subscripts. "When ..." in the message gives the condition
        under which it exists. It is reported for the loop that carries it only.
        """,
)

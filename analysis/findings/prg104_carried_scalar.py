"""PRG104: a variable carries a value from one iteration to the next."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG104",
    name="carried-scalar",
    kind="serial",
    summary="A variable carries a value from one iteration to the next.",
    meaning="""
        The variable is read in an iteration before that iteration has written it. So the value comes from an earlier
        iteration. It is not a plain accumulation (such as `sum += x[i]`), which OpenMP could do as a reduction.
        """,
    relevance="""
        Each iteration needs the one before it, so they cannot run at the same time. With a private copy in each
        thread, the value would be lost at the border between two threads.
        """,
    examples=(
        Example(
            before="""
                void differences(int n, const double *restrict x, double *restrict d) {
                    double previous = 0.0;
                    for (int i = 0; i < n; i++) {
                        d[i] = x[i] - previous;
                        previous = x[i];
                    }
                }
                """,
            says=(
                "`previous` carries a value from one iteration to the next: it is read here before this iteration "
                "writes it"
            ),
            change="The value that is carried stands in an array anyway, so it can be read from there:",
            after="""
                void differences(int n, const double *restrict x, double *restrict d) {
                    if (n > 0)
                        d[0] = x[0];
                    for (int i = 1; i < n; i++)
                        d[i] = x[i] - x[i - 1];
                }
                """,
        ),
    ),
    resolution="""
        - If the value can be had from an array or from the loop's counter, read it there.
        - If the variable is only a temporary, write it before it is read, or declare it inside the loop.
        - If it accumulates and its running value is also used (`y[i] = sum`), that is a scan; without that use it is a
          reduction.
        - A true recurrence (`state = a * state + x[i]`) stays serial. Look for parallelism in a loop around it.
        """,
    certainty="""
        That the variable is read first is certain as far as the text decides it. A read under a condition counts as
        one that may happen.
        """,
)

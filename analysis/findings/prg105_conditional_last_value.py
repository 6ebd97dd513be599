"""PRG105: the value that a variable has after the loop is decided by some iteration."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG105",
    name="conditional-last-value",
    kind="serial",
    summary="A variable is used after the loop, but only some iterations write it.",
    meaning="""
        The variable's value is needed after the loop. Only those iterations write it that meet a condition, and the
        last of them decides.
        """,
    relevance="""
        OpenMP's `lastprivate` hands out the value of the very last iteration. If that one does not write the variable,
        its value is undefined. Left shared, the variable gets the value of whichever thread comes last.
        """,
    examples=(
        Example(
            before="""
                double last_positive(int n, const double *x) {
                    double found = 0.0;
                    for (int i = 0; i < n; i++) {
                        if (x[i] > 0.0)
                            found = x[i];
                    }
                    return found;
                }
                """,
            says=(
                "`found` is used after the loop, but only some iterations write it: the last of those decides its "
                "value, and in parallel any could"
            ),
            change="Search for the place with a reduction, and fetch the value afterwards:",
            after="""
                double last_positive(int n, const double *x) {
                    int last = -1;
                    for (int i = 0; i < n; i++) {
                        int candidate = x[i] > 0.0 ? i : -1;
                        if (candidate > last)
                            last = candidate;
                    }
                    return last < 0 ? 0.0 : x[last];
                }
                """,
        ),
    ),
    resolution="""
        - Reduce the largest index that meets the condition, as in the example.
        - If every iteration can write the variable, let it: then `lastprivate` is right.
        - If the value is not really needed after the loop, declare the variable inside it.
        """,
    certainty="""
        A global variable, or one whose address was taken, counts as used after the loop, since other functions may
        read it.
        """,
)

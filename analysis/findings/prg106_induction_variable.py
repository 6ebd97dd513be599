"""PRG106: a second counter."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG106",
    name="second-counter",
    kind="serial",
    summary="A second counter goes along with the loop; it can be computed from the loop variable.",
    meaning="""
        The variable changes by the same amount in every iteration. Its value is carried from one iteration to the next,
        although it could be computed from the loop's own variable.
        """,
    relevance="""
        As written, each iteration needs the counter of the one before. This is an obstacle of spelling only, and goes
        away with one line.
        """,
    examples=(
        Example(
            before="""
                void every_second(int n, const double *restrict x, double *restrict y) {
                    int k = 3;
                    for (int i = 0; i < n; i++) {
                        y[i] = x[k];
                        k += 2;
                    }
                }
                """,
            says=(
                "`k` carries a value from one iteration to the next: it is read here before this iteration writes it"
            ),
            change="Compute the counter in the iteration that needs it:",
            after="""
                void every_second(int n, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++) {
                        int k = 3 + 2 * i;
                        y[i] = x[k];
                    }
                }
                """,
        ),
    ),
    resolution="""
        Replace the counter by first value + step × number of iterations done. Set it once more after the loop if it is
        read there. A pointer that moves along (`*p++ = ...`) becomes a subscript (`x[i] = ...`) in the same way. A
        `while` loop that counts becomes a `for` loop.
        """,
)

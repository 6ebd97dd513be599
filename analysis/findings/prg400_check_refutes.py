"""PRG400: a check that ran shows the plan to be wrong."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG400",
    name="check-refutes",
    kind="unknown",
    summary="A check that ran on this machine shows that the plan is wrong.",
    meaning="""
        The text left open whether the loop is parallel, so the plan was tried: compiled, run under race and memory
        checkers, and compared with the serial program. One of these checks found a fault. The message says which, and
        what it saw; the plan is dropped.
        """,
    relevance="""
        Had the pragma been inserted, the program would have been wrong, at least with the input that was used here.
        """,
    examples=(
        Example(
            before="""
                #include <stdio.h>
                #include <stdlib.h>

                static void add(int n, const int *restrict slot, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[slot[i]] += x[i];
                }

                int main(int argc, char **argv) {
                    int n = 4000, bins = argc > 1 ? atoi(argv[1]) : 7;
                    int *slot = malloc(n * sizeof *slot);
                    double *x = malloc(n * sizeof *x);
                    double *y = calloc(n, sizeof *y);
                    for (int i = 0; i < n; i++) {
                        slot[i] = i * i % bins;
                        x[i] = i;
                    }
                    add(n, slot, x, y);
                    printf("%g %g\\n", y[0], y[1]);
                    free(slot);
                    free(x);
                    free(y);
                    return 0;
                }
                """,
        ),
    ),
    resolution="""
        Read which check failed. A race means that two iterations do meet: here many values of `slot` are equal, so the
        assumption PRG202 does not hold, and the update needs an `atomic` or an array of known size. A compiler's
        refusal is usually about the form of the loop or of a clause. Different output without a race may be a sum whose
        rounding the program magnifies.
        """,
    certainty="""
        A refutation is certain: it was seen. A plan that passes is only as well tried as the input allows.
        """,
)

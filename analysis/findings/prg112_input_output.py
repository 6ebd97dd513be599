"""PRG112: input or output in the loop."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG112",
    name="input-output",
    kind="serial",
    summary="The loop reads or writes a file or the terminal, whose order would change.",
    meaning="""
        The loop, or a function that it calls, prints, reads or writes a file. Every such call moves the same position
        in the same stream.
        """,
    relevance="""
        In parallel the lines would come in another order in each run, and input would go to the wrong iteration. Most
        of the time would also be spent waiting for the stream's lock.
        """,
    examples=(
        Example(
            before="""
                #include <stdio.h>

                void check(int n, const double *x) {
                    for (int i = 0; i < n; i++)
                        if (x[i] < 0.0)
                            printf("x[%d] is negative\\n", i);
                }
                """,
            says="`printf` does input or output: its order over the iterations would change",
            change="Count in the loop, which is a reduction, and report afterwards:",
            after="""
                #include <stdio.h>

                void check(int n, const double *x) {
                    int negative = 0;
                    for (int i = 0; i < n; i++)
                        negative += x[i] < 0.0;
                    if (negative > 0)
                        printf("%d numbers are negative\\n", negative);
                }
                """,
        ),
    ),
    resolution="""
        Split the loop: one that computes and can run in parallel, and one after it (or before it) that does the input
        or output in order. Take progress messages and debugging prints out of hot loops.
        """,
)

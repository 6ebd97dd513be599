"""PRG905: the program may end within the loop."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG905",
    name="may-end-program",
    kind="note",
    summary="A call in the loop may end the program.",
    meaning="""
        The loop, or a function that it calls, may call `exit`, `abort` or the like. In serial all earlier iterations
        are then done, and no later one.
        """,
    relevance="""
        In parallel, the other threads are somewhere in their iterations at that moment: some earlier iterations may not
        be done, and later ones may be. This matters if the program leaves something behind, such as a file, and if
        later iterations are not safe to run at all.
        """,
    examples=(
        Example(
            before="""
                #include <stdlib.h>

                void invert(int n, double *x) {
                    for (int i = 0; i < n; i++) {
                        if (x[i] == 0.0)
                            exit(1);
                        x[i] = 1.0 / x[i];
                    }
                }
                """,
            says="`exit` may end the program from within the loop",
            change="Test first, then compute:",
            after="""
                #include <stdlib.h>

                void invert(int n, double *x) {
                    int zeros = 0;
                    for (int i = 0; i < n; i++)
                        zeros += x[i] == 0.0;
                    if (zeros > 0)
                        exit(1);
                    for (int i = 0; i < n; i++)
                        x[i] = 1.0 / x[i];
                }
                """,
        ),
    ),
    resolution="""
        If the program ends only because something is badly wrong, as after a failed check, leave it. Otherwise collect
        the condition in a flag, and end the program after the loop.
        """,
    certainty="It is a note: it does not change the loop's verdict.",
)

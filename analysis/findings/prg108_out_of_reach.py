"""PRG108: a shared variable that no clause on the loop would change."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG108",
    name="out-of-reach",
    kind="serial",
    summary="The loop writes a shared variable in a way that no clause on the loop can reach.",
    meaning="""
        A clause such as `private(t)` gives each thread a copy that goes by the name `t` *in the loop's own text*. A
        called function that writes the global variable `t`, or a pointer to `t` that was set before the loop, still
        leads to the one original.
        """,
    relevance="""
        All threads write the same variable at the same time. A clause looks as if it helped, and does not.
        """,
    examples=(
        Example(
            before="""
                static double temporary;

                static double half(double x) {
                    temporary = 0.5 * x;
                    return temporary;
                }

                void halve(int n, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[i] = half(x[i]);
                }
                """,
            says=(
                "`half` writes the shared variable `temporary`: a clause on this loop would not reach into the function"
            ),
            change="A temporary belongs into the function that uses it:",
            after="""
                static double half(double x) {
                    double temporary = 0.5 * x;
                    return temporary;
                }

                void halve(int n, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[i] = half(x[i]);
                }
                """,
        ),
    ),
    resolution="""
        - Make temporaries of a function local to it.
        - Return results instead of writing them to a global variable, and combine them in the loop.
        - Use the variable by its own name in the loop, and set pointers to it inside the loop.
        - Where the variable is meant to be one for each thread, declare it `_Thread_local`.
        """,
)

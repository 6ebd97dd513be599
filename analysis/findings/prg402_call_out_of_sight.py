"""PRG402: a call whose body is out of sight."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG402",
    name="call-out-of-sight",
    kind="unknown",
    summary="The loop calls a function of which it is not known what it reads and writes.",
    meaning="""
        The function's body is not in this file, nor in the headers that were read, and it is none of the library
        functions that are known here. It may write a global variable, or what its pointer arguments lead to.
        """,
    relevance="""
        If the function only computes its result, the loop may be parallel. If it counts its calls in a global variable,
        say, the iterations race.
        """,
    examples=(
        Example(
            before="""
                double model(double x);

                void evaluate(int n, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[i] = model(x[i]);
                }
                """,
            says="what `model` reads and writes is not known: its body is not in this file",
            change="If `model` depends on its argument alone, its declaration can say so:",
            after="""
                __attribute__((const)) double model(double x);

                void evaluate(int n, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[i] = model(x[i]);
                }
                """,
        ),
    ),
    resolution="""
        - `__attribute__((const))`: the result depends on the arguments' values only. `((pure))`: it may also read
          memory, and writes none. C23 and some compilers know `[[unsequenced]]` and `[[reproducible]]` too.
        - Show the body: move the function into this file or into a header, as `static inline`.
        - Or have the plan verified.
        """,
    certainty="The attribute is a promise that compilers rely on as well. Make it only where it is true.",
)

"""PRG002: a plan that nothing speaks against and nothing has confirmed."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG002",
    name="parallel-candidate",
    kind="parallel",
    summary="The loop may be parallel: nothing refutes the plan, and nothing has confirmed it yet.",
    meaning="""
        There is a plan for the loop, and nothing in the text contradicts it. Something that a proof would need is
        missing, though: the body of a function, say, or that an index array names no element twice. What is missing
        is listed with a code of its own.
        """,
    relevance="""
        Do not insert the pragma on trust. If what is missing turns out to be false, the parallel program is wrong, and
        perhaps only sometimes.
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
            says="candidate: nothing refutes the plan, and nothing has confirmed it yet",
            pragma="#pragma omp parallel for",
            along=("PRG402",),
            change="""
                Here the body of `model` is out of sight, so it might write to a variable that all iterations share. The
                attribute says that it does not:
                """,
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
        Either supply what is missing, as the finding beside it describes, or have the plan tried: `pragmatist fix`, or
        the code action in the editor, compiles the program with the pragma, runs it under race detectors, and compares
        its results with the serial ones. If all of that passes, the loop becomes PRG001.
        """,
    certainty="""
        A candidate is a question. A verification that passes says that no check found a fault with the input that was
        used; another input may still behave otherwise. That is why *verified* is never called *proved*.
        """,
)

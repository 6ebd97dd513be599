"""PRG306: whether a directive races cannot be told."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG306",
    name="directive-undecided",
    kind="directive",
    summary="Whether what an OpenMP directive governs is free of races cannot be told.",
    meaning="""
        Nothing was found that certainly races, but something keeps us from saying that nothing does. It may be a call
        whose body is out of sight, a subscript that is data, or a lock that may or may not be the same one. Or a
        directive inside is not free of races itself.
        """,
    relevance="""
        The directive may be right. It is you, and not the analysis, who vouches for it.
        """,
    examples=(
        Example(
            before="""
                double model(double x);

                void evaluate(int n, const double *restrict x, double *restrict y) {
                    #pragma omp parallel for
                    for (int i = 0; i < n; i++)
                        y[i] = model(x[i]);
                }
                """,
            says="`model`: what it touches is not known",
            along=("PRG402",),
            change="Saying that `model` depends on nothing but its argument settles it:",
            after="""
                __attribute__((const)) double model(double x);

                void evaluate(int n, const double *restrict x, double *restrict y) {
                    #pragma omp parallel for
                    for (int i = 0; i < n; i++)
                        y[i] = model(x[i]);
                }
                """,
        ),
    ),
    resolution="""
        The message names the expression that stopped the analysis. Declare functions without side effects with
        `__attribute__((const))` or `((pure))`, or show their bodies; write subscripts as sums of multiples of loop
        variables. Then try the program under a race detector.
        """,
    certainty="It is neither an accusation nor an all-clear.",
)

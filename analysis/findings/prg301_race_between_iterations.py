"""PRG301: a race between iterations that a directive shares out."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG301",
    name="race-between-iterations",
    kind="directive",
    summary="An OpenMP directive shares out iterations that touch the same memory, one of them writing.",
    meaning="""
        The directive in your text lets the iterations of the loop run on different threads. Two of them use the same
        variable or element, at least one writes it, and nothing keeps them apart. The message gives both places.
        """,
    relevance="""
        This is a data race: the result may differ from run to run, and looks right in most tests. Even where a wrong
        value seems harmless, a compiler may assume that races do not happen.
        """,
    examples=(
        Example(
            before="""
                double total(int n, const double *x) {
                    double sum = 0.0;
                    #pragma omp parallel for
                    for (int i = 0; i < n; i++)
                        sum += x[i];
                    return sum;
                }
                """,
            says="race on `sum`: it is shared, and written and read by iterations that run on different threads",
            change="The clause gives each thread a sum of its own and adds them up at the end:",
            after="""
                double total(int n, const double *x) {
                    double sum = 0.0;
                    #pragma omp parallel for reduction(+:sum)
                    for (int i = 0; i < n; i++)
                        sum += x[i];
                    return sum;
                }
                """,
        ),
        Example(
            before="""
                void running_mean(int n, double *x) {
                    #pragma omp parallel for
                    for (int i = 1; i < n; i++)
                        x[i] = 0.5 * (x[i] + x[i - 1]);
                }
                """,
            says=(
                "race on `x`: the same element is written and read in iterations that may run on different threads (1"
                " iteration apart)"
            ),
            along=("PRG101",),
            change="Here each iteration needs the one before, and no clause helps. The loop is serial:",
            after="""
                void running_mean(int n, double *x) {
                    for (int i = 1; i < n; i++)
                        x[i] = 0.5 * (x[i] + x[i - 1]);
                }
                """,
            left=("PRG101",),
        ),
    ),
    resolution="""
        Where a clause mends it, the corrected pragma is shown and can be applied in the editor: `private` for a
        temporary, `reduction` for an accumulation, `lastprivate` for a value that is used afterwards. An update of an
        element that iterations share needs `#pragma omp atomic`. For a dependence between iterations, see what the
        loop itself is found to have (PRG101 to PRG103).
        """,
    certainty="""
        It is said only where the text shows that two iterations meet. Where they only might, it is PRG306.
        """,
)

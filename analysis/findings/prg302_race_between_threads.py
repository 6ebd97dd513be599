"""PRG302: a race between the threads of a parallel region."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG302",
    name="race-between-threads",
    kind="directive",
    summary="The threads of a parallel region use the same memory, one of them writing, with no barrier between.",
    meaning="""
        Code in a `parallel` region is run by every thread. Two of them use the same shared variable, at least one
        writes it, and no barrier, lock or critical section keeps the two apart. `master` and `masked` have no barrier
        at their end, and `nowait` takes away the one that other constructs have.
        """,
    relevance="""
        One thread may read the variable before the other has written it, in some runs.
        """,
    examples=(
        Example(
            before="""
                void normalise(int n, double *x) {
                    double factor;
                    #pragma omp parallel shared(factor)
                    {
                        #pragma omp master
                        factor = 1.0 / n;
                        #pragma omp for
                        for (int i = 0; i < n; i++)
                            x[i] *= factor;
                    }
                }
                """,
            says="race on `factor`: written and read, and there is no barrier after `master`",
            along=("PRG306",),
            change="`single` has a barrier at its end, so every thread waits for the factor:",
            after="""
                void normalise(int n, double *x) {
                    double factor;
                    #pragma omp parallel shared(factor)
                    {
                        #pragma omp single
                        factor = 1.0 / n;
                        #pragma omp for
                        for (int i = 0; i < n; i++)
                            x[i] *= factor;
                    }
                }
                """,
        ),
    ),
    resolution="""
        - Put `#pragma omp barrier` between the two, or take `nowait` away.
        - Declare what each thread needs for itself inside the region, or list it in `private`.
        - Protect what all threads update with `reduction`, `atomic` or `critical`.
        """,
    certainty="""
        It is said only where the text shows that the two can happen at the same time. Where a lock or an unseen call
        may keep them apart, it is PRG306.
        """,
)

"""PRG115: OpenMP constructs in the loop, or around it, allow no other in their place."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG115",
    name="openmp-inside",
    kind="serial",
    summary="The loop holds OpenMP constructs that belong to the threads around it, or stands inside a simd construct.",
    meaning="""
        `barrier`, `single`, `for`, `sections` and the like deal with the team of threads that meets them; inside a loop
        that is itself shared out they may not stand (OpenMP 5.2, §17.1), since not every thread would meet them. Tasks
        belong to the team, and to the data environment, in which they are made. Inside `simd` hardly any construct may
        stand.
        """,
    relevance="""
        A compiler refuses the pragma. Where the constructs stand in a function that the loop calls it cannot see them:
        the program waits for ever, or variables are shared that were not.
        """,
    examples=(
        Example(
            before="""
                void step(int n, double *restrict x) {
                    for (int i = 0; i < n; i++) {
                        #pragma omp task
                        x[i] = 2.0 * x[i];
                    }
                    #pragma omp taskwait
                }
                """,
            says="`task` in the loop belongs to the threads around it, and may not stand in another construct's loop",
            along=("PRG306",),
            change="Iterations that are all alike need no tasks:",
            after="""
                void step(int n, double *restrict x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
        ),
    ),
    resolution="""
        The loop was written for several threads already. Leave it, or take the constructs out and let the whole loop be
        shared out instead.
        """,
    certainty="The rule is the language's and is decided by the text, in called functions too.",
)

"""PRG305: a simd construct breaks a dependence."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG305",
    name="simd-dependence",
    kind="directive",
    summary="A simd directive runs iterations side by side of which one needs the other.",
    meaning="""
        `simd` promises the compiler that a few neighbouring iterations can be computed at once in the lanes of a vector
        register. Here a later iteration needs what an earlier one writes, or overwrites what it still has to read.
        `loop bind(thread)` promises more: that one thread can take the iterations in any order.
        """,
    relevance="""
        The compiler believes the promise. What it makes of the loop depends on compiler, options and machine: right
        with one, wrong with another.
        """,
    examples=(
        Example(
            before="""
                void decay(int n, double *x) {
                    #pragma omp simd
                    for (int i = 4; i < n; i++)
                        x[i] = 0.5 * x[i - 4];
                }
                """,
            says="`x` is written and read in iterations that the simd construct runs side by side",
            along=("PRG101",),
            change="""
                The dependence spans four iterations, so up to four of them can run side by side. `safelen` says so:
                """,
            after="""
                void decay(int n, double *x) {
                    #pragma omp simd safelen(4)
                    for (int i = 4; i < n; i++)
                        x[i] = 0.5 * x[i - 4];
                }
                """,
            left=("PRG101",),
        ),
    ),
    resolution="""
        - With a constant distance d of two or more, add `safelen(d)`.
        - With a distance of one, take the directive away.
        - Add `reduction` for an accumulation, and `private` for a temporary.
        """,
    certainty="""
        It is said only where running the statements side by side breaks the dependence. Race detectors do not see such
        faults, since one thread does all the work.
        """,
)

"""PRG001: the loop can run in parallel."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG001",
    name="parallel-loop",
    kind="parallel",
    summary="The loop can run in parallel, and the pragma that makes it do so is shown.",
    meaning="""
        No iteration of the loop needs what another one computes, or the clauses of the pragma take care of it. The
        iterations may therefore run in any order, and at the same time.

        *Proved* means that this follows from the text alone. Where the proof needs something that the text does not
        say, the assumption is listed with it. *Verified* means that the text leaves it open, but that the plan was
        compiled and run on this machine, and every check passed.
        """,
    relevance="""
        This is the loop that can use more than one core. Whether it gains depends on how much work it does: to start
        a team of threads costs a few microseconds, so a loop over a hundred numbers is better left alone. Pragmatist
        says so where it can tell that threads cannot pay.
        """,
    examples=(
        Example(
            before="""
                void scale(int n, double *x, double factor) {
                    for (int i = 0; i < n; i++)
                        x[i] = factor * x[i];
                }
                """,
            says="parallel (proved): no iteration depends on another",
            pragma="#pragma omp parallel for",
        ),
    ),
    resolution="""
        There is nothing to mend. Accept the edit in your editor, or run `pragmatist fix`, which inserts the pragma only
        after its checks have passed. Compile with OpenMP switched on: `-fopenmp` for gcc and clang.
        """,
    certainty="""
        A proof is exact, not a guess. It rests on the C and C++ rules that your compiler relies on too: no access
        outside an array, no signed overflow, no object reached through a pointer to an unrelated type. A sum of
        floating-point numbers is taken in another order, so its last digits may differ from the serial ones.
        """,
)

"""PRG111: a jump out of the loop."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG111",
    name="early-exit",
    kind="serial",
    summary="The loop can be left before its last iteration.",
    meaning="""
        A `break`, `return`, `goto` or `throw` leaves the loop early, or a label lets a jump come in. Inside a `try`
        block, so does what may throw by itself: `v.at(i)`, `new`, a container that grows. OpenMP shares out the
        iterations before the loop begins, so it must know how many there are.
        """,
    relevance="""
        Iterations after the exit must not run, and in parallel some of them have begun already. Compilers refuse a
        `break` out of an OpenMP loop; an exception that leaves one ends the program.
        """,
    examples=(
        Example(
            before="""
                int find(int n, const int *x, int wanted) {
                    for (int i = 0; i < n; i++)
                        if (x[i] == wanted)
                            return i;
                    return n;
                }
                """,
            says=("`return` leaves the loop early: later iterations must not run, and in parallel they may have begun"),
            change="""
                Look at every element, and reduce to the smallest index that matches. It does more work, but on all
                cores:
                """,
            after="""
                int find(int n, const int *x, int wanted) {
                    int first = n;
                    for (int i = 0; i < n; i++) {
                        int candidate = x[i] == wanted ? i : n;
                        if (candidate < first)
                            first = candidate;
                    }
                    return first;
                }
                """,
        ),
    ),
    resolution="""
        - A search becomes a reduction, as in the example. If matches usually come early, search block by block: leave
          the serial loop over blocks early, and run each block in parallel.
        - An error check becomes a flag: `bad |= x[i] < 0` is a reduction; test it after the loop.
        - An exception must be caught in the iteration that throws it.
        """,
    certainty="""
        If you know that the exit is never taken, the loop is parallel without it. Whether it is taken is not decided
        here.
        """,
)

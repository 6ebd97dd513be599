"""PRG507: a loop variable that is read after the loop."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG507",
    name="counter-used-after",
    kind="plan",
    summary="The loop variable is read after the loop, and would not be set if the loop runs no iteration.",
    meaning="""
        The loop variable is declared before the loop and read after it. `lastprivate` hands out its final value, but
        only if there is an iteration: with `n` equal to 0, the serial loop sets `i` to 0, and the parallel one leaves
        what was there.
        """,
    relevance="""
        It goes wrong for empty input only, which tests seldom cover. gcc and clang both do so, and OpenMP lets them.
        """,
    examples=(
        Example(
            before="""
                int clear(int n, double *x) {
                    int i;
                    for (i = 0; i < n; i++)
                        x[i] = 0.0;
                    return i;
                }
                """,
            says=(
                "i may be read after the loop, and when the loop runs no iteration it would not get its first value: "
                "declare it in the loop header, or set it again before it is read"
            ),
            change="Declare the variable in the header, and say what is meant afterwards:",
            after="""
                int clear(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 0.0;
                    return n > 0 ? n : 0;
                }
                """,
        ),
    ),
    resolution="""
        Declare the loop variable in the header of the loop. If its final value is needed, compute it from the bound.
        """,
    certainty="If the loop always has an iteration, the plan is right as it is; a verification can say so.",
)

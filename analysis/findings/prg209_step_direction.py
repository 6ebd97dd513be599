"""PRG209: a step that is a parameter is assumed to lead towards the bound."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG209",
    name="step-direction",
    kind="assumption",
    summary="The plan assumes that a loop's step is not zero, and leads towards its bound.",
    meaning="""
        The step is a variable. OpenMP computes the number of iterations before the loop begins, by dividing by it.
        """,
    relevance="""
        With a step of 0 and a bound that is reached already, the serial loop does nothing. In parallel the division
        ends the program. No `if` clause can help, since the division is done whatever it says.
        """,
    examples=(
        Example(
            before="""
                void every(int n, int s, double *x) {
                    for (int i = 0; i < n; i += s)
                        x[i] = 0.0;
                }
                """,
            says="the step `s` is greater than 0 whenever the loop is reached",
            change="Where the text says so, nothing is left to assume:",
            after="""
                void every(int n, int s, double *x) {
                    if (s > 0)
                        for (int i = 0; i < n; i += s)
                            x[i] = 0.0;
                }
                """,
        ),
    ),
    resolution="Ask `if (s > 0)` before the loop, or make the step a constant.",
    certainty="""
        A loop with this assumption is a candidate, never proved. With a step that leads away from the bound the serial
        loop would run out of its arrays, so only zero matters in practice.
        """,
)

"""PRG114: the loop is not in OpenMP's canonical form."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG114",
    name="not-canonical",
    kind="unknown",
    summary="The loop is not written in the form that OpenMP can share out.",
    meaning="""
        OpenMP must know before the loop begins how many iterations there are. So it accepts one form only (OpenMP 5.2,
        §4.4.1): `for (i = first; i < bound; i += step)`, where `i` is an integer (or pointer, or random-access
        iterator), the comparison is `<`, `<=`, `>`, `>=` or `!=`, and neither `bound` nor `step` nor `i` changes in the
        loop's body. With `!=` the step must be 1 or -1.
        """,
    relevance="""
        A compiler refuses the pragma before any other loop, or takes a changing bound at its first value. The loop may
        well be parallel; it has to be written so that this can be said.
        """,
    examples=(
        Example(
            before="""
                void clear(int n, double *x) {
                    for (int i = 0; i != n; i += 2)
                        x[i] = 0.0;
                }
                """,
            says="a condition with `!=` needs a step of 1 or -1",
            change="With `<` it is clear where the loop ends, also when `n` is odd:",
            after="""
                void clear(int n, double *x) {
                    for (int i = 0; i < n; i += 2)
                        x[i] = 0.0;
                }
                """,
        ),
        Example(
            before="""
                void scale(int n, double *restrict x, const double *restrict y) {
                    int i = 0;
                    while (i < n) {
                        x[i] = 2.0 * y[i];
                        i++;
                    }
                }
                """,
            says="OpenMP cannot share out a `while` loop, but this one counts: `i` changes by 1 each time",
            change="The start, the condition and the step go into the header:",
            after="""
                void scale(int n, double *restrict x, const double *restrict y) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * y[i];
                }
                """,
        ),
    ),
    resolution="""
        - Turn a `while` loop that counts into a `for` loop.
        - Keep a bound that does not change in a variable before the loop: `const int count = (int)strlen(s);`.
        - Initialise one variable in the header, and compute others in the body (see PRG106).
        - Count with an integer and compute the floating-point number from it: `double t = i * step;`.
        - A second condition in the header (`i < n && !found`) is an early exit: see PRG111.
        - A list that is followed by pointers can be copied into an array of pointers first.
        """,
    certainty="The form is a rule of the language and is decided by the text alone.",
)

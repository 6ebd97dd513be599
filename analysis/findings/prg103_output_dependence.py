"""PRG103: output dependence."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG103",
    name="output-dependence",
    kind="serial",
    summary="Several iterations write the same element, and the last one counts.",
    meaning="""
        Two iterations write the same array element. Run one after the other, the later write stays.
        """,
    relevance="""
        In parallel either write may come last, so the element ends with one value in this run and with another in the
        next. It is a data race even where both would write the same.
        """,
    examples=(
        Example(
            before="""
                void halve(int n, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[i / 2] = x[i];
                }
                """,
            says="output dependence: `y[i / 2]` writes the same element in several iterations; the last one counts",
            change="Let each iteration own one element of the result, and write there only the value that would stay:",
            after="""
                void halve(int n, const double *restrict x, double *restrict y) {
                    for (int k = 0; k < n / 2; k++)
                        y[k] = x[2 * k + 1];
                    if (n % 2 == 1)
                        y[n / 2] = x[n - 1];
                }
                """,
        ),
    ),
    resolution="""
        - Loop over the elements that are written, so that each is written once.
        - If all writes are updates such as `y[k] += ...`, and the array's size is known, they can be a reduction.
        - If the element is only a temporary of one iteration, declare it inside the loop.
        """,
    certainty="The dependence was found by exact arithmetic on the subscripts.",
)

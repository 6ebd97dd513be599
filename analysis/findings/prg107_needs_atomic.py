"""PRG107: updates of elements that several iterations may share."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG107",
    name="shared-updates",
    kind="serial",
    summary="Several iterations may update the same element, and the array's size is not known for a reduction.",
    meaning="""
        Each iteration adds to (or multiplies, or takes the maximum with) an element, and two iterations may choose the
        same one. As the order of such updates does not matter, a reduction over the array would do. But a reduction
        gives each thread a copy of the whole array, and how long it is cannot be seen here.
        """,
    relevance="""
        Two threads that update one element at the same time lose one of the updates. The sums come out too small, by
        a different amount in each run.
        """,
    examples=(
        Example(
            before="""
                void add_up(int n, const int *restrict length, const double *restrict x, double *restrict sums) {
                    for (int i = 0; i < n; i++)
                        for (int k = 0; k < length[i]; k++)
                            sums[k] += x[64 * i + k];
                }
                """,
            says=(
                "several iterations may update the same element of `sums`, and its extent is not known for a reduction"
            ),
            change="""
                When the number of elements is bounded by a constant, accumulate in an array of that size, which can be
                reduced, and add it up afterwards:
                """,
            after="""
                void add_up(int n, const int *restrict length, const double *restrict x, double *restrict sums) {
                    double part[64] = {0.0};
                    for (int i = 0; i < n; i++)
                        for (int k = 0; k < length[i]; k++)
                            part[k] += x[64 * i + k];
                    for (int k = 0; k < 64; k++)
                        sums[k] += part[k];
                }
                """,
        ),
    ),
    resolution="""
        - Accumulate in a local array of constant size, as in the example.
        - Or write `#pragma omp parallel for` before the loop and `#pragma omp atomic` before the update, yourself. That
          is right for any size; it is fast when two threads seldom meet at one element.
        - Or turn the loop round, so that each iteration owns one element and gathers what belongs to it.
        """,
)

"""PRG205: data that bound an inner loop are assumed to stay below what would let iterations meet."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG205",
    name="bounded-data",
    kind="assumption",
    summary="The plan assumes that data which bound an inner loop never exceed a limit.",
    meaning="""
        Each iteration has a stretch of an array of its own, `64*i` to `64*i + 63`, and an inner loop runs over as much
        of it as is in use: `count[i]` elements. Iterations meet exactly when some `count[i]` exceeds the stretch. What
        it holds is data, which the text does not tell.
        """,
    relevance="""
        Where cells or buckets have a capacity, the data keep to it, and the loop is parallel. Where one overflows, the
        serial program already writes into its neighbour, and two threads then do so at the same time.
        """,
    examples=(
        Example(
            before="""
                void advance(int cells, const int *restrict count, const double *restrict v, double *restrict x) {
                    for (int i = 0; i < cells; i++)
                        for (int k = 0; k < count[i]; k++)
                            x[64 * i + k] += v[64 * i + k];
                }
                """,
            says="count[i] <= 64 in every iteration, so that no two of them meet at `x[64 * i + k]`",
            change="A bound that stands in the text needs no assumption:",
            after="""
                void advance(int cells, const int *restrict count, const double *restrict v, double *restrict x) {
                    for (int i = 0; i < cells; i++) {
                        int used = count[i] < 64 ? count[i] : 64;
                        for (int k = 0; k < used; k++)
                            x[64 * i + k] += v[64 * i + k];
                    }
                }
                """,
        ),
    ),
    resolution="""
        - Have the plan verified on real data: the race checks see each element that two iterations reach.
        - Write the limit into the inner loop's bound, as in the example, or declare the array with rows of that
          length (`double (*x)[64]`), which no subscript may leave.
        """,
    certainty="""
        A loop with this assumption is a candidate, never proved. The limit itself is computed by exact integer
        arithmetic.
        """,
)

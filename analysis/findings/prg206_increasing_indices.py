"""PRG206: an index array is assumed never to decrease."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG206",
    name="increasing-indices",
    kind="assumption",
    summary="The plan assumes that the values of an index array never decrease.",
    meaning="""
        Each iteration works on the stretch from `start[i]` to `start[i + 1] - 1` of an array, as for the rows of a
        compressed sparse matrix. Two iterations meet only if `start` goes back somewhere. What it holds is data, which
        the text does not tell.
        """,
    relevance="""
        The row pointers of a sparse matrix never decrease, and the loop is parallel. In an array that was built
        wrongly, or is used before it is complete, stretches overlap, and two threads write one element at the same
        time.
        """,
    examples=(
        Example(
            before="""
                void scale(int rows, const int *restrict start, const double *restrict factor, double *restrict value) {
                    for (int i = 0; i < rows; i++)
                        for (int k = start[i]; k < start[i + 1]; k++)
                            value[k] *= factor[i];
                }
                """,
            says="the values of `start` never decrease over the loop",
            change="Where the stretches are of one length, a computed start needs no assumption:",
            after="""
                void scale(int rows, const double *restrict factor, double *restrict value) {
                    for (int i = 0; i < rows; i++)
                        for (int k = 8 * i; k < 8 * (i + 1); k++)
                            value[k] *= factor[i];
                }
                """,
        ),
    ),
    resolution="""
        - Have the plan verified on real data: the race checks see each element that two iterations reach.
        - Check the array once where it is made: `start[i] <= start[i + 1]` for every row.
        """,
    certainty="""
        A loop with this assumption is a candidate, never proved. That the assumption is enough is shown by the exact
        dependence tests.
        """,
)

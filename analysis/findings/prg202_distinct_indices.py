"""PRG202: an index array is assumed to hold no value twice."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG202",
    name="distinct-indices",
    kind="assumption",
    summary="The plan assumes that an index array holds no value twice.",
    meaning="""
        The loop writes `y[slot[i]]`. Two iterations write the same element exactly when `slot` holds the same value
        twice. What it holds is data, which the text does not tell.
        """,
    relevance="""
        In a permutation there are no duplicates, and the loop is parallel. In a histogram or a mesh there are, and two
        threads then write one element at the same time.
        """,
    examples=(
        Example(
            before="""
                void scatter(int n, const int *restrict slot, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[slot[i]] = x[i];
                }
                """,
            says="`slot` has no duplicate values over the loop",
            change="""
                If `slot` is a permutation, its inverse turns the scattered writes into scattered reads, which never
                collide:
                """,
            after="""
                void gather(int n, const int *restrict from, const double *restrict x, double *restrict y) {
                    for (int i = 0; i < n; i++)
                        y[i] = x[from[i]];
                }
                """,
        ),
    ),
    resolution="""
        - Have the plan verified on real data: the race checks see each element that is written twice.
        - Gather instead of scattering, as in the example.
        - For updates (`y[slot[i]] += ...`) with duplicates, put `#pragma omp atomic` before the update, or accumulate
          in an array of known size (see PRG107).
        - For meshes, colour the elements so that those of one colour share no node.
        """,
    certainty="""
        A loop with this assumption is a candidate, never proved. A verification says that the data it ran on had no
        duplicates.
        """,
)

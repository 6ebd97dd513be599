"""PRG203: the pointers in an array are assumed to lead to different rows."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG203",
    name="distinct-rows",
    kind="assumption",
    summary="The plan assumes that the pointers in an array lead to rows that do not overlap.",
    meaning="""
        `a` is an array of pointers (`double **`), and each iteration writes through one of them. Nothing in the
        language keeps `a[0]` and `a[1]` from leading to the same row.
        """,
    relevance="""
        If two of the pointers are equal, two iterations write the same row at the same time.
        """,
    examples=(
        Example(
            before="""
                void clear(int n, int m, double **a) {
                    for (int i = 0; i < n; i++)
                        for (int j = 0; j < m; j++)
                            a[i][j] = 0.0;
                }
                """,
            says="the pointers in a lead to rows that do not overlap",
            change="A true two-dimensional array has rows that cannot overlap:",
            after="""
                void clear(int n, int m, double a[n][m]) {
                    for (int i = 0; i < n; i++)
                        for (int j = 0; j < m; j++)
                            a[i][j] = 0.0;
                }
                """,
        ),
    ),
    resolution="""
        - Use one block of memory, as `a[n][m]` or as `a[i * m + j]`. It is faster, too.
        - Where each row is allocated in the same file (`a[i] = malloc(...)`), nothing is assumed.
        - Otherwise have the plan verified.
        """,
    certainty="A loop with this assumption is a candidate, never proved.",
)

"""PRG201: two pointers are assumed to lead to different memory."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG201",
    name="no-overlap",
    kind="assumption",
    summary="The proof assumes that two arrays do not overlap.",
    meaning="""
        The loop writes through one pointer and reads or writes through another. If the two lead to the same memory, a
        write of one iteration may be what another one reads. The text does not say that they do not.
        """,
    relevance="""
        A caller may pass overlapping arrays: `smooth(n, a, a + 1)` is legal C. The loop then means something that only
        the serial order gives.
        """,
    examples=(
        Example(
            before="""
                void smooth(int n, const double *x, double *y) {
                    for (int i = 1; i < n - 1; i++)
                        y[i] = 0.25 * x[i - 1] + 0.5 * x[i] + 0.25 * x[i + 1];
                }
                """,
            says="x and y do not overlap",
            pragma="#pragma omp parallel for if(y + n - 1 <= x || x + n <= y + 1)",
            change="`restrict` says it for good, and lets the compiler vectorise as well:",
            after="""
                void smooth(int n, const double *restrict x, double *restrict y) {
                    for (int i = 1; i < n - 1; i++)
                        y[i] = 0.25 * x[i - 1] + 0.5 * x[i] + 0.25 * x[i + 1];
                }
                """,
        ),
    ),
    resolution="""
        Where the range that each pointer covers is known, you need do nothing: the pragma's `if` clause compares them
        each time, and the loop runs on one thread when they overlap. Otherwise declare the pointers `restrict` (C) or
        `__restrict` (C++ with gcc, clang or MSVC), if the callers keep that promise; or have the plan verified.
        """,
    certainty="""
        With an `if` clause, or with `restrict`, nothing is left to assume. Pointers to types that may not share memory
        (`int *` and `double *`) need no assumption: that is the language's aliasing rule, on which compilers
        rely by default; `-fno-strict-aliasing` switches it off.
        """,
)

"""PRG509: copies of arrays that may not fit on a thread's stack."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG509",
    name="large-private-copies",
    kind="plan",
    summary="Each thread would get a copy of a large array on its stack, which may overflow.",
    meaning="""
        Arrays in `private`, `firstprivate`, `lastprivate` and `reduction` clauses are copied for each thread. gcc and
        clang put the copies on the thread's stack, which has a few megabytes. More than one megabyte in all, or a size
        that is not a constant, is not let through as proved.
        """,
    relevance="When the stack overflows, the program ends with a segmentation fault and no message.",
    examples=(
        Example(
            before="""
                static long histogram[1000000];

                void count(int n, const int *key) {
                    for (int i = 0; i < n; i++)
                        histogram[key[i]]++;
                }
                """,
            says=(
                "each thread gets a copy of histogram on its stack, 16,000,000 bytes so far, which may overflow it: "
                "declare a smaller array or raise OMP_STACKSIZE"
            ),
            change="With as many bins as are needed, the copies are small:",
            after="""
                static long histogram[1000];

                void count(int n, const int *key) {
                    for (int i = 0; i < n; i++)
                        histogram[key[i]]++;
                }
                """,
        ),
    ),
    resolution="""
        - Make the array smaller, or raise the stack of the threads: `OMP_STACKSIZE=64M` in the environment.
        - For a large array with few collisions, `#pragma omp atomic` before the update costs no copies.
        """,
    certainty="The size is computed from the declaration. How large the stack is, the text does not say.",
)

"""PRG403: where a pointer leads is not known."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG403",
    name="pointer-target",
    kind="unknown",
    summary="The loop writes through a pointer of which it is not known where it leads.",
    meaning="""
        The pointer may lead elsewhere in each iteration, or comes from a place that cannot be followed: chosen by data,
        stored in a structure, converted from a number. So its subscripts say nothing about which memory is meant.
        """,
    relevance="""
        Two iterations may write the same memory through different pointers, or through the same one.
        """,
    examples=(
        Example(
            before="""
                void clear(int n, double *restrict a, double *restrict b, const int *restrict which) {
                    for (int i = 0; i < n; i++) {
                        double *p = which[i] ? a : b;
                        p[i] = 0.0;
                    }
                }
                """,
            says="`p[i]` is reached through `which[i] ? a : b`, which may point elsewhere in each iteration",
            change="Name the arrays where they are written:",
            after="""
                void clear(int n, double *restrict a, double *restrict b, const int *restrict which) {
                    for (int i = 0; i < n; i++) {
                        if (which[i])
                            a[i] = 0.0;
                        else
                            b[i] = 0.0;
                    }
                }
                """,
        ),
    ),
    resolution="""
        Subscript one array with the loop variable instead of moving or choosing a pointer. Set pointers before the
        loop, if they do not change in it, and declare them `restrict`. Lists and trees can be copied into an array of
        pointers first. Or have the plan verified.
        """,
)

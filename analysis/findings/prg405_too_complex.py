"""PRG405: too complex to decide."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG405",
    name="too-complex",
    kind="unknown",
    summary="The loop is too large or too complex to decide.",
    meaning="""
        Every pair of accesses to the same array has to be held against each other. The loop has so many, or their
        subscripts are so intricate, that this would take too long for an editor to wait.
        """,
    relevance="""
        Nothing was found against the loop, and nothing is proved.
        """,
    examples=(
        Example(
            before="""
                #define ADD1(k) x[n * (k) + i] += x[n * (k + 1) + i]
                #define ADD4(k) ADD1(k); ADD1((k) + 2); ADD1((k) + 4); ADD1((k) + 6)
                #define ADD16(k) ADD4(k); ADD4((k) + 8); ADD4((k) + 16); ADD4((k) + 24)
                #define ADD64(k) ADD16(k); ADD16((k) + 32); ADD16((k) + 64); ADD16((k) + 96)

                void fold(int n, double *x) {
                    for (int i = 0; i < n; i++) {
                        ADD64(0);
                    }
                }
                """,
            says="the loop has too many accesses (192 of `x` alone) to hold them all against each other",
            change="A loop in place of the copies says the same in one line:",
            after="""
                void fold(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        for (int k = 0; k < 128; k += 2)
                            x[n * k + i] += x[n * (k + 1) + i];
                }
                """,
        ),
    ),
    resolution="""
        Roll up what was unrolled by hand; compilers unroll well. Split the loop into several, or move parts of the body
        into functions. Or have the plan verified.
        """,
)

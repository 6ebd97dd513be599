"""PRG513: a schedule clause that is not valid or not sensible."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG513",
    name="schedule",
    kind="plan",
    summary="The schedule clause is not one that OpenMP has, or leaves nothing to share out.",
    meaning="""
        `auto` and `runtime` take no chunk size, a `simd` directive takes no schedule, and a chunk that holds all
        iterations gives the whole loop to one thread.
        """,
    relevance="The pragma would not compile, or would gain nothing.",
    examples=(
        Example(
            before="""
                void scale(double *x) {
                    for (int i = 0; i < 10000; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            answers=('{"directive": "parallel for", "schedule": {"kind": "dynamic", "chunk": 16384}}',),
            says="a chunk of 16384 holds all 10000 iterations, so one thread would do them all: use less than 10000",
            better='{"directive": "parallel for", "schedule": {"kind": "dynamic", "chunk": 64}}',
        ),
    ),
    resolution="""
        Leave the clause out: `static` is usual, and best when all iterations cost the same. For iterations of uneven
        cost take `dynamic` with a chunk that gives each thread many chunks.
        """,
)

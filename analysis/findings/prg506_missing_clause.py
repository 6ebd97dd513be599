"""PRG506: a clause that a variable's role asks for is missing."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG506",
    name="missing-clause",
    kind="plan",
    summary="A variable needs a clause, and the plan has none for it.",
    meaning="""
        Without a clause, a variable that exists before the loop is shared by all threads. This one must not be: each
        thread needs a copy of its own, or its value has to be combined or handed out at the end.
        """,
    relevance="All threads would write one variable at the same time, which is a race.",
    examples=(
        Example(
            before="""
                void squares(int n, const double *restrict x, double *restrict y) {
                    double t;
                    for (int i = 0; i < n; i++) {
                        t = x[i] + 1.0;
                        y[i] = t * t;
                    }
                }
                """,
            answers=('{"directive": "parallel for"}',),
            says="t is missing from private: t is set anew in every iteration: it must be private",
            better='{"directive": "parallel for", "private": ["t"]}',
        ),
    ),
    resolution="Add the clause that the message names. A temporary is best declared inside the loop.",
)

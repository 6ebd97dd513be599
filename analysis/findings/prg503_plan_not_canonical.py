"""PRG503: a plan for a loop that OpenMP does not take."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG503",
    name="plan-not-canonical",
    kind="plan",
    summary="The loop is not in canonical form, so no OpenMP loop directive can be put before it.",
    meaning="""
        OpenMP takes loops of one form only, `for (i = lower; i < upper; i += step)`, with a bound and a step that the
        loop does not change. What exactly is missing here is said by PRG114. The code also stands where the text around
        the loop does not parse, so that its facts are incomplete.
        """,
    relevance="The pragma would not compile, or would mean something else.",
    examples=(
        Example(
            before="""
                void clear(int n, double *x) {
                    for (int i = 0; i != n; i += 2)
                        x[i] = 0.0;
                }
                """,
            says=(
                "the loop is not in canonical form: write it as for (i = lower; i < upper; i += step) with a bound "
                "and a step that the loop does not change"
            ),
            along=("PRG114",),
            after="""
                void clear(int n, double *x) {
                    for (int i = 0; i < n; i += 2)
                        x[i] = 0.0;
                }
                """,
            change="With `<` in place of `!=` there is a plan:",
        ),
    ),
    resolution="Write the loop in canonical form; PRG114 shows how.",
)

"""PRG508: a reduction with the wrong operator or section."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG508",
    name="wrong-reduction",
    kind="plan",
    summary="A reduction has another operator, or another array section, than the loop accumulates with.",
    meaning="""
        A reduction gives each thread a copy that starts at the operator's neutral value, and combines the copies with
        the operator. Both must be what the loop itself does. For what a pointer leads to, the section says how many
        elements to copy.
        """,
    relevance="With the wrong operator the result is wrong in every run with more than one thread.",
    examples=(
        Example(
            before="""
                double largest(int n, const double *x) {
                    double most = 0.0;
                    for (int i = 0; i < n; i++) {
                        if (x[i] > most)
                            most = x[i];
                    }
                    return most;
                }
                """,
            answers=('{"directive": "parallel for", "reductions": [{"operator": "+", "variable": "most"}]}',),
            says="most accumulates with max, not with +: write reduction(max:most)",
            better='{"directive": "parallel for", "reductions": [{"operator": "max", "variable": "most"}]}',
        ),
    ),
    resolution="Use the operator and the section that the message names.",
)

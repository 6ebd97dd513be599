"""PRG510: a guard that speaks of a variable with private copies."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG510",
    name="guard-of-private",
    kind="plan",
    summary="The if clause cannot stand in for an assumption about a variable that has private copies.",
    meaning="""
        An `if` clause that is false makes the loop run on one thread. It does not undo the other clauses: the one
        thread still works on a private copy. So the clause does not give back the serial program for a variable that
        it speaks of and that is copied.
        """,
    relevance="The case for which the guard is there would still be wrong.",
    examples=(
        Example(
            before="""
                void smooth(int n, const double *x, double *y) {
                    for (int i = 1; i < n - 1; i++)
                        y[i] = 0.5 * (x[i - 1] + x[i + 1]);
                }
                """,
            answers=(
                '{"directive": "parallel for", "firstprivate": ["x"], "condition": "y + n - 1 <= x || x + n <= y + 1"}',
            ),
            says=(
                "not proved: if(y + n - 1 <= x || x + n <= y + 1) cannot stand in for the assumption that x and y do "
                "not overlap, because x has private copies even when the loop runs on one thread"
            ),
            better='{"directive": "parallel for", "condition": "y + n - 1 <= x || x + n <= y + 1"}',
        ),
    ),
    resolution="""
        Leave the copy out, or declare the pointers `restrict`, so that nothing is assumed and no guard is needed.
        """,
    certainty="Copies of a pointer that nobody changes do no harm. The rule does not look that closely.",
)

"""PRG505: a clause that a variable's role forbids."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG505",
    name="wrong-clause",
    kind="plan",
    summary="A variable stands in a clause that is wrong for what the loop does with it.",
    meaning="""
        What the loop does with a variable gives it a role: a sum, a temporary, a value that is only read. Each role
        goes with certain clauses. The plan uses another one, or there is none that could be right, and the message
        says why. Where the facts leave a variable's role open, as with a buffer that a function out of sight fills, the
        clause is only not proved: checks that run may find it right.
        """,
    relevance="""
        The program would compile, and compute something else: a sum that is made private, for instance, is thrown away
        at the end of the loop.
        """,
    examples=(
        Example(
            before="""
                double total(int n, const double *x) {
                    double sum = 0.0;
                    for (int i = 0; i < n; i++)
                        sum += x[i];
                    return sum;
                }
                """,
            answers=('{"directive": "parallel for", "private": ["sum"]}',),
            says="sum must not be in private: sum accumulates over the iterations: it needs reduction(+:sum)",
            better='{"directive": "parallel for", "reductions": [{"operator": "+", "variable": "sum"}]}',
        ),
    ),
    resolution="""
        Use the clause that the message names. Where it names none, change the loop: accumulate in a local variable of
        plain type, and store it where it belongs afterwards.
        """,
)

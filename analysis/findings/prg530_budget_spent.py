"""PRG530: a model's budget is spent."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG530",
    name="budget-spent",
    kind="plan",
    summary="The model used up its calls, tokens or seconds before a plan stood.",
    meaning="""
        Each refused plan goes back to the model with the reasons, and it may try again, until a limit on calls, tokens
        or time is reached. The last plan and what speaks against it are shown.
        """,
    relevance="It says something about the model, and nothing about the loop.",
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
            answers=(
                '{"directive": "parallel for", "private": ["sum"]}',
                '{"directive": "parallel for", "firstprivate": ["sum"]}',
                '{"directive": "parallel for", "lastprivate": ["sum"]}',
            ),
            says="no plan stood when the budget was spent (3 calls of the model)",
            along=("PRG505",),
        ),
    ),
    resolution="Use a larger model, another strategy, or the static planner (`--strategy static`).",
)

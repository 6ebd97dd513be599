"""PRG531: a model repeats an answer that was refused."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG531",
    name="repeated-answer",
    kind="plan",
    summary="The model repeats an answer that has been refused, so it is not asked again.",
    meaning="""
        The model was told why its plan does not stand, and gave the same plan again. It would go on to do so.
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
                '{"directive": "parallel for", "private": ["sum"]}',
            ),
            says="the model repeats the refused answer",
            along=("PRG505",),
        ),
    ),
    resolution="Use a larger model, another strategy, or the static planner (`--strategy static`).",
)

"""PRG501: a model's answer that is not a plan."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG501",
    name="malformed-answer",
    kind="plan",
    summary="A model's answer is not a plan.",
    meaning="""
        A model is asked for one JSON object that follows the schema of a plan. It wrote something else, or did not come
        to the end.
        """,
    relevance="""
        Nothing is guessed from prose. Most runtimes force the answer into the schema, so that this is rare there.
        """,
    examples=(
        Example(
            before="""
                void scale(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            answers=("Use a parallel loop here, it is perfectly safe.",),
            says="the answer holds no JSON object: answer with one that follows the schema",
            better='{"directive": "parallel for"}',
        ),
    ),
    resolution="""
        The model is told and asked again, as long as its budget lasts. If it happens often, use a larger model, or the
        static planner, which needs none.
        """,
)

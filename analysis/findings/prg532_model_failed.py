"""PRG532: the model could not answer."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG532",
    name="model-failed",
    kind="plan",
    summary="The model could not be loaded, or broke off its answer.",
    meaning="""
        The runtime refused the request or failed while it served it: the model's file is missing or damaged, the loop's
        description does not fit into its context, memory ran out, or the model's server broke off. The message carries
        the runtime's own words.
        """,
    relevance="The loop was not planned by the model. What the facts say of it stands all the same.",
    examples=(
        Example(
            intro="Any loop will do; the model's file is damaged:",
            before="""
                void scale(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            answers=(),
        ),
    ),
    resolution="""
        `pragmatist plan --strategy static` needs no model. For a model: check the path and the file, or that its server
        runs; take one with a longer context, or a smaller one if memory is short.
        """,
)

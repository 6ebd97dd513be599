"""PRG500: the plan is for another loop."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG500",
    name="other-loop",
    kind="plan",
    summary="The plan was made for another loop, or for an older text of this one.",
    meaning="""
        A plan belongs to one loop, known by its text. The loop that it is to be used on is another one, or it has been
        edited since.
        """,
    relevance="What was right for the older text need not be right for the new one.",
    examples=(
        Example(
            intro="The plan was made for this loop:",
            earlier="""
                void scale(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            change="It is refused for this one:",
            before="""
                void scale(int n, double *x) {
                    for (int i = 1; i < n; i++)
                        x[i] = 2.0 * x[i - 1];
                }
                """,
            answers=('{"directive": "parallel for"}',),
            along=("PRG101", "PRG505"),
        ),
    ),
    resolution="Make the plan anew. `pragmatist plan` does so for the text as it stands.",
)

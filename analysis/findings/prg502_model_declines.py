"""PRG502: a model answers that the loop should stay as it is."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG502",
    name="model-declines",
    kind="plan",
    summary="The model proposes to leave the loop as it is.",
    meaning="The model answered in due form that there should be no plan for this loop. Its reason is shown.",
    relevance="""
        This says nothing about the loop: a model can decline a loop that is parallel. The facts decide.
        """,
    examples=(
        Example(
            before="""
                void scale(double *x) {
                    for (int i = 0; i < 8; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            answers=('{"directive": "none", "rationale": "eight iterations are too few for threads"}',),
            says="no plan is proposed: eight iterations are too few for threads",
            better='{"directive": "simd"}',
        ),
    ),
    resolution="Use the static planner (`--strategy static`), or another strategy or model.",
)

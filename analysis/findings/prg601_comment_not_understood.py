"""PRG601: a comment that should switch something off is not understood."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG601",
    name="comment-not-understood",
    kind="comment",
    summary="A comment to Pragmatist names a code that does not exist, or is not understood at all.",
    meaning="""
        The comment begins with `pragmatist:`, so it is meant for us. What follows is not `ignore`, or a word behind it
        is neither a code, such as PRG101, nor a family of codes, such as `PRG1xx`.
        """,
    relevance="""
        What the comment was to switch off is still reported. And a code that is mistyped today may mean something else
        tomorrow.
        """,
    examples=(
        Example(
            before="""
                void sweep(int n, double *x) {
                    // pragmatist: ignore PRG1001
                    for (int i = 1; i < n; i++)
                        x[i] += x[i - 1];
                }
                """,
            says="`PRG1001` is no code: nothing is switched off by it; did you mean PRG101?",
            along=("PRG101",),
            change="The code that the loop has is switched off, with a reason for the next reader:",
            after="""
                void sweep(int n, double *x) {
                    // pragmatist: ignore PRG101 -- a recurrence, by design
                    for (int i = 1; i < n; i++)
                        x[i] += x[i - 1];
                }
                """,
            left=("PRG101",),
        ),
    ),
    resolution="""
        Write `pragmatist: ignore`, for everything at the loop and inside it, or `pragmatist: ignore PRG101, PRG2xx`,
        for some codes and families. A reason may follow behind ` -- `.
        """,
)

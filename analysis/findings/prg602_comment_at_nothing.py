"""PRG602: a comment switches nothing off, because there is nothing at its line."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG602",
    name="comment-at-nothing",
    kind="comment",
    summary="A comment that should switch something off stands at no loop and no directive.",
    meaning="""
        Such a comment is about the line that it stands on or, where it stands alone, about the next line that is not
        blank and no comment. A loop's header is to be there, or a directive.
        """,
    relevance="""
        The comment does nothing. Often the loop was moved or removed, and the comment forgotten; or it stands below
        the header, and the loop is reported all the same.
        """,
    examples=(
        Example(
            before="""
                void sweep(int n, double *x) {
                    for (int i = 1; i < n; i++) {
                        x[i] += x[i - 1];
                        // pragmatist: ignore
                    }
                }
                """,
            says="this comment switches nothing off: no loop and no directive begins on the line that it is about",
            along=("PRG101",),
            change="At the end of the header it is about the loop:",
            after="""
                void sweep(int n, double *x) {
                    for (int i = 1; i < n; i++) { // pragmatist: ignore
                        x[i] += x[i - 1];
                    }
                }
                """,
            left=("PRG101",),
        ),
    ),
    resolution="Move the comment to the line above the loop or to its header, or remove it.",
)

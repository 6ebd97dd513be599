"""PRG901: a floating-point reduction rounds in another order."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG901",
    name="rounding-order",
    kind="note",
    summary="A floating-point sum or product is taken in another order.",
    meaning="""
        The loop adds or multiplies floating-point numbers into one variable. In parallel each thread makes a partial
        result of its own, and the partial results are combined at the end.
        """,
    relevance="""
        Floating-point arithmetic rounds after every step, so another order of the steps can change the last digits. The
        result is not worse than the serial one, but it is not the same bit for bit, and it can depend on the number of
        threads.
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
            says="threads combine `sum` in another order than the serial loop, so the last digits may differ",
        ),
    ),
    resolution="""
        Compare results with a tolerance. Where every digit must be reproducible, leave the loop serial, or sum in a
        fixed order of blocks.
        """,
    certainty="""
        It is a note: it does not change the loop's verdict. Integer sums are exact, and so are minima and maxima of
        numbers; for those of what is not a number see PRG902.
        """,
)

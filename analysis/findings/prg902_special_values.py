"""PRG902: a floating-point minimum or maximum of values that are not numbers, or all infinite."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG902",
    name="special-values",
    kind="note",
    summary="A minimum or maximum may differ where values are not numbers (NaN), or where all are infinite.",
    meaning="""
        The loop finds the least or greatest of floating-point values. In parallel each thread begins with a copy of its
        own, and at the end the copies and the value before the loop are compared with each other. That is exact for
        numbers. Where NaN takes part the comparison is false either way, and what is found depends on the order:

        - With `if (x[i] > m) m = x[i];`, `std::max(m, x[i])` or `fmax(m, x[i])` a NaN among the values changes nothing.
          But where `m` is NaN before the loop, as with `m = x[0]`, it may be so after the serial loop and not after the
          parallel one.
        - With `m = m > x[i] ? m : x[i];` or `std::max(x[i], m)` the serial loop forgets at each NaN what it had found
          before, and each thread forgets only what it had found itself.

        Some compilers, clang among them, begin the copies of a maximum with the least finite number instead of minus
        infinity (and so with minima). Where `m` and all values are infinite, that number is what comes out.
        """,
    relevance="""
        A program that uses NaN for missing data, or infinity for "none found", may take another way after the loop. One
        whose values are numbers cannot.
        """,
    examples=(
        Example(
            before="""
                double largest(int n, const double *x) {
                    double m = x[0];
                    for (int i = 1; i < n; i++)
                        if (x[i] > m)
                            m = x[i];
                    return m;
                }
                """,
            says="where `m` begins as NaN or infinity, it may come out as another value than from the serial loop",
            pragma="#pragma omp parallel for reduction(max:m)",
            change="Begun with a finite number, no value among the elements makes a difference:",
            after="""
                #include <float.h>
                double largest(int n, const double *x) {
                    double m = -DBL_MAX;
                    for (int i = 0; i < n; i++)
                        if (x[i] > m)
                            m = x[i];
                    return m;
                }
                """,
        ),
    ),
    resolution="""
        You need do nothing where the values are numbers. Otherwise begin with a finite number and compare so that NaN
        is passed over, or count the NaN in a reduction of its own and ask for them after the loop.
        """,
    certainty="""
        It is a note: it does not change the loop's verdict. It is left out where the loop passes over NaN and the text
        shows that the variable begins as a finite number.
        """,
)

"""PRG208: subscripts computed with few bits, or with unsigned numbers, are assumed not to wrap around."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG208",
    name="no-wrap",
    kind="assumption",
    summary="Two iterations stay apart only if a subscript does not wrap around.",
    meaning="""
        A subscript of type `unsigned` is computed modulo 2**32: after 4294967295 comes 0. The same happens where a
        wider number is cut down to an `int` or `unsigned`. A subscript of type `size_t` is wide enough for all memory,
        but a variable in it may hold what was meant as a negative number: `(size_t)-1` is 2**64 - 1.
        """,
    relevance="""
        The language defines what happens then, so a program may rely on it: with `rows * cols` beyond 2**32, two rows
        are one, and their iterations are not independent.
        """,
    examples=(
        Example(
            before="""
                void clear(unsigned rows, unsigned cols, double *x) {
                    for (unsigned i = 0; i < rows; i++)
                        for (unsigned j = 0; j < cols; j++)
                            x[i * cols + j] = 0.0;
                }
                """,
            says="(unsigned long long)cols * rows - 1 <= 4294967295, so that the 32 bits of the subscripts of x "
            "suffice",
            pragma="#pragma omp parallel for if((unsigned long long)cols * rows - 1 <= 4294967295)",
            change="Computed with 64 bits, the subscript needs no condition:",
            after="""
                void clear(unsigned rows, unsigned cols, double *x) {
                    for (unsigned i = 0; i < rows; i++)
                        for (unsigned j = 0; j < cols; j++)
                            x[(unsigned long)i * cols + j] = 0.0;
                }
                """,
        ),
    ),
    resolution="""
        You need do nothing where the pragma's `if` clause asks the condition: it costs a comparison each time the loop
        is reached. To be rid of it, compute subscripts as `size_t` or `long`, by a cast of the first factor or by the
        types of the loop variables, and keep offsets that may be negative in signed variables. Where 64 bits might not
        hold the condition's own products, it is computed with `double`, which is exact enough for the comparison.
        """,
    certainty="""
        With the `if` clause nothing is left to assume. Where none can be written, the loop is a candidate. Products of
        64 bits are taken to fit, because memory ends before they do, and so are loop variables themselves.
        """,
)

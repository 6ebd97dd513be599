"""PRG303: a race between sections."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG303",
    name="race-between-sections",
    kind="directive",
    summary="Two sections that run at the same time use the same memory, one of them writing.",
    meaning="""
        The parts of a `sections` construct run on different threads, in no particular order. Two of them use the same
        variable, and at least one writes it.
        """,
    relevance="""
        The result depends on which section comes first. With an update in both, one of the updates can be lost.
        """,
    examples=(
        Example(
            before="""
                double both(const double *x, const double *y) {
                    double sum = 0.0;
                    #pragma omp parallel sections
                    {
                        #pragma omp section
                        sum += x[0];
                        #pragma omp section
                        sum += y[0];
                    }
                    return sum;
                }
                """,
            says="race on `sum`: written and read in sections that run at the same time",
            change="`sections` takes a reduction as well:",
            after="""
                double both(const double *x, const double *y) {
                    double sum = 0.0;
                    #pragma omp parallel sections reduction(+:sum)
                    {
                        #pragma omp section
                        sum += x[0];
                        #pragma omp section
                        sum += y[0];
                    }
                    return sum;
                }
                """,
        ),
    ),
    resolution="""
        Give each section a variable of its own and combine them after the construct, or use `reduction`, `atomic` or
        `critical`. If one section needs what another computes, they are no sections: write them one after the other.
        """,
)

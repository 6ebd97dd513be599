"""PRG210: a library call that reports what is wrong by an exception is assumed to find nothing wrong."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG210",
    name="no-exception",
    kind="assumption",
    summary="The plan assumes that a checked access in the loop throws no exception.",
    meaning="""
        `v.at(i)` throws `std::out_of_range` where `v` has no element `i`, and `dynamic_cast<T &>(x)` throws
        `std::bad_cast` where `x` is no `T`. The text does not show that this happens in no iteration.
        """,
    relevance="""
        OpenMP lets no exception leave a loop that runs in parallel: the program ends. Run serially, it could go to a
        handler of a caller, and the program could go on.
        """,
    examples=(
        Example(
            language="cpp",
            before="""
                #include <vector>
                void copy(std::vector<double> &y, const double *__restrict x, int n) {
                    for (int i = 0; i < n; i++)
                        y.at(i) = x[i];
                }
                """,
            says="`y.at(i)` throws in no iteration",
            pragma="#pragma omp parallel for if(n - 1 < (long long)y.size())",
            change="With the bound from the container itself, nothing is left to assume:",
            after="""
                #include <vector>
                void copy(std::vector<double> &y, const double *__restrict x, int n) {
                    for (std::size_t i = 0; i < y.size(); i++)
                        y.at(i) = x[i];
                }
                """,
        ),
    ),
    resolution="""
        You need do nothing where the pragma's `if` clause asks for the range. Otherwise let the loop run to the
        container's size, use `[]` where you know that the elements are there, cast a pointer instead of a reference, or
        catch the exception in the iteration that throws it.
        """,
    certainty="""
        With the `if` clause nothing is left to assume; without one the loop is a candidate. Inside a `try` block the
        program waits for the exception, and the loop is serial: see PRG111. That memory may run out is taken into
        account only there: elsewhere it is taken to suffice.
        """,
)

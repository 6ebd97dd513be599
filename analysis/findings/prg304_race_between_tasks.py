"""PRG304: a race with a task."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG304",
    name="race-between-tasks",
    kind="directive",
    summary="A task and code that does not wait for it use the same memory, one of them writing.",
    meaning="""
        A task may run at once, later, or on another thread. Another task, or the code after it, uses the same variable
        without waiting for it, and at least one of the two writes.
        """,
    relevance="""
        Whether the value is there in time depends on when the task happens to run. With one thread it often works,
        which hides the fault.
        """,
    examples=(
        Example(
            before="""
                double twice_plus_one(double x) {
                    double result = 0.0;
                    #pragma omp parallel
                    #pragma omp single
                    {
                        #pragma omp task shared(result)
                        result = 2.0 * x;
                        result += 1.0;
                    }
                    return result;
                }
                """,
            says="race on `result`: written and read in a task and in code that does not wait for it",
            along=("PRG306",),
            change="Wait for the task before its result is used:",
            after="""
                double twice_plus_one(double x) {
                    double result = 0.0;
                    #pragma omp parallel
                    #pragma omp single
                    {
                        #pragma omp task shared(result)
                        result = 2.0 * x;
                        #pragma omp taskwait
                        result += 1.0;
                    }
                    return result;
                }
                """,
        ),
    ),
    resolution="""
        - Wait with `#pragma omp taskwait`, or put the tasks into a `taskgroup`.
        - Order tasks among each other with `depend(out: x)` and `depend(in: x)`.
        - Give a task a copy of what it only reads: `firstprivate(x)`.
        - A variable of the enclosing function must live until the task has ended.
        """,
)

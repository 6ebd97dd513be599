"""PRG406: the loop has volatile or atomic objects or locks."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG406",
    name="volatile-or-atomic",
    kind="unknown",
    summary="The loop uses volatile or atomic objects, or locks: the order of its accesses has a meaning of its own.",
    meaning="""
        Each access to a `volatile` object is an effect that someone outside may see, in this order. Atomic objects and
        locks are there for threads to communicate. Functions such as `omp_get_thread_num` give another answer once the
        loop is parallel. What a program means by them is not in the text of the loop.
        """,
    relevance="""
        Another order of the iterations may be seen from outside, or break the protocol that the lock belongs to.
        """,
    examples=(
        Example(
            before="""
                volatile int progress;

                void scale(int n, double *x) {
                    for (int i = 0; i < n; i++) {
                        x[i] *= 2.0;
                        progress = i;
                    }
                }
                """,
            says="`progress` is volatile: its accesses are effects of their own, in this order",
            change="Report progress outside the hot loop, for example before each part of the work:",
            after="""
                volatile int progress;

                static void scale_part(int first, int last, double *x) {
                    for (int i = first; i < last; i++)
                        x[i] *= 2.0;
                }

                void scale(int n, double *x) {
                    progress = 0;
                    scale_part(0, n / 2, x);
                    progress = n / 2;
                    scale_part(n / 2, n, x);
                }
                """,
        ),
    ),
    resolution="""
        Take the object out of the loop. If `volatile` was meant to make a variable safe for threads, it does not do
        that: a plain variable with a `reduction` or `private` clause does. Loops that use locks are already written for
        threads; leave them, or rewrite them with OpenMP's constructs.
        """,
)

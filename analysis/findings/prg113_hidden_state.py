"""PRG113: a library function with hidden state."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG113",
    name="hidden-state",
    kind="serial",
    summary="The loop calls a library function that keeps hidden state between calls.",
    meaning="""
        Functions such as `rand`, `strtok` or `localtime` remember something from one call to the next. All iterations
        share that memory, although the text does not show it.
        """,
    relevance="""
        Called by several threads at once, such a function may return damaged results, or make the threads wait for
        each other. Even where it has a lock, each iteration gets other numbers in each run.
        """,
    examples=(
        Example(
            before="""
                #include <stdlib.h>

                void add_noise(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] += (double)rand() / RAND_MAX;
                }
                """,
            says="`rand` keeps hidden state between calls: it is neither safe nor reproducible in parallel",
            change="""
                Make the number from the loop variable. The numbers are others than those of `rand`, but they are the
                same in each run, whatever the number of threads:
                """,
            after="""
                static double noise(unsigned seed) {
                    seed = (seed ^ 61u) ^ (seed >> 16);
                    seed *= 9u;
                    seed ^= seed >> 4;
                    seed *= 0x27d4eb2du;
                    seed ^= seed >> 15;
                    return seed / 4294967296.0;
                }

                void add_noise(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] += noise((unsigned)i);
                }
                """,
        ),
    ),
    resolution="""
        - Random numbers: give each iteration, or each thread, a generator of its own; counter-based generators
          (Philox, Threefry) are made for this.
        - Use the re-entrant form where there is one: `strtok_r`, `localtime_r`, `rand_r`, `lgamma_r`.
        - Or call the function in a serial loop before, and keep the results in an array.
        """,
)

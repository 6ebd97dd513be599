"""PRG404: code that is not understood."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG404",
    name="not-understood",
    kind="unknown",
    summary="The loop contains code that is not understood, or that does not parse.",
    meaning="""
        Inline assembly, an extension of one compiler, a construct of C++ that is not covered yet, or text that does not
        parse. It may read and write anything that it names.
        """,
    relevance="""
        Nothing is proved about a loop of which a part cannot be read.
        """,
    examples=(
        Example(
            before="""
                void roots(int n, double *x) {
                    for (int i = 0; i < n; i++) {
                        double root;
                        __asm__("sqrtsd %1, %0" : "=x"(root) : "x"(x[i]));
                        x[i] = root;
                    }
                }
                """,
            says="inline assembly: what it does is not known",
            change="The library's function is as fast, since compilers turn it into that instruction:",
            after="""
                #include <math.h>

                void roots(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = sqrt(x[i]);
                }
                """,
        ),
    ),
    resolution="""
        Finish or correct text that does not parse. Write the code in plain C or C++, or move it into a function that is
        declared with `__attribute__((const))` or `((pure))` if it has no side effects. If it is ordinary C or C++,
        please report it.
        """,
)

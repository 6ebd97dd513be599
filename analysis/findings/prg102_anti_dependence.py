"""PRG102: anti dependence."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG102",
    name="anti-dependence",
    kind="serial",
    summary="An iteration overwrites an element that an earlier iteration still had to read.",
    meaning="""
        One iteration reads an array element, and a later iteration writes it. No value passes from the one to the
        other: the two only share the storage.
        """,
    relevance="""
        In parallel the later iteration may run first, and the reader then finds the new value where it needs the old
        one. Since only the storage is at fault, this is the dependence that is easiest to remove.
        """,
    examples=(
        Example(
            before="""
                void shift_left(int n, double *x) {
                    for (int i = 0; i < n - 1; i++)
                        x[i] = x[i + 1];
                }
                """,
            says="anti dependence: `x[i]` overwrites what `x[i + 1]` still had to read 1 iteration of `i` earlier",
            change="Writing to a second array keeps the old values where they are:",
            after="""
                void shift_left(int n, const double *restrict x, double *restrict shifted) {
                    for (int i = 0; i < n - 1; i++)
                        shifted[i] = x[i + 1];
                }
                """,
        ),
    ),
    resolution="""
        Write to a second array, and swap the two pointers after the loop if the computation goes on. Or copy what is
        to be read before the loop; that costs a pass over memory.
        """,
    certainty="""
        The dependence was found by exact arithmetic on the subscripts. "When ..." in the message gives the condition
        under which it exists.
        """,
)

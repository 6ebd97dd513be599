"""PRG504: a clause lists a name that it cannot list."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG504",
    name="clause-names",
    kind="plan",
    summary="A clause of the plan lists something that is no variable of the loop, or lists it twice.",
    meaning="""
        Every name in `private`, `firstprivate`, `lastprivate` and `reduction` must be a variable that the loop uses and
        that exists before it, must be a plain name, and may stand in one of the clauses only (`firstprivate` together
        with `lastprivate` is the exception).
        """,
    relevance="The pragma would not compile, or would copy what has nothing to do with the loop.",
    examples=(
        Example(
            before="""
                void scale(int n, double *x) {
                    for (int i = 0; i < n; i++)
                        x[i] = 2.0 * x[i];
                }
                """,
            answers=('{"directive": "parallel for", "private": ["tmp"]}',),
            says="the loop has no variable tmp: take it out of private",
            better='{"directive": "parallel for"}',
        ),
    ),
    resolution="Take the name out of the clause. A member such as `s->sum` needs a local variable in its place.",
)

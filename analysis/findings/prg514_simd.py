"""PRG514: something that a simd directive cannot carry."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG514",
    name="simd-cannot-carry",
    kind="plan",
    summary="The plan asks something of a simd directive that it cannot carry.",
    meaning="""
        A `simd` directive has no `firstprivate` clause, and its loop variable must be a number or a pointer: gcc takes
        no iterator there, hence no range-based `for`. Inside it no OpenMP constructs may stand but `atomic`, `loop` and
        `simd`.
        """,
    relevance="The pragma would not compile on every compiler.",
    examples=(
        Example(
            language="cpp",
            before="""
                #include <vector>

                void scale(std::vector<double> &x) {
                    for (double &value : x)
                        value *= 2.0;
                }
                """,
            answers=('{"directive": "parallel for simd"}',),
            says="simd takes no iterator such as value: use parallel for, or an index",
            better='{"directive": "parallel for"}',
        ),
    ),
    resolution="Use `parallel for`, or loop over an index. A value that is only read can stay shared.",
)

"""PRG515: data mapping that is missing, needless, or goes the wrong way."""

from .finding import Example, Finding

FINDING = Finding(
    code="PRG515",
    name="data-mapping",
    kind="plan",
    summary="The plan's map clauses do not move what the loop needs between host and device.",
    meaning="""
        A `target` directive runs the loop on a device, which may have memory of its own. Each array that the loop reads
        must be mapped `to` it, each that it writes `from` it, and `tofrom` where it does both or may leave elements
        unwritten. On the host there is nothing to map.
        """,
    relevance="An array that is not mapped, or only one way, gives wrong numbers without any message.",
    examples=(
        Example(
            before="""
                static double x[1000];

                void scale(double factor) {
                    for (int i = 0; i < 1000; i++)
                        x[i] = factor * x[i];
                }
                """,
            answers=('{"directive": "target teams distribute parallel for", "maps": [{"type": "to", "item": "x"}]}',),
            says="map(to: x) moves x the wrong way: use map(tofrom: x)",
            better="""
                {"directive": "target teams distribute parallel for", "maps": [{"type": "tofrom", "item": "x"}]}
                """,
        ),
    ),
    resolution="""
        Map each array as the message says. A pointer needs its length: `map(to: x[0:n])`. Which part of it the loop
        touches is not proved here; such a plan has to be verified.
        """,
)

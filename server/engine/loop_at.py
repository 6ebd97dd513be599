"""Which loop a person means who names a line."""

from __future__ import annotations

from collections.abc import Iterable

from ...analysis.facts import LoopFacts


class NoSuchLoop(Exception):
    """There is no loop at the line; `str()` says where loops are."""


def loop_at(loops: Iterable[LoopFacts], line: int) -> LoopFacts:
    """The loop whose keyword stands on the line (1-based), else the innermost loop around it. `loops` are a file's, in
    source order. Raises `NoSuchLoop`."""
    around: LoopFacts | None = None
    seen: list[str] = []
    for loop in loops:  # inner loops come after the loops around them
        if loop.keyword.line == line:
            return loop
        if loop.place.line <= line <= loop.place.end_line:
            around = loop
        seen.append(str(loop.keyword.line))
    if around is not None:
        return around
    raise NoSuchLoop(
        f"there is no loop at line {line}; " + (f"loops begin at {', '.join(seen)}" if seen else "nor anywhere else")
    )

"""Skewing: an order of a two-dimensional iteration space in which whole lines of iterations can run at once.

Lamport's hyperplane method ("The parallel execution of DO loops", 1974): if each dependence leads from one line
a*i + b*j = t to a later one, the iterations of one line do not depend on each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.facts import LoopFacts
from .links import Link
from .space import Space

_STEEPEST = 4
_DEPENDENCES = {"PRG101", "PRG102", "PRG103"}


def wavefront(loop: LoopFacts, space: Space, links: Sequence[Link]) -> tuple[int, int] | None:
    """(a, b), the flattest there is; None where the dependences are not known well enough, or there is no need of it:
    the inner loop is free of them already."""
    inner = space.inner
    if inner is None or space.ragged or space.hidden or loop.unknowns or inner.unknowns:
        return None
    if any(assumption.discharged_by is None for assumption in (*loop.assumptions, *inner.assumptions)):
        return None
    if any(reason.code not in _DEPENDENCES for reason in (*loop.blocking, *inner.blocking)):
        return None
    vectors = set()
    for link in links:
        if link.dependence.removable is None:
            if link.vector is None or not link.dependence.proved:
                return None
            vectors.add(link.vector)
    if not any(not first for first, _ in vectors) or not any(first for first, _ in vectors):
        return None
    slopes = ((a, b) for a in range(1, _STEEPEST) for b in range(1, _STEEPEST))
    fit = [slope for slope in slopes if all(slope[0] * i + slope[1] * j >= 1 for i, j in vectors)]
    return min(fit, key=sum, default=None)

"""PRG513: the schedule clause is one that OpenMP has, and leaves something to share out.

auto and runtime take no chunk (OpenMP 5.2 §11.5.3), a chunk is positive, and a chunk that holds the whole iteration
space gives one thread all the work. A bare simd directive takes no schedule.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..plan import Plan, Rejection

CODE = "PRG513"
MAX_CHUNK = 1 << 20


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    schedule = plan.schedule
    if schedule is None:
        return
    if plan.directive == "simd":
        yield Rejection(CODE, "simd takes no schedule clause: leave it out")
    chunk = schedule.chunk
    if chunk is None:
        return
    if schedule.kind in ("auto", "runtime"):
        yield Rejection(CODE, f"schedule({schedule.kind}) takes no chunk: leave {chunk} out")
        return
    trips = facts.header.trip_count if facts.header is not None else None
    if not 1 <= chunk <= MAX_CHUNK:
        yield Rejection(CODE, f"a chunk of {chunk} is not sensible: use 1 to {MAX_CHUNK}, or leave it out")
    elif trips is not None and plan.collapse is None and chunk >= trips > 1:
        yield Rejection(
            CODE,
            f"a chunk of {chunk} holds all {trips} iterations, so one thread would do them all: use less than {trips}",
        )

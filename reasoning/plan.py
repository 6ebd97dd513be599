"""`Plan`: one way to run a loop, independent of how it is spelled in the source.

Plans come from the static planner or from a language model; `checker.check` decides which of them agree with
the facts. The JSON schema that model output is decoded under is derived from these types (`schema.py`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Directive = Literal[
    "parallel for",
    "parallel for simd",
    "simd",
    "target teams distribute parallel for",
    "target teams distribute parallel for simd",
]
MapType = Literal["to", "from", "tofrom", "alloc"]
ScheduleKind = Literal["static", "dynamic", "guided", "auto", "runtime"]

DIRECTIVES: tuple[Directive, ...] = (
    "parallel for",
    "parallel for simd",
    "simd",
    "target teams distribute parallel for",
    "target teams distribute parallel for simd",
)
REDUCTION_OPERATORS = ("+", "*", "-", "&", "|", "^", "&&", "||", "min", "max")


class Reduction(msgspec.Struct, frozen=True):
    """`variable` may carry an array section: "h[0:n]"."""

    operator: str
    variable: str


class Schedule(msgspec.Struct, frozen=True):
    kind: ScheduleKind
    chunk: int | None = None


class Map(msgspec.Struct, frozen=True):
    """`item` may carry an array section: "a[0:n]"."""

    type: MapType
    item: str


class Plan(msgspec.Struct, frozen=True):
    """Directive and clauses of a loop. `condition` is the `if` clause; `planned_by` is "static", a rule's name, or
    strategy and model."""

    loop: str
    directive: Directive
    private: tuple[str, ...] = ()
    firstprivate: tuple[str, ...] = ()
    lastprivate: tuple[str, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    collapse: int | None = None
    schedule: Schedule | None = None
    condition: str | None = None
    maps: tuple[Map, ...] = ()
    rationale: str = ""
    planned_by: str = "static"


class Rejection(msgspec.Struct, frozen=True):
    """Why a plan does not stand: words that a model and a person can act on. `code` is a finding code.

    `refuted` is True where the facts show the plan wrong: it must be dropped or changed. It is False where the
    facts only cannot prove it right: such a plan may stay a candidate, for verification to decide.
    """

    code: str
    message: str
    variable: str | None = None
    refuted: bool = True


class Verdict(msgspec.Struct, frozen=True):
    """What is to be said of a loop: see "Words" in docs/architecture.md."""

    verdict: Literal["parallel", "candidate", "serial", "unknown"]
    basis: Literal["proved", "verified"] | None = None
    plan: Plan | None = None

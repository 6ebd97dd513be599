"""The plan checker: holds everything in a plan against the facts of its loop.

A model may propose, never certify; and the static planner is checked by the same rules. The answer is a tuple of
rejections, each in words that a model or a person can act on: empty means that the plan follows from the facts.
Codes PRG500 to PRG515 are the rules' own; what is said of the loop itself keeps the code of the fact that says it.
A rejection with `refuted` set says that the plan is wrong; without it, that the facts cannot prove it right.
Rules are independent of one another, so that one answer names everything that is to be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..analysis.facts import LoopFacts
from .plan import Plan, Rejection
from .rules import (
    assumptions,
    canonical_form,
    clause_names,
    collapse,
    if_clause,
    live_induction,
    maps,
    obstacles,
    private_copies,
    reductions,
    roles,
    same_loop,
    schedule,
    simd,
)

Rule = Callable[[Plan, LoopFacts], Iterator[Rejection]]

RULES: tuple[Rule, ...] = (
    same_loop.check,
    canonical_form.check,
    obstacles.check,
    clause_names.check,
    roles.check,
    reductions.check,
    live_induction.check,
    private_copies.check,
    assumptions.check,
    if_clause.check,
    collapse.check,
    schedule.check,
    simd.check,
    maps.check,
)


def check_plan(plan: Plan, facts: LoopFacts) -> tuple[Rejection, ...]:
    """Every rejection of `plan` by the rules, each once, in the rules' order; () when the facts prove it right."""
    return tuple(dict.fromkeys(rejection for rule in RULES for rejection in rule(plan, facts)))

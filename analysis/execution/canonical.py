"""Iteration domains and trip counts of canonical loops."""

from __future__ import annotations

from ..dependence.problem import LoopDomain
from ..symbolic.polynomial import ONE, Constraint, Polynomial, constant, of_term
from .events import Header
from .machine import Condition


def domain_constraints(
    header: Header | None, condition: Condition, domain: LoopDomain
) -> tuple[tuple[Constraint, ...], bool]:
    """The constraints under which iteration k runs, and whether they say all.

    A loop that runs while `i != bound` is read as `i < bound` (or `>`): its step must be 1 or -1 (OpenMP 5.2 §4.4.1),
    and a bound on the wrong side would make it run past the type's range.
    """
    if header is not None and header.comparison == "!=" and header.lower is not None and header.upper is not None:
        step = header.step.constant if header.step is not None else None
        if step in (1, -1):
            at = header.lower + of_term(domain.counter).scaled(step)  # type: ignore[arg-type]
            inside = header.upper - at if step == 1 else at - header.upper
            return (Constraint(inside - ONE, ">="),), True
    return condition.true, condition.true_exact


def step_constraints(header: Header | None) -> tuple[Constraint, ...]:
    """A step that is a parameter leads towards the bound: with any other the loop runs not at all, or never ends."""
    if header is None or header.step is None or header.step.constant is not None or header.comparison == "!=":
        return ()
    ahead = header.step if header.comparison in ("<", "<=") else -header.step
    return (Constraint(ahead - ONE, ">="),)


def trip_count(header: Header) -> Polynomial | None:
    """The number of iterations for a step of constant size, where it is a polynomial; not clipped at zero."""
    lower, upper = header.lower, header.upper
    step = header.step.constant if header.step is not None else None
    if lower is None or upper is None or not step:
        return None
    span = upper - lower if step > 0 else lower - upper
    if header.comparison in ("<=", ">="):
        span = span + ONE
    size = abs(step)
    if size == 1:
        return span
    if span.constant is not None:
        return constant(-(-span.constant // size))
    return None

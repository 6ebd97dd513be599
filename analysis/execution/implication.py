"""Whether constraints that are known to hold decide another one: sound, cheap, and not complete."""

from __future__ import annotations

from collections.abc import Sequence

from ..symbolic.polynomial import Constraint, Polynomial


def contradicted(constraint: Constraint, known: Sequence[Constraint]) -> bool:
    """Whether `constraint` cannot hold: it is false by itself, or together with one of the known constraints.

    p >= 0 and q >= 0 exclude each other when p + m*q is a negative constant for some m > 0.
    """
    value = constraint.left.constant
    if value is not None:
        return {">=": value < 0, "==": value != 0, "!=": value == 0}[constraint.relation]
    if constraint.relation != ">=":
        return False
    for other in known:
        if other.relation == "!=":
            continue
        factor = _opposite_factor(constraint.left, other.left)
        if factor is None or (factor < 0 and other.relation == ">="):
            continue
        total = (constraint.left + other.left.scaled(factor)).constant
        if total is not None and total < 0:
            return True
    return False


def _opposite_factor(left: Polynomial, right: Polynomial) -> int | None:
    """The whole number m with which m*right takes away the first variable part of left."""
    monomial = next(iter(key for key in left.terms if key), None)
    if monomial is None or monomial not in right.terms:
        return None
    quotient, remainder = divmod(-left.terms[monomial], right.terms[monomial])
    return quotient if remainder == 0 else None

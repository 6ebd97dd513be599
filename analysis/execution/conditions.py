"""Conditions as constraints on loop counters and invariants."""

from __future__ import annotations

from ..ir import tree as ir
from ..symbolic.polynomial import ONE, Constraint, Polynomial
from .arithmetic import pointer_difference
from .machine import Condition, Machine
from .values import Location, Value

UNKNOWN_CONDITION = Condition()


def evaluate(machine: Machine, expr: ir.Expr) -> Condition:
    """Evaluate a condition, its accesses recorded; operands of && and || only as far as C evaluates them."""
    if isinstance(expr, ir.Binary):
        if expr.op == "&&":
            left = evaluate(machine, expr.left)
            with machine.under(left.true, left.true_exact, machine.fresh_context()):
                right = evaluate(machine, expr.right)
            return Condition(left.true + right.true, left.true_exact and right.true_exact, *_either(left, right, False))
        if expr.op == "||":
            left = evaluate(machine, expr.left)
            with machine.under(left.false, left.false_exact, machine.fresh_context()):
                right = evaluate(machine, expr.right)
            true, exact = _either(left, right, True)
            return Condition(true, exact, left.false + right.false, left.false_exact and right.false_exact)
        if expr.op in ("<", "<=", ">", ">=", "==", "!="):
            return compare(expr.op, machine.rvalue(machine, expr.left), machine.rvalue(machine, expr.right))
    if isinstance(expr, ir.Unary) and expr.op == "!":
        inner = evaluate(machine, expr.operand)
        return Condition(inner.false, inner.false_exact, inner.true, inner.true_exact)
    value = machine.rvalue(machine, expr)
    if isinstance(value, Polynomial) and not _is_opaque(value):
        return _of(Constraint(value, "!="))
    return UNKNOWN_CONDITION


def _is_opaque(value: Polynomial) -> bool:
    """A lone opaque term says nothing but its own name."""
    return len(value.atoms) == 1 and next(iter(value.atoms)).kind == "opaque" and not next(iter(value.atoms)).defined_by


def _either(left: Condition, right: Condition, truth: bool) -> tuple[tuple[Constraint, ...], bool]:
    """The disjunction of two conditions: only what a conjunction of constraints can still say."""
    a, b = (left.true, right.true) if truth else (left.false, right.false)
    if a == b:
        exact = (left.true_exact and right.true_exact) if truth else (left.false_exact and right.false_exact)
        return a, exact
    return (), False


def compare(op: str, left: Value, right: Value) -> Condition:
    if isinstance(left, Location) and isinstance(right, Location):
        difference = pointer_difference(left, right)
        if difference is None:
            return UNKNOWN_CONDITION
    elif isinstance(left, Polynomial) and isinstance(right, Polynomial):
        difference = left - right
    else:
        return UNKNOWN_CONDITION
    if op == "<":
        return _of(Constraint(-difference - ONE, ">="))
    if op == "<=":
        return _of(Constraint(-difference, ">="))
    if op == ">":
        return _of(Constraint(difference - ONE, ">="))
    if op == ">=":
        return _of(Constraint(difference, ">="))
    return _of(Constraint(difference, "==" if op == "==" else "!="))


def _of(constraint: Constraint) -> Condition:
    return Condition((constraint,), True, (constraint.negated(),), True)

"""Conditions as constraints on loop counters and invariants."""

from __future__ import annotations

from ..ir import tree as ir
from ..symbolic.polynomial import ONE, Constraint, Polynomial
from .arithmetic import compared, note_measured, pointer_difference
from .machine import Condition, Machine
from .unsigned import is_unsigned, may_exceed, may_wrap
from .values import Location, Value

UNKNOWN_CONDITION = Condition()


def evaluate(machine: Machine, expr: ir.Expr, in_header: bool = False) -> Condition:
    """Evaluate a condition, its accesses recorded; operands of && and || only as far as C evaluates them.

    `in_header`: it decides whether a loop goes on, and unsigned bounds are taken not to wrap: a loop that runs to the
    end of its type leaves every array.
    """
    if isinstance(expr, ir.Binary):
        if expr.op == "&&":
            left = evaluate(machine, expr.left, in_header)
            with machine.under(left.true, left.true_exact, machine.fresh_context()), machine.perhaps(expr.right):
                right = evaluate(machine, expr.right, in_header)
            return Condition(left.true + right.true, left.true_exact and right.true_exact, *_either(left, right, False))
        if expr.op == "||":
            left = evaluate(machine, expr.left, in_header)
            with machine.under(left.false, left.false_exact, machine.fresh_context()), machine.perhaps(expr.right):
                right = evaluate(machine, expr.right, in_header)
            true, exact = _either(left, right, True)
            return Condition(true, exact, left.false + right.false, left.false_exact and right.false_exact)
        if expr.op in ("<", "<=", ">", ">=", "==", "!="):
            values = machine.rvalue(machine, expr.left), machine.rvalue(machine, expr.right)
            left, right = compared(machine, expr, *values)
            if not in_header:
                note_measured(machine, left, right)
            condition = compare(expr.op, left, right)
            return condition if in_header else _wrapped(machine, expr, left, right, condition)
    if isinstance(expr, ir.Unary) and expr.op == "!":
        inner = evaluate(machine, expr.operand, in_header)
        return Condition(inner.false, inner.false_exact, inner.true, inner.true_exact)
    value = machine.rvalue(machine, expr)
    if isinstance(value, Polynomial) and not _is_opaque(value):
        zero = _of(Constraint(value, "!="))
        return zero if not value.bits or not may_wrap(value) else Condition(zero.true, False)
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


def _wrapped(machine: Machine, expr: ir.Binary, left: Value, right: Value, condition: Condition) -> Condition:
    """What remains of a comparison whose operands may have wrapped around, below zero to be very large.

    `i - lo < n` on unsigned numbers says that `i - lo` is not negative as well, and its opposite says nothing.
    """
    if not isinstance(left, Polynomial) or not isinstance(right, Polynomial):
        return condition
    low, high = (left, right) if expr.op in ("<", "<=") else (right, left)
    low_wraps, high_wraps = may_wrap(low), may_wrap(high)
    if not (low_wraps or high_wraps):
        return condition
    if not left.bits and not right.bits and not is_unsigned(machine, expr.left, expr.right):
        return condition
    if expr.op in ("==", "!="):
        return compare(expr.op, _unwrapped(machine, expr.left, left), _unwrapped(machine, expr.right, right))
    if may_exceed(low) or may_exceed(high):
        return UNKNOWN_CONDITION
    not_negative = (Constraint(low, ">="),) if low_wraps else ()
    true = ((), False) if high_wraps else (condition.true + not_negative, condition.true_exact)
    above = (Constraint(high, ">="),) if high_wraps else ()
    false = ((), False) if low_wraps else (condition.false + above, condition.false_exact)
    return Condition(*true, *false)


def _unwrapped(machine: Machine, expr: ir.Expr, value: Polynomial) -> Polynomial:
    """What the value is once it has wrapped around: a term of its own, which is not negative."""
    return machine.derived(machine.text(expr), "unsigned", value, low=0) if may_wrap(value) else value


def _of(constraint: Constraint) -> Condition:
    return Condition((constraint,), True, (constraint.negated(),), True)

"""Arithmetic on symbolic values."""

from __future__ import annotations

from ..ir import tree as ir
from ..symbolic.polynomial import Polynomial, constant
from .machine import Machine
from .unsigned import WRAPPING_FACTOR, common_type, is_unsigned, may_wrap, never_negative, wrapped
from .values import Location, Value

_MOST_FACTORS = 12  # of a product: beyond that it is no subscript, and costs more than it tells
_DEEPEST_BITS = 2  # shifts and masks of shifts and masks: beyond that it is hashing, or random numbers


def combine(machine: Machine, node: ir.Expr, op: str, left: Value, right: Value) -> Value:
    """The value of `left op right`; None where it is not tracked."""
    if isinstance(left, Location) or isinstance(right, Location):
        if op == "-":
            note_measured(machine, left, right)
        return _pointer(op, left, right)
    if not isinstance(left, Polynomial) or not isinstance(right, Polynomial):
        return None
    if op == "+":
        return wrapped(machine, node, left + right, left, right)
    if op == "-":
        return wrapped(machine, node, left - right, left, right)
    if op == "*":
        if _is_no_subscript(left, right):
            return machine.derived(machine.text(node), op, left, right)
        return wrapped(machine, node, left * right, left, right)
    a, b = left.constant, right.constant
    if a is not None and b is not None:
        return _folded(op, a, b)
    if op == "<<" and b is not None and 0 <= b < 16:
        return wrapped(machine, node, left.scaled(1 << b), left, right)
    if op in ("/", "%", ">>") and b is not None and b > 1 and _is_wrapped(machine, node, left):
        if op == "%" and b & (b - 1) == 0 and _is_unsigned(machine, node):
            # The low bits, whether the number has wrapped or not.
            return left - _rounded_down(machine, node, left, b).scaled(b)
        return machine.derived(machine.text(node), op, left, right)
    if op in ("/", "%") and b is not None and b > 0:
        return _quotient(machine, node, op, left, b)
    if op in (">>", "&") and max(_nesting(left), _nesting(right)) >= _DEEPEST_BITS:
        return machine.derived(machine.text(node), op, left, right)
    if op == ">>" and b is not None and 0 <= b < 31:
        return _rounded_down(machine, node, left, 1 << b)
    if op == "&" and (mask := b if b is not None else a) is not None and mask & (mask + 1) == 0 and 0 < mask < 1 << 31:
        # The low bits, of negative numbers too: what is left of the quotient rounded down.
        value = left if b is not None else right
        return value - _rounded_down(machine, node, value, mask + 1).scaled(mask + 1)
    return machine.derived(machine.text(node), op, left, right)


def _is_no_subscript(left: Polynomial, right: Polynomial) -> bool:
    """Whether a product is not worth following: hashing that wraps, or more terms and factors than indexing has."""
    if len(left.terms) * len(right.terms) > 64:
        return True
    factor = left.constant if left.constant is not None else right.constant
    if factor is not None:
        return abs(factor) >= WRAPPING_FACTOR and (left.constant is None or right.constant is None)
    return max(map(len, left.terms)) + max(map(len, right.terms)) > _MOST_FACTORS


def _is_wrapped(machine: Machine, node: ir.Expr, left: Polynomial) -> bool:
    """Whether what is divided may have wrapped around before."""
    return may_wrap(left) and (bool(left.bits) or _is_unsigned(machine, node))


def compared(machine: Machine, expr: ir.Binary, left: Value, right: Value) -> tuple[Value, Value]:
    """The operands as they are compared: constants that are negative become large where the comparison is unsigned."""
    pair = [left, right]
    for place, value in enumerate(pair):
        number = value.constant if isinstance(value, Polynomial) else None
        if number is not None and number < 0:
            unsigned, size = common_type(machine, expr.left, expr.right)
            if unsigned:
                pair[place] = constant(number % (1 << 8 * size))
    return pair[0], pair[1]


def _nesting(value: Polynomial) -> int:
    """How many quotients deep the value is."""
    deepest = 0
    for term in value.atoms:
        if term.defined_by is not None:
            inner = max(_nesting(operand) for operand in term.defined_by[1:] if isinstance(operand, Polynomial))
            deepest = max(deepest, inner + (term.defined_by[0] in ("div", "mod", "floor")))
    return deepest


def _rounded_down(machine: Machine, node: ir.Expr, left: Polynomial, divisor: int) -> Polynomial:
    """A right shift: of a negative number too, as all compilers do it and C++20 demands it."""
    if never_negative(left):
        return _quotient(machine, node, "/", left, divisor)
    if all(coefficient % divisor == 0 for coefficient in left.terms.values()):
        return Polynomial({monomial: coefficient // divisor for monomial, coefficient in left.terms.items()})
    return machine.derived(machine.text(node), "floor", left, constant(divisor))


def _quotient(machine: Machine, node: ir.Expr, op: str, left: Polynomial, divisor: int) -> Polynomial:
    if divisor == 1:
        return left if op == "/" else constant(0)
    if all(coefficient % divisor == 0 for coefficient in left.terms.values()):
        if op == "%":
            return constant(0)
        return Polynomial({monomial: coefficient // divisor for monomial, coefficient in left.terms.items()})
    return machine.derived(machine.text(node), "div" if op == "/" else "mod", left, constant(divisor))


def _is_unsigned(machine: Machine, node: ir.Expr) -> bool:
    if isinstance(node, ir.Binary):
        return is_unsigned(machine, node.left, *(() if node.op == ">>" else (node.right,)))
    return isinstance(node, ir.Assign) and is_unsigned(machine, node.target, node.value)


def _folded(op: str, a: int, b: int) -> Value:
    """C's arithmetic on two constants."""
    if op in ("/", "%"):
        if b == 0:
            return None
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return constant(quotient if op == "/" else a - b * quotient)
    if op in ("<<", ">>"):
        return constant(a << b if op == "<<" else a >> b) if 0 <= b < 64 else None
    if op in ("&", "|", "^"):
        return constant({"&": a & b, "|": a | b, "^": a ^ b}[op])
    comparisons = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}
    if op in comparisons:
        return constant(int(comparisons[op]))
    return None


def _pointer(op: str, left: Value, right: Value) -> Value:
    if isinstance(left, Location) and isinstance(right, Location):
        if op == "-" and _same_array(left, right):
            a, b = left.subscripts[-1], right.subscripts[-1]
            return a - b if a is not None and b is not None else None
        return None
    if op == "+" and isinstance(right, Location):
        left, right = right, left
    if not isinstance(left, Location) or op not in ("+", "-"):
        return None
    offset = right if isinstance(right, Polynomial) else None
    if op == "-" and offset is not None:
        offset = -offset
    return left.arithmetic(offset)


def note_measured(machine: Machine, left: Value, right: Value) -> None:
    """Two pointers, the one into a variable and the other perhaps too, are subtracted or compared: a clause would make
    one of them lead to a copy."""
    for one, other in ((left, right), (right, left)):
        if not isinstance(one, Location) or one.object.kind != "variable" or isinstance(other, Polynomial):
            continue
        if not isinstance(other, Location) or other.object is one.object or other.object.kind != "variable":
            machine.trace.measured.append((one.object, machine.tick()))


def _same_array(left: Location, right: Location) -> bool:
    return (
        left.object is right.object
        and left.path == right.path
        and len(left.subscripts) == len(right.subscripts) > 0
        and left.subscripts[:-1] == right.subscripts[:-1]
    )


def pointer_difference(left: Location, right: Location) -> Polynomial | None:
    """`left - right` in elements, where both point into one array."""
    value = _pointer("-", left, right)
    return value if isinstance(value, Polynomial) else None

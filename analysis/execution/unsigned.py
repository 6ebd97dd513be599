"""Integer types of expressions, and arithmetic that wraps around, which polynomials do not say."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import Type
from ..symbolic.polynomial import Polynomial, constant, modulo
from .machine import Machine
from .values import Value, stored_constant

_SIZES = frozenset(["size", "length", "capacity", "max_size", "strlen", "wcslen"])
_INT = (False, 4)
# Above this factor, unsigned products are hashing rather than indexing: they wrap, and polynomials do not.
WRAPPING_FACTOR = 1 << 16
_MOST_INT, _MOST_UNSIGNED = (1 << 31) - 1, (1 << 32) - 1

IntegerType = tuple[bool, int]  # whether unsigned, size in bytes


def never_negative(value: Polynomial) -> bool:
    """Whether the value is zero or more for all that its terms say; nothing else is sure not to have wrapped."""
    return all(
        coefficient >= 0
        and all(term.kind == "counter" or (term.low is not None and term.low >= 0) for term in monomial)
        for monomial, coefficient in value.terms.items()
    )


def may_wrap(value: Polynomial) -> bool:
    """Whether the value may have wrapped around, where it is compared or divided."""
    return not never_negative(value) or may_exceed(value)


def may_exceed(value: Polynomial) -> bool:
    """Whether the value may be too large for its bits, where it is compared or divided.

    Sums of values are taken to fit there, each a few times, and products into 64 bits.
    """
    return 0 < value.bits < 64 and (not value.is_affine or max(value.terms.values(), default=0) >= WRAPPING_FACTOR)


def is_unsigned(machine: Machine, *operands: ir.Expr) -> bool:
    """Whether arithmetic on the operands together is unsigned, C17 6.3.1.8; False where the text does not tell."""
    return common_type(machine, *operands)[0]


def common_type(machine: Machine, *operands: ir.Expr) -> IntegerType:
    """The type of arithmetic on the operands together, after promotion to int (C17 6.3.1.8)."""
    common = _INT
    for operand in operands:
        common = _wider(common, type_of(machine, operand))
    return common


def _wider(left: IntegerType, right: IntegerType) -> IntegerType:
    if left[1] != right[1]:
        return left if left[1] > right[1] else right
    return left[0] or right[0], left[1]


def type_of(machine: Machine, expr: ir.Expr) -> IntegerType:
    """The expression's type after promotion to int; int where the text does not tell."""
    kind = type(expr)
    if kind is ir.Name:  # these two are told sooner than looked up
        declared = expr.symbol.type  # type: ignore[union-attr]
        return promoted(declared.inner if declared.kind == "reference" else declared)
    if kind is ir.Const:
        return _constant_type(expr)  # type: ignore[arg-type]
    known = machine.integer_types.get(id(expr))
    if known is None or known[0] is not expr:
        known = machine.integer_types[id(expr)] = expr, _type_of(machine, expr)
    return known[1]


def _type_of(machine: Machine, expr: ir.Expr) -> IntegerType:
    kind = type(expr)
    if kind is ir.SizeOf:
        return True, 8
    if kind is ir.Unary and expr.op in ("-", "+", "~"):  # type: ignore[union-attr]
        return type_of(machine, expr.operand)  # type: ignore[union-attr]
    if kind is ir.Binary:
        op = expr.op  # type: ignore[union-attr]
        if op in ("<<", ">>"):
            return type_of(machine, expr.left)  # type: ignore[union-attr]
        if op == ",":
            return type_of(machine, expr.right)  # type: ignore[union-attr]
        if op in ("+", "-", "*", "/", "%", "&", "|", "^"):
            return _wider(type_of(machine, expr.left), type_of(machine, expr.right))  # type: ignore[union-attr]
        return _INT
    if kind is ir.Conditional:
        return _wider(type_of(machine, expr.then), type_of(machine, expr.other))  # type: ignore[union-attr]
    if kind is ir.Assign or kind is ir.IncDec:
        return type_of(machine, expr.target)  # type: ignore[union-attr]
    return promoted(_declared(machine, expr))


def promoted(type: Type | None) -> IntegerType:
    """What arithmetic makes of a value of the type (C17 6.3.1.1)."""
    if type is None or type.kind != "int" or (type.size or 4) < 4:
        return _INT
    return type.unsigned, type.size or 4


def _constant_type(expr: ir.Const) -> IntegerType:
    """C17 6.4.4.1: the first type in which the number has room; decimal ones without a suffix stay signed."""
    if type(expr.value) is int and 0 <= expr.value <= _MOST_INT and expr.text.isdigit():
        return _INT
    text = expr.text.lower().lstrip("-+( ")
    digits = text.rstrip("ulz)")
    suffix = text[len(digits) :]
    unsigned, size = "u" in suffix or "z" in suffix, 8 if "l" in suffix or "z" in suffix else 4
    if isinstance(expr.value, int) and not isinstance(expr.value, bool) and size == 4:
        value = abs(expr.value)
        if digits.startswith("0") and value > _MOST_INT:
            unsigned = True
        if value > (_MOST_UNSIGNED if unsigned else _MOST_INT):
            size = 8
    return unsigned, size


def _declared(machine: Machine, expr: ir.Expr) -> Type | None:
    """The type of a variable, a field, an element or a call's result."""
    type: Type | None = None
    if isinstance(expr, ir.Name):
        type = expr.symbol.type
    elif isinstance(expr, ir.Cast):
        type = expr.type
    elif isinstance(expr, ir.Member):
        fields = machine.summaries.field_types(expr.name)
        type = next((field for field in fields if field.unsigned), fields[0] if fields else None)
    elif isinstance(expr, ir.Index):
        type = _element(_declared(machine, expr.base))
    elif isinstance(expr, ir.Unary) and expr.op == "*":
        type = _element(_declared(machine, expr.operand))
    elif isinstance(expr, ir.Call):
        if expr.name.rsplit("::", 1)[-1] in _SIZES:
            return Type("int", "size_t", size=8, unsigned=True)
        named = machine.summaries.named(expr.name)
        type = named[0].result if named else None
    if type is not None and type.kind == "reference":
        return type.inner
    return type


def _element(type: Type | None) -> Type | None:
    if type is None:
        return None
    if type.kind in ("pointer", "array"):
        return type.inner
    return type.arguments[0] if type.arguments else None


def wrapped(machine: Machine, node: ir.Expr, value: Polynomial, left: Polynomial, right: Polynomial) -> Polynomial:
    """The sum, difference or product `value` of two values, as the type of `node` leaves it."""
    if isinstance(node, ir.Assign):
        own = common_type(machine, node.target, node.value)
    elif isinstance(node, ir.IncDec):
        own = common_type(machine, node.target)
    else:
        own = type_of(machine, node)
    bits = 0
    if own[0]:
        bits = 8 * own[1]
        if value.constant is not None and not (left.bits or right.bits):
            return constant(value.constant % (1 << bits))
    if not bits and not left.bits and not right.bits:
        return value
    return modulo(value, bits, left.bits, right.bits)


def converted(machine: Machine, value: Value, source: ir.Expr, type: Type) -> Value:
    """What is left of the value of `source` in an integer of the type (C17 6.3.1.3)."""
    if type.kind != "int" or not isinstance(value, Polynomial):
        return value
    size = type.size or 4
    if value.constant is not None:
        return stored_constant(value.constant, type) if not value.bits else value
    if size < 4:
        return value  # a value of its own: see `Machine.coerced`
    unsigned, wide = type_of(machine, source)
    if size < wide or (type.unsigned and not unsigned and not never_negative(value)):
        return modulo(value, value.bits, 8 * size)
    if unsigned and not type.unsigned and size == wide == 4:
        return modulo(value, value.bits, 32)
    return value

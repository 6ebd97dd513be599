"""Unsigned arithmetic: where a value below zero would be a very large one instead, which polynomials do not say."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import Type
from ..symbolic.polynomial import Polynomial
from .machine import Machine

_SIZES = frozenset(["size", "length", "capacity", "max_size", "strlen", "wcslen"])
_INT = (False, 4)


def never_negative(value: Polynomial) -> bool:
    """Whether the value is zero or more for all that its terms say; nothing else is sure not to have wrapped."""
    return all(
        coefficient >= 0
        and all(term.kind == "counter" or (term.low is not None and term.low >= 0) for term in monomial)
        for monomial, coefficient in value.terms.items()
    )


def is_unsigned(machine: Machine, *operands: ir.Expr) -> bool:
    """Whether arithmetic on the operands together is unsigned, C17 6.3.1.8; False where the text does not tell."""
    unsigned, size = _INT
    for operand in operands:
        other_unsigned, other_size = _arithmetic_type(machine, operand, 0)
        if other_size > size:
            unsigned, size = other_unsigned, other_size
        elif other_size == size:
            unsigned = unsigned or other_unsigned
    return unsigned


def _arithmetic_type(machine: Machine, expr: ir.Expr, depth: int) -> tuple[bool, int]:
    """(Whether unsigned, size in bytes) after promotion to int."""
    if depth > 20:
        return _INT
    if isinstance(expr, ir.Const):
        text = expr.text.lower()
        return "u" in text, 8 if "l" in text.lstrip("0x") else 4
    if isinstance(expr, ir.SizeOf):
        return True, 8
    if isinstance(expr, ir.Unary) and expr.op in ("-", "+", "~"):
        return _arithmetic_type(machine, expr.operand, depth + 1)
    if isinstance(expr, ir.Binary) and expr.op in ("<<", ">>"):
        return _arithmetic_type(machine, expr.left, depth + 1)
    if isinstance(expr, ir.Binary) and expr.op in ("+", "-", "*", "/", "%", "&", "|", "^"):
        left = _arithmetic_type(machine, expr.left, depth + 1)
        right = _arithmetic_type(machine, expr.right, depth + 1)
        return max(left, right, key=lambda type: (type[1], type[0]))
    if isinstance(expr, ir.Conditional):
        left = _arithmetic_type(machine, expr.then, depth + 1)
        right = _arithmetic_type(machine, expr.other, depth + 1)
        return max(left, right, key=lambda type: (type[1], type[0]))
    if isinstance(expr, ir.Assign | ir.IncDec):
        return _arithmetic_type(machine, expr.target, depth + 1)
    type = _declared(machine, expr)
    if type is None or type.kind != "int" or (type.size or 4) < 4:
        return _INT
    return type.unsigned, type.size or 4


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

"""Types of expressions, as far as `auto` and `sizeof` need them."""

from __future__ import annotations

from ..ir.tree import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    Expr,
    IncDec,
    Index,
    Member,
    Name,
    New,
    SizeOf,
    Unary,
)
from ..ir.types import DOUBLE, INT, UNKNOWN, Type
from .context import Context

_CONTAINERS = frozenset(
    ["std::vector", "std::array", "std::deque", "std::list", "std::set", "std::span", "std::valarray",
     "std::unordered_set", "std::multiset", "std::forward_list", "std::initializer_list", "std::basic_string"]
)  # fmt: skip
_SIZE = Type("int", "size_t", size=8, unsigned=True)
_COMPARISONS = frozenset(["==", "!=", "<", ">", "<=", ">=", "&&", "||"])


def strip(type_: Type) -> Type:
    """What a reference refers to."""
    while type_.kind == "reference" and type_.inner is not None:
        type_ = type_.inner
    return type_


def element_type(type_: Type) -> Type:
    """What subscripting or iterating over `type_` gives."""
    type_ = strip(type_)
    if type_.kind in ("pointer", "array") and type_.inner is not None:
        return type_.inner
    if type_.kind == "record" and type_.name in _CONTAINERS and type_.arguments:
        return type_.arguments[0]
    if type_.kind == "record" and type_.name == "std::string":
        return Type("int", "char", size=1)
    if type_.kind == "record" and type_.name in ("std::unique_ptr", "std::shared_ptr") and type_.arguments:
        return strip_array(type_.arguments[0])
    return UNKNOWN


def strip_array(type_: Type) -> Type:
    return type_.inner if type_.kind == "array" and type_.inner is not None else type_


def type_of(cx: Context, expr: Expr, depth: int = 0) -> Type:
    """The type of `expr` with references taken off; unknown where the text does not tell it simply."""
    if depth > 30:
        return UNKNOWN
    match expr:
        case Const():
            return _literal(expr)
        case Name():
            return strip(expr.symbol.type)
        case Cast():
            return expr.type
        case New():
            return Type("pointer", inner=expr.type, size=8)
        case SizeOf():
            return _SIZE
        case Assign() | IncDec():
            return type_of(cx, expr.target, depth + 1)
        case Index():
            return strip(element_type(type_of(cx, expr.base, depth + 1)))
        case Member():
            return _member(cx, expr, depth)
        case Conditional():
            return type_of(cx, expr.then, depth + 1)
        case Unary():
            operand = type_of(cx, expr.operand, depth + 1)
            if expr.op == "*":
                return strip(element_type(operand))
            if expr.op == "&":
                return Type("pointer", inner=operand, size=8) if operand.kind not in ("unknown", "auto") else UNKNOWN
            return INT if expr.op == "!" else _promoted(operand)
        case Binary():
            if expr.op in _COMPARISONS:
                return INT
            right = type_of(cx, expr.right, depth + 1)
            if expr.op == ",":
                return right
            left = type_of(cx, expr.left, depth + 1)
            return _promoted(left) if expr.op in ("<<", ">>") else _usual(left, right)
        case Call():
            return _call(cx, expr, depth)
        case _:
            return UNKNOWN


def bound_fields(cx: Context, type_: Type, count: int) -> list[tuple[str, Type]] | None:
    """The fields that a structured binding's names stand for, where the text tells (C++17 [dcl.struct.bind])."""
    if type_.kind != "record":
        return None
    if type_.name == "std::pair" and len(type_.arguments) == 2:
        refers = any(argument.kind == "reference" for argument in type_.arguments)
        return list(zip(("first", "second"), type_.arguments, strict=True)) if count == 2 and not refers else None
    record = cx.records.get(type_.name)
    if record is None or not record.complete or record.bases or record.is_union or len(record.fields) != count:
        return None
    return [(name, field.type) for name, field in record.fields.items()]


def _literal(const: Const) -> Type:
    suffix = const.text.lower()
    if const.kind == "int":
        unsigned = "u" in suffix and not suffix.startswith("0b")
        long = suffix.endswith(("l", "lu", "z", "uz"))
        if long or (isinstance(const.value, int) and not -(2**31) <= const.value < 2**31):
            return Type("int", "unsigned long" if unsigned else "long", size=8, unsigned=unsigned)
        return Type("int", "unsigned int", size=4, unsigned=True) if unsigned else INT
    if const.kind == "float":
        return Type("float", "float", size=4) if suffix.endswith("f") else DOUBLE
    if const.kind == "char":
        return Type("int", "char", size=1)
    if const.kind == "bool":
        return Type("bool", "bool", size=1, unsigned=True)
    if const.kind == "string":
        return Type("pointer", inner=Type("int", "char", size=1, const=True), size=8)
    return Type("pointer", inner=Type("void", "void"), size=8)


def _promoted(type_: Type) -> Type:
    if type_.kind == "bool" or (type_.kind == "int" and type_.size is not None and type_.size < 4):
        return INT
    return type_


def _usual(left: Type, right: Type) -> Type:
    left, right = _promoted(left), _promoted(right)
    if left.kind in ("pointer", "array"):
        if right.kind in ("pointer", "array"):
            return Type("int", "ptrdiff_t", size=8)
        return left
    if right.kind in ("pointer", "array"):
        return right
    scalars = ("int", "float", "complex")
    if left.kind not in scalars or right.kind not in scalars:
        return UNKNOWN
    ranks = {kind: rank for rank, kind in enumerate(scalars)}
    if ranks[left.kind] != ranks[right.kind]:
        return left if ranks[left.kind] > ranks[right.kind] else right
    if left.size == right.size:
        return left if left.unsigned else right
    return left if (left.size or 0) > (right.size or 0) else right


def _member(cx: Context, expr: Member, depth: int) -> Type:
    base = type_of(cx, expr.base, depth + 1)
    if expr.arrow:
        base = strip(element_type(base))
    record = cx.records.get(base.name) if base.kind == "record" else None
    field = record.fields.get(expr.name) if record is not None else None
    return strip(field.type) if field is not None else UNKNOWN


def _call(cx: Context, expr: Call, depth: int) -> Type:
    if isinstance(expr.callee, Name) and expr.callee.symbol.type.kind == "function":
        return strip(expr.callee.symbol.type.inner or UNKNOWN)
    if isinstance(expr.callee, Member):
        base = type_of(cx, expr.callee.base, depth + 1)
        if base.kind == "record" and base.name in _CONTAINERS:
            if expr.name in ("size", "length", "capacity", "max_size"):
                return _SIZE
            if expr.name in ("front", "back", "at") and base.arguments:
                return strip(base.arguments[0])
            if expr.name == "data" and base.arguments:
                return Type("pointer", inner=base.arguments[0], size=8)
    record = type_named_by(expr.name, cx)
    return record if record is not None else UNKNOWN


def type_named_by(name: str, cx: Context) -> Type | None:
    """The class whose constructor a call of `name` is."""
    binding = cx.env.get(name.encode("utf-8", "replace"))
    return binding if isinstance(binding, Type) and binding.kind == "record" else None

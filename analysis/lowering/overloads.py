"""Operators of classes, which are calls: of a function of the class or beside it, in sight or not (C++17 [over.oper]).

Operators of the standard library's classes touch their operands and nothing else, and stay operators; but not those of
streams, whose order is what they are for. A type that nothing in sight declares may be a class too: it is taken for a
number, and noted.
"""

from __future__ import annotations

from typing import Literal

from ..ir.tree import Assign, Binary, Call, Cast, Conditional, Const, Expr, IncDec, Index, Member, Name, Symbol, Unary
from ..ir.types import UNKNOWN, Type
from .context import Context
from .infer import type_of

_STREAMS = frozenset(["cout", "cerr", "clog", "cin", "wcout", "wcerr", "wclog", "wcin"])
_LOGICAL = frozenset(["&&", "||"])
_SCALARS = ("int", "float", "bool", "complex", "pointer")


def overloaded_binary(cx: Context, start: int, end: int, op: str, left: Expr, right: Expr) -> Expr:
    """`left op right`, as a call where an operand is an object of a class."""
    if cx.language == "cpp":
        if op in ("<<", ">>") and (stream := _stream(cx, left)):
            return _call(cx, start, end, stream, (left, right))
        if op in _LOGICAL:  # hardly any class changes these, and their operands are conditions
            return Binary(start, end, op, as_condition(cx, left), as_condition(cx, right))
        if op == "," and b"operator," not in cx.src:
            return Binary(start, end, op, left, right)
        if any([_is_object(cx, left, start), _is_object(cx, right, start)]):
            return _call(cx, start, end, f"operator{op}", (left, right))
    return Binary(start, end, op, left, right)


def overloaded_assignment(cx: Context, start: int, end: int, op: str, target: Expr, value: Expr) -> Expr:
    """`target op= value`, as a call where the class says what it does; the copy that C++ makes by itself is none."""
    if cx.language == "cpp":
        type_ = type_of(cx, target)
        if _is_class(cx, type_, start):
            if op or not _copied_plainly(cx, type_, value):
                return _call(cx, start, end, f"operator{op}=", (target, value))
        elif type_.kind in _SCALARS and _is_object(cx, value, start):
            value = _call(cx, value.start, value.end, f"operator {type_.name or type_.kind}", (value,))
    return Assign(start, end, op, target, value)


def overloaded_unary(cx: Context, start: int, end: int, op: str, operand: Expr) -> Expr:
    if op == "!" and cx.language == "cpp" and not _declares(cx, operand, "operator!"):
        return Unary(start, end, op, as_condition(cx, operand))
    if cx.language == "cpp" and op != "&" and _is_object(cx, operand, start):
        return _call(cx, start, end, f"operator{op}", (operand,))
    return Unary(start, end, op, operand)


def as_condition(cx: Context, expr: Expr) -> Expr:
    """Where an object stands for true or false, its class converts it."""
    if cx.language == "cpp" and _is_object(cx, expr, expr.start):
        return _call(cx, expr.start, expr.end, "operator bool", (expr,))
    return expr


def as_subscript(cx: Context, expr: Expr) -> Expr:
    """Where an object stands for a number, its class converts it."""
    if cx.language != "cpp" or not _is_object(cx, expr, expr.start):
        return expr
    return _call(cx, expr.start, expr.end, "operator int", (expr,))


def _declares(cx: Context, operand: Expr, name: str) -> bool:
    return name.encode() in cx.members.get(type_of(cx, operand).name, {}) or name.encode() in cx.env


def overloaded_step(cx: Context, start: int, end: int, op: Literal["++", "--"], prefix: bool, target: Expr) -> Expr:
    if cx.language == "cpp" and _is_object(cx, target, start):
        zero = () if prefix else (Const(end, end, 0, "0", "int"),)  # C++ tells x++ by an argument that means nothing
        return _call(cx, start, end, f"operator{op}", (target, *zero))
    return IncDec(start, end, op, prefix, target)


def stream_statement(cx: Context, expr: Expr) -> Expr:
    """A shift whose result nobody wants is output to, or input from, whatever stands on the left."""
    if cx.language != "cpp" or not isinstance(expr, Binary) or expr.op not in ("<<", ">>"):
        return expr
    if type_of(cx, expr.left).kind in _SCALARS:
        return expr
    return _call(cx, expr.start, expr.end, f"operator{expr.op}", (expr.left, expr.right))


def _call(cx: Context, start: int, end: int, name: str, operands: tuple[Expr, ...]) -> Call:
    key = name.encode()
    binding = cx.env.get(key)
    symbol = binding if isinstance(binding, Symbol) else cx.unknown(key)
    return Call(start, end, Name(start, start, symbol), name, operands)


def _stream(cx: Context, left: Expr) -> str | None:
    """The name of the standard stream, or of its class, that stands on the left of << or >>."""
    if isinstance(left, Call) and _is_stream(left.name):
        return left.name
    if isinstance(left, Name):
        name = left.symbol.name
        if name.removeprefix("std::") in _STREAMS and left.symbol.type.kind == "unknown":
            return f"std::{name.removeprefix('std::')}"
    type_ = type_of(cx, left)
    return type_.name if type_.kind == "record" and _is_stream(type_.name) else None


def _is_stream(name: str) -> bool:
    return name.startswith("std::") and (name.endswith("stream") or name[5:] in _STREAMS)


def _is_object(cx: Context, expr: Expr, at: int) -> bool:
    """Whether the expression is an object of a class in sight whose operators are not the standard library's."""
    if isinstance(expr, Cast):
        return _is_class(cx, expr.type, at)
    if isinstance(expr, Conditional):
        return _is_object(cx, expr.then, at)
    if isinstance(expr, Name | Index | Member | Call) or (isinstance(expr, Unary) and expr.op in ("*", "+", "-")):
        return _is_class(cx, type_of(cx, expr), at)
    return False  # of a built-in type, or it would be a call


def _is_class(cx: Context, type_: Type, at: int) -> bool:
    """Whether it is one; one that may be is noted."""
    if type_.kind == "record":
        return not type_.name.startswith("std::")
    if type_.kind == "unknown" and type_.name and type_.extent is None and type_ is not UNKNOWN:
        cx.assumed_numbers.append((at, type_.name))
    return False


def _copied_plainly(cx: Context, type_: Type, value: Expr) -> bool:
    """Whether `=` copies member by member: the class is in sight, and neither it nor its members say otherwise."""
    given = type_of(cx, value)
    same = given.kind == "record" and given.name == type_.name
    return type_.kind == "record" and _has_plain_copy(cx, type_, ()) and (same or given.kind in ("unknown", "auto"))


def _has_plain_copy(cx: Context, type_: Type, within: tuple[str, ...]) -> bool:
    while type_.kind == "array" and type_.inner is not None:
        type_ = type_.inner
    if type_.kind in _SCALARS or type_.name.startswith("std::"):
        return True
    record = cx.records.get(type_.name) if type_.kind == "record" else None
    if record is None or record.name in within or b"operator=" in cx.members.get(record.name, {}):
        return False
    return all(_has_plain_copy(cx, field.type, (*within, record.name)) for field in record.fields.values())

"""Values that the text tells: literals, constant expressions, sizes, and the macros of standard headers."""

from __future__ import annotations

import math
import re

from ..ir.tree import Binary, Cast, Conditional, Const, Expr, Name, SizeOf, Unary
from ..ir.types import Type

# Object-like macros of <limits.h>, <stdint.h>, <float.h>, <math.h> and <stdlib.h>, on LP64.
HEADER_CONSTANTS: dict[bytes, int | float | None] = {
    b"CHAR_BIT": 8, b"SCHAR_MIN": -(2**7), b"SCHAR_MAX": 2**7 - 1, b"UCHAR_MAX": 2**8 - 1, b"CHAR_MIN": -(2**7),
    b"CHAR_MAX": 2**7 - 1, b"SHRT_MIN": -(2**15), b"SHRT_MAX": 2**15 - 1, b"USHRT_MAX": 2**16 - 1,
    b"INT_MIN": -(2**31), b"INT_MAX": 2**31 - 1, b"UINT_MAX": 2**32 - 1, b"LONG_MIN": -(2**63),
    b"LONG_MAX": 2**63 - 1, b"ULONG_MAX": 2**64 - 1, b"LLONG_MIN": -(2**63), b"LLONG_MAX": 2**63 - 1,
    b"ULLONG_MAX": 2**64 - 1, b"INT8_MIN": -(2**7), b"INT8_MAX": 2**7 - 1, b"UINT8_MAX": 2**8 - 1,
    b"INT16_MIN": -(2**15), b"INT16_MAX": 2**15 - 1, b"UINT16_MAX": 2**16 - 1, b"INT32_MIN": -(2**31),
    b"INT32_MAX": 2**31 - 1, b"UINT32_MAX": 2**32 - 1, b"INT64_MIN": -(2**63), b"INT64_MAX": 2**63 - 1,
    b"UINT64_MAX": 2**64 - 1, b"SIZE_MAX": 2**64 - 1, b"PTRDIFF_MAX": 2**63 - 1, b"EXIT_SUCCESS": 0,
    b"EXIT_FAILURE": 1, b"RAND_MAX": None, b"CLOCKS_PER_SEC": 1000000, b"EOF": -1,
    b"FLT_EPSILON": 2.0**-23, b"DBL_EPSILON": 2.0**-52, b"DBL_MAX": 1.7976931348623157e308, b"DBL_MIN": 2.0**-1022,
    b"FLT_MAX": 3.4028234663852886e38, b"FLT_MIN": 2.0**-126, b"M_PI": math.pi, b"M_PI_2": math.pi / 2,
    b"M_PI_4": math.pi / 4, b"M_1_PI": 1 / math.pi, b"M_2_PI": 2 / math.pi, b"M_E": math.e, b"M_LN2": math.log(2),
    b"M_LN10": math.log(10), b"M_LOG2E": math.log2(math.e), b"M_SQRT2": math.sqrt(2), b"M_SQRT1_2": math.sqrt(0.5),
    b"INFINITY": math.inf, b"HUGE_VAL": math.inf, b"NAN": math.nan,
}  # fmt: skip

_NUMBER = re.compile(
    r"(?P<int>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)(?P<suffix>[uUlLzZ]*)\Z"
    r"|(?P<float>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:[fFlL]|[fF]\d+|bf16)?\Z"
    r"|(?P<hex>0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*[pP][+-]?\d+)[fFlL]?\Z"
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63}


def number(start: int, end: int, text: str) -> Const:
    """A numeric literal. Where a decimal literal has no suffix its C type follows from its value.

    The grammars read the sign of `n + -1` as a part of the literal.
    """
    if text[:1] in ("-", "+"):
        plain = number(start, end, text[1:].lstrip())
        value = plain.value if text[0] == "+" or plain.value is None else -plain.value
        return Const(start, end, value, text, plain.kind)
    if text.isdigit() and len(text) < 5000 and (text[0] != "0" or len(text) == 1):
        return Const(start, end, int(text), text, "int")
    match = _NUMBER.match(text.replace("'", "")) if len(text) < 5000 else None
    if match is None:
        floating = any(char in text for char in ".eEpP") and text[:2] not in ("0x", "0X")
        return Const(start, end, None, text, "float" if floating else "int")
    if digits := match["int"]:
        octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
        try:
            return Const(start, end, int(digits, 8 if octal else 0), text, "int")
        except ValueError:
            return Const(start, end, None, text, "int")
    try:
        value = float(match["float"]) if match["float"] else float.fromhex(match["hex"])
    except (ValueError, OverflowError):
        return Const(start, end, None, text, "float")
    return Const(start, end, value, text, "float")


def char_value(text: str) -> int | None:
    """The value of a character literal with its quotes; None for multi-character ones."""
    inside = text[text.index("'") + 1 : -1] if "'" in text else ""
    if len(inside) == 1:
        return ord(inside) if ord(inside) < 128 else None
    if inside[:1] != "\\":
        return None
    if inside[1:] in _ESCAPES:
        return _ESCAPES[inside[1:]]
    try:
        return int(inside[2:], 16) if inside[1] == "x" else int(inside[1:], 8)
    except ValueError:
        return None


def fold(expr: Expr | None, depth: int = 0) -> int | None:
    """The value of an integer constant expression, or None. `const` variables count by their initialiser."""
    if depth > 50:
        return None
    if isinstance(expr, Const):
        return expr.value if isinstance(expr.value, int) and expr.kind in ("int", "char", "bool") else None
    if isinstance(expr, SizeOf):
        return expr.value
    if isinstance(expr, Name):
        symbol = expr.symbol
        return fold(symbol.initializer, depth + 1) if symbol.type.const and symbol.type.kind == "int" else None
    if isinstance(expr, Cast):
        return fold(expr.operand, depth + 1) if expr.type.kind == "int" and expr.type.size == 8 else None
    if isinstance(expr, Unary):
        value = fold(expr.operand, depth + 1)
        if value is None or expr.op not in ("-", "+", "~", "!"):
            return None
        return {"-": -value, "+": value, "~": ~value, "!": int(not value)}[expr.op]
    if isinstance(expr, Conditional):
        condition = fold(expr.condition, depth + 1)
        return None if condition is None else fold(expr.then if condition else expr.other, depth + 1)
    if isinstance(expr, Binary):
        left, right = fold(expr.left, depth + 1), fold(expr.right, depth + 1)
        if left is None or right is None:
            return None
        return _apply(expr.op, left, right)
    return None


def _apply(op: str, left: int, right: int) -> int | None:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "%" if right != 0:
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return quotient if op == "/" else left - right * quotient
        case "<<" if 0 <= right < 64:
            return left << right
        case ">>" if 0 <= right < 64:
            return left >> right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "==":
            return int(left == right)
        case "!=":
            return int(left != right)
        case "<":
            return int(left < right)
        case ">":
            return int(left > right)
        case "<=":
            return int(left <= right)
        case ">=":
            return int(left >= right)
        case _:
            return None


def size_of(type_: Type) -> int | None:
    """sizeof on LP64 where it follows from the type alone."""
    if type_.kind == "pointer":
        return 8
    if type_.kind == "array":
        count = fold(type_.extent)
        inner = size_of(type_.inner) if type_.inner is not None else None
        return None if count is None or inner is None else count * inner
    return type_.size

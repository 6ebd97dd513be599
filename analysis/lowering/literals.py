"""Literals."""

from __future__ import annotations

from ..ir.tree import (
    Const,
    Expr,
    Opaque,
)
from ..syntax import Node
from .constants import char_value, number
from .context import Context, expression


@expression("number_literal")
def lower_number(cx: Context, node: Node) -> Expr:
    start = node.start_byte
    end = node.end_byte
    text = cx.src[start:end]
    known = cx.numbers.get(text)
    if known is None:
        known = cx.numbers[text] = number(0, 0, text.decode("utf-8", "replace"))
    return Const(cx.starts[start], cx.ends[end], known.value, known.text, known.kind)


_STANDARD_SUFFIXES = frozenset(["s", "sv", "h", "min", "ms", "us", "ns", "i", "if", "il", "d", "y"])  # C++20 [lex.ext]


@expression("user_defined_literal")
def lower_user_literal(cx: Context, node: Node) -> Expr:
    """A call of a function that the program defines, unless the suffix is one of the standard library's."""
    start, end = node.start_byte, node.end_byte
    text = cx.src[start:end].decode("utf-8", "replace")
    suffix = node.children[-1]
    if cx.src[suffix.start_byte : suffix.end_byte].decode("utf-8", "replace") in _STANDARD_SUFFIXES:
        return Const(cx.starts[start], cx.ends[end], None, text, "string")
    return Opaque(cx.starts[start], cx.ends[end], text, ())


@expression("string_literal", "raw_string_literal", "concatenated_string")
def lower_string(cx: Context, node: Node) -> Expr:
    start, end = node.start_byte, node.end_byte
    return Const(cx.starts[start], cx.ends[end], None, cx.src[start:end].decode("utf-8", "replace"), "string")


@expression("char_literal")
def lower_char(cx: Context, node: Node) -> Expr:
    text = cx.spelling(node)
    return Const(cx.starts[node.start_byte], cx.ends[node.end_byte], char_value(text), text, "char")


@expression("true", "false")
def lower_bool(cx: Context, node: Node) -> Expr:
    text = cx.spelling(node)
    return Const(cx.starts[node.start_byte], cx.ends[node.end_byte], int(text.lower() == "true"), text, "bool")


@expression("null")
def lower_null(cx: Context, node: Node) -> Expr:
    return Const(cx.starts[node.start_byte], cx.ends[node.end_byte], 0, cx.spelling(node), "null")

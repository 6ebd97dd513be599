"""Literals."""

from __future__ import annotations

from ..ir.tree import (
    Const,
    Expr,
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


@expression("string_literal", "raw_string_literal", "concatenated_string", "user_defined_literal")
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

"""Names, accesses to elements and members, and initialiser lists."""

from __future__ import annotations

import re

from ..ir.tree import (
    Cast,
    Const,
    Expr,
    Index,
    InitList,
    Member,
    Name,
    Opaque,
    Symbol,
)
from ..syntax import Node
from .constants import HEADER_CONSTANTS
from .context import MAX_EXPRESSION_DEPTH, Context, TooDeep, expression, opaque
from .names import field_name
from .overloads import as_subscript
from .types import type_descriptor


@expression("identifier", "field_identifier", "namespace_identifier")
def lower_identifier(cx: Context, node: Node) -> Expr:
    start = node.start_byte
    end = node.end_byte
    name = cx.src[start:end]
    binding = cx.env.get(name)
    if binding.__class__ is Symbol:
        if cx.lambda_scopes:
            _note_capture(cx, binding, name)  # pyright: ignore[reportArgumentType]
        return Name(cx.starts[start], cx.ends[end], binding)  # pyright: ignore[reportArgumentType]
    if binding is not None:
        return cx.reference(binding, cx.starts[start], cx.ends[end], name)
    if name[:4] == b"_if_" and (condition := cx.condition(node)) is not None:
        return Opaque(condition[1], condition[2], condition[0], ())
    if name in cx.prepared.choices:
        return _choice(cx, node, name)
    if cx.prepared.limited and name in cx.prepared.macros and name not in cx.prepared.symbolic:
        return Opaque(cx.starts[start], cx.ends[end], name.decode("utf-8", "replace"), ())  # it was left unexpanded
    if name in HEADER_CONSTANTS and name not in cx.unknowns:
        value = HEADER_CONSTANTS[name]
        kind = "float" if isinstance(value, float) else "int"
        return Const(cx.starts[start], cx.ends[end], value, name.decode(), kind)
    return Name(cx.starts[start], cx.ends[end], cx.unknown(name))


def _choice(cx: Context, node: Node, name: bytes) -> Opaque:
    """A macro with several bodies: any name in any of them may be meant."""
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    words = {word for body in cx.prepared.choices[name] for word in re.findall(rb"\b[A-Za-z_]\w*", body)}
    symbols = [cx.env.get(word) for word in sorted(words)]
    children = tuple(Name(start, end, symbol) for symbol in symbols if isinstance(symbol, Symbol))
    return Opaque(start, end, name.decode("utf-8", "replace"), children)


def _note_capture(cx: Context, symbol: Symbol, name: bytes) -> None:
    """A lambda that captures by reference takes the address of every outer local that it names."""
    if symbol.function is None:
        return
    for _, by_reference, default_reference in cx.lambda_scopes:
        if symbol.function != cx.function and (default_reference or name in by_reference):
            symbol.address_taken = True
            cx.addressed.add(symbol)


@expression("this")
def lower_this(cx: Context, node: Node) -> Expr:
    symbol = cx.this if cx.this is not None else cx.unknown(b"this")
    return Name(cx.starts[node.start_byte], cx.ends[node.end_byte], symbol)


@expression("subscript_expression")
def lower_subscript(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    children = node.children
    base = children[0]
    exprs = cx.exprs
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if len(children) == 4:
        subscript = children[2]
    else:  # C++: the brackets are a node
        inside = children[1].children
        if len(inside) != 3:  # a[i, j] of C++23
            operands = (cx.expr(base), *(cx.expr(child) for child in inside if child.is_named))
            cx.depth -= 1
            return Opaque(start, end, cx.original_text(start, end), operands)
        subscript = inside[1]
    result = Index(start, end, exprs[base.kind_id](cx, base), as_subscript(cx, exprs[subscript.kind_id](cx, subscript)))
    cx.depth -= 1
    return result


@expression("field_expression")
def lower_field(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    children = node.children
    base, operator, field = children[0], children[1], children[-1]
    arrow = cx.kinds.tokens[operator.kind_id]
    if field.type == "template_method" and (compared := _compared(cx, field)):
        cx.depth -= 1
        start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
        return Opaque(start, end, cx.original_text(start, end), (cx.expr(base), *compared))
    result = Member(
        cx.starts[node.start_byte],
        cx.ends[node.end_byte],
        cx.exprs[base.kind_id](cx, base),
        field_name(cx, field),
        arrow in ("->", "->*"),
    )
    cx.depth -= 1
    return result


def is_plain_variable(binding: object) -> bool:
    """Whether a name cannot be a template: what stands after it in angle brackets is compared with it."""
    return isinstance(binding, Symbol) and binding.type.kind in ("int", "float", "bool", "pointer", "array")


def _compared(cx: Context, field: Node) -> list[Expr]:
    """What stands where a member template's arguments would, if it has variables: `s.m < i > j` are comparisons."""
    operands = cx.expressions_within(field.named_children[-1])
    variables = any(isinstance(each, Name) and is_plain_variable(each.symbol) for each in operands)
    return operands if variables else []


@expression("initializer_list")
def lower_initializer_list(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    exprs = cx.exprs
    children = node.named_children
    items = tuple([exprs[child.kind_id](cx, child) for child in children])
    cx.depth -= 1
    designated = any(child.type == "initializer_pair" for child in children)
    return InitList(cx.starts[node.start_byte], cx.ends[node.end_byte], items, designated)


@expression("initializer_pair")
def lower_initializer_pair(cx: Context, node: Node) -> Expr:
    return cx.expr(node.children[-1])


@expression("compound_literal_expression")
def lower_compound_literal(cx: Context, node: Node) -> Expr:
    children = node.named_children
    type_ = type_descriptor(cx, children[0])
    return Cast(cx.starts[node.start_byte], cx.ends[node.end_byte], type_, cx.expr(children[-1]))


@expression("extension_expression", "init_statement")
def lower_transparent(cx: Context, node: Node) -> Expr:
    return cx.expr(node.named_children[-1])


@expression(
    "generic_expression", "gnu_asm_expression", "fold_expression", "requires_expression", "co_await_expression",
    "parameter_pack_expansion", "co_yield_statement",
)  # fmt: skip
def lower_opaque(cx: Context, node: Node) -> Expr:
    return opaque(cx, node)

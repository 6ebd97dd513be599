"""Calls, the casts that look like calls, qualified names, and what else only C++ has of expressions."""

from __future__ import annotations

from ..ir.tree import Call, Cast, Const, Delete, Expr, Member, Name, New, Opaque, Symbol
from ..ir.types import Type
from ..syntax import Node
from .context import MAX_EXPRESSION_DEPTH, ClassMember, Context, EnumConstant, TooDeep, expression, opaque
from .expressions import is_plain_variable
from .known_types import STD_FUNCTIONS
from .names import qualified_name
from .opaque import expressions_within
from .operators import parenthesized_type
from .types import template_arguments, type_descriptor, type_from_text, type_node

_NAMED_CASTS = frozenset([b"static_cast", b"const_cast", b"reinterpret_cast", b"dynamic_cast"])


@expression("call_expression")
def lower_call(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    children = node.children
    function = children[0]
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    exprs = cx.exprs
    arguments = tuple([exprs[child.kind_id](cx, child) for child in children[-1].children[1:-1:2]])
    result = _call(cx, function, start, end, arguments)
    cx.depth -= 1
    return result


def _call(cx: Context, function: Node, start: int, end: int, arguments: tuple[Expr, ...]) -> Expr:
    kind = function.type
    if kind == "identifier":
        text = cx.src[function.start_byte : function.end_byte]
        binding = cx.env.get(text)
        if binding.__class__ is Type:
            return _construct(cx, binding, function, start, end, arguments)  # pyright: ignore[reportArgumentType]
        callee = cx.expr(function)
        name = callee.symbol.name if isinstance(callee, Name) and binding is not None else call_name(cx, text, binding)
        return Call(start, end, callee, name, arguments)
    if kind == "field_expression":
        callee = cx.expr(function)
        return Call(start, end, callee, callee.name if isinstance(callee, Member) else "", arguments)
    if kind == "qualified_identifier":
        name = qualified_name(cx, function)
        type_ = type_from_text(cx, name.encode())
        if type_ is not None:
            return _construct(cx, type_, function, start, end, arguments)
        callee = cx.expr(function)
        if isinstance(callee, Name) and callee.symbol.type.kind == "function":
            name = callee.symbol.name
        return Call(start, end, callee, name, arguments)
    if kind in ("template_function", "template_type"):
        return _template_call(cx, function, start, end, arguments)
    if kind in ("primitive_type", "sized_type_specifier", "type_identifier", "placeholder_type_specifier"):
        return _construct(cx, type_node(cx, function), function, start, end, arguments)
    if kind == "parenthesized_expression" and len(arguments) == 1:
        type_ = parenthesized_type(cx, function)
        if type_ is not None:  # the grammar takes (T)(x) for a call
            return Cast(start, end, type_, arguments[0])
    callee = cx.expr(function)
    if isinstance(callee, Name):  # (f)(x)
        return Call(start, end, callee, callee.symbol.name, arguments)
    return Call(start, end, callee, "", arguments)


def call_name(cx: Context, text: bytes, binding: object) -> str:
    """The qualified spelling of a called name."""
    if isinstance(binding, Symbol):
        return binding.name
    name = text.decode("utf-8", "replace")
    if isinstance(binding, ClassMember):
        return name
    if cx.using_std and (name in cx.using_std or ("*" in cx.using_std and name in STD_FUNCTIONS)):
        return "std::" + name
    return name


def _template_call(cx: Context, function: Node, start: int, end: int, arguments: tuple[Expr, ...]) -> Expr:
    named = function.named_children
    text = cx.src[named[0].start_byte : named[0].end_byte]
    if text in _NAMED_CASTS and len(arguments) == 1:
        targets = template_arguments(cx, named[-1])
        if targets:
            return Cast(start, end, targets[0], arguments[0], text == b"dynamic_cast")
    type_ = type_from_text(cx, text)
    if type_ is not None and type_.kind != "unknown":
        type_ = Type(type_.kind, type_.name, arguments=template_arguments(cx, named[-1]))
        return _construct(cx, type_, function, start, end, arguments)
    binding = cx.env.get(text)
    if is_plain_variable(binding):  # `x < i > (y)` compares twice
        operands = (cx.expr(named[0]), *expressions_within(cx, named[-1]), *arguments)
        return Opaque(start, end, cx.original_text(start, end), operands)
    callee = cx.expr(named[0])
    return Call(start, end, callee, call_name(cx, text, binding), arguments)


def _construct(cx: Context, type_: Type, node: Node, start: int, end: int, arguments: tuple[Expr, ...]) -> Expr:
    """`T(x)`: a conversion of a scalar, or a new object."""
    if type_.kind != "record":
        if len(arguments) == 1:
            return Cast(start, end, type_, arguments[0])
        if not arguments and type_.kind in ("int", "float", "bool", "pointer"):
            return Cast(start, end, type_, Const(start, end, 0, "0", "int"))
    name = type_.name or cx.spelling(node)
    callee_end = cx.ends[node.end_byte]
    return Call(start, end, Name(start, callee_end, cx.unknown(name.encode())), name, arguments)


@expression("qualified_identifier")
def lower_qualified(cx: Context, node: Node) -> Expr:
    name = qualified_name(cx, node)
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    return _qualified_reference(cx, name, start, end)


def _qualified_reference(cx: Context, name: str, start: int, end: int) -> Expr:
    key = name.encode("utf-8", "replace")
    prefix = cx.prefix
    while prefix:  # a name may be qualified from any of the namespaces around
        binding = cx.env.get(prefix.encode() + key)
        if binding is not None:
            break
        prefix = prefix[: prefix.rfind("::", 0, -2) + 2] if "::" in prefix[:-2] else ""
    else:
        binding = cx.env.get(key)
    if isinstance(binding, Symbol):
        return Name(start, end, binding)
    if binding is not None and not isinstance(binding, Type):
        return cx.reference(binding, start, end, key)
    scope, _, member = name.rpartition("::")
    found = cx.members.get(scope, {}).get(member.encode())
    if isinstance(found, Symbol):
        return Name(start, end, found)
    if isinstance(found, EnumConstant) or (isinstance(found, ClassMember) and cx.this is not None):
        return cx.reference(found, start, end, member.encode())
    return Name(start, end, cx.unknown(key))


@expression("template_function", "template_type", "template_method", "dependent_name")
def lower_template_name(cx: Context, node: Node) -> Expr:
    named = node.named_children
    name = cx.expr(named[0])
    if isinstance(name, Name) and is_plain_variable(name.symbol):
        start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
        return Opaque(start, end, cx.original_text(start, end), (name, *expressions_within(cx, named[-1])))
    return name


@expression("operator_name", "destructor_name")
def lower_operator_name(cx: Context, node: Node) -> Expr:
    name = "".join(cx.spelling(node).split()).encode()
    binding = cx.env.get(name)
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    return Name(start, end, binding if isinstance(binding, Symbol) else cx.unknown(name))


@expression("new_expression")
def lower_new(cx: Context, node: Node) -> Expr:
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    type_ = extent = None
    arguments: tuple[Expr, ...] = ()
    for child in node.named_children:
        kind = child.type
        if kind == "new_declarator":
            if type_ is not None:
                type_ = _with_blanked_stars(cx, type_, node, child)
            sizes = child.named_children
            extent = cx.expr(sizes[0]) if sizes else None
            for inner in sizes[1:]:
                if inner.type == "new_declarator" and type_ is not None and inner.named_children:
                    type_ = Type("array", inner=type_, extent=cx.expr(inner.named_children[0]))
        elif kind in ("argument_list", "initializer_list"):
            values = tuple(cx.expr(argument) for argument in child.named_children)
            if type_ is None:  # placement
                return opaque(cx, node)
            arguments = values
        elif kind == "parameter_list":
            return opaque(cx, node)
        elif kind == "abstract_pointer_declarator" and type_ is not None:
            type_ = Type("pointer", inner=type_, size=8)
        elif type_ is None:
            type_ = type_descriptor(cx, child) if kind == "type_descriptor" else type_node(cx, child)
    if type_ is None:
        return opaque(cx, node)
    return New(start, end, type_, extent, arguments)


def _with_blanked_stars(cx: Context, type_: Type, node: Node, declarator: Node) -> Type:
    """The type of `new T*[n]`, whose stars `recovery` takes out of the text that the grammar reads."""
    before = cx.original[cx.starts[node.start_byte] : cx.starts[declarator.start_byte]].rstrip()
    while before.endswith(b"*"):
        type_, before = Type("pointer", inner=type_, size=8), before[:-1].rstrip()
    return type_


@expression("delete_expression")
def lower_delete(cx: Context, node: Node) -> Expr:
    return Delete(cx.starts[node.start_byte], cx.ends[node.end_byte], cx.expr(node.named_children[-1]))

"""Declarations that give names to types, and `using`."""

from __future__ import annotations

from ..ir.tree import Stmt
from ..ir.types import Type
from ..syntax import Node
from .context import Context, statement
from .names import qualified_name
from .types import (
    declarator,
    specifiers,
    type_descriptor,
    type_node,
)


@statement("type_definition")
def lower_typedef(cx: Context, node: Node, out: list[Stmt]) -> None:
    before = set(cx.records)
    found, rest = specifiers(cx, node.children)
    for child in rest:
        if not child.is_named:
            continue
        what = declarator(cx, child, found.type)
        if what.name is None:
            continue
        if "vector_size" in found.attributes:  # elements side by side: no scalar of that type
            what.type = Type("unknown", cx.spelling(what.name))
        if found.type.name.startswith("<") and what.type == found.type:
            found.type = _name_record(cx, found.type, cx.spelling(what.name), before)
            what.type = found.type
        bind_type(cx, cx.src[what.name.start_byte : what.name.end_byte], what.type)


def _name_record(cx: Context, type_: Type, name: str, before: set[str]) -> Type:
    """`typedef struct { … } Name;` gives the nameless record its name."""
    import msgspec

    record = cx.records.get(type_.name)
    if record is None or type_.name in before or cx.prefix + name in cx.records:
        return type_
    del cx.records[type_.name]
    record.name = cx.prefix + name
    cx.records[record.name] = record
    if type_.name in cx.members:
        cx.members[record.name] = cx.members.pop(type_.name)
    return msgspec.structs.replace(type_, name=record.name)


@statement("alias_declaration")
def lower_alias(cx: Context, node: Node, out: list[Stmt]) -> None:
    named = node.named_children
    bind_type(cx, cx.src[named[0].start_byte : named[0].end_byte], type_descriptor(cx, named[-1]))


def bind_type(cx: Context, name: bytes, type_: Type) -> None:
    """Makes `name` a type in the innermost scope."""
    cx.bind(name, type_)
    if cx.function is None:
        text = cx.prefix + name.decode("utf-8", "replace")
        cx.aliases[text] = type_
        if cx.prefix:
            cx.set(text.encode(), type_)


@statement("struct_specifier", "union_specifier", "class_specifier", "enum_specifier")
def lower_type_statement(cx: Context, node: Node, out: list[Stmt]) -> None:
    type_node(cx, node)


@statement("using_declaration")
def lower_using(cx: Context, node: Node, out: list[Stmt]) -> None:
    named = node.named_children
    if not named:
        return
    name = qualified_name(cx, named[-1])
    if any(child.type == "namespace" for child in node.children):
        if name == "std":
            cx.using_std.add("*")
        for key, binding in cx.namespaces.get(name + "::", {}).items():
            cx.leaked = True
            cx.bind(key, binding)
        return
    if name.startswith("std::"):
        cx.using_std.add(name[5:])
        return
    binding = cx.env.get(name.encode())
    if binding is not None:
        cx.bind(name.rpartition("::")[2].encode(), binding)


@statement("static_assert_declaration", "namespace_alias_definition", "friend_declaration", "concept_definition",
           "template_instantiation", "empty_declaration")  # fmt: skip
def lower_nothing(cx: Context, node: Node, out: list[Stmt]) -> None:
    return

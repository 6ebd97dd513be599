"""Structs, unions, classes and enumerations."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..ir.tree import Symbol
from ..ir.types import Field, Record, Type
from ..syntax import Node
from .constants import fold
from .context import Binding, ClassMember, Context, EnumConstant
from .functions import lower_function, template_parameters
from .names import qualified_name
from .signatures import declare_function
from .typedefs import bind_type, lower_alias, lower_typedef
from .types import declarator, specifiers, type_from_text, type_handler, type_node


@type_handler("struct_specifier", "union_specifier", "class_specifier")
def record_type(cx: Context, node: Node) -> Type:
    name = ""
    body: Node | None = None
    bases: tuple[str, ...] = ()
    for child in node.named_children:
        kind = child.type
        if kind in ("type_identifier", "template_type", "qualified_identifier"):
            name = qualified_name(cx, child)
        elif kind == "field_declaration_list":
            body = child
        elif kind == "base_class_clause":
            bases = tuple(
                qualified_name(cx, base)
                for base in child.named_children
                if base.type in ("type_identifier", "qualified_identifier", "template_type")
            )
    is_union = node.type == "union_specifier"
    if body is None:
        known = type_from_text(cx, name.encode())
        if known is not None and known.kind == "record":
            return known
        return Type("record", _qualify(cx, name) if name else "<record>", is_union=is_union)
    full = _qualify(cx, name) if name else f"<record@{len(cx.records)}>"
    type_ = Type("record", full, is_union=is_union)
    if name and cx.language == "cpp":
        bind_type(cx, name.encode(), type_)
    _define(cx, full, body, bases, is_union, name)
    return type_


def _qualify(cx: Context, name: str) -> str:
    """Tags of C have one scope, and so for us have classes inside functions."""
    return cx.prefix + name if cx.language == "cpp" and cx.function is None else name


def _define(cx: Context, full: str, body: Node, bases: tuple[str, ...], is_union: bool, short: str) -> None:
    members: dict[bytes, Binding] = {}
    record = Record(full, {}, is_union, bases, complete=not body.has_error)
    cx.redefined |= full in cx.records
    cx.records[full] = record
    cx.members[full] = members
    for base in bases:
        known = type_from_text(cx, base.encode())
        inherited = cx.records.get(known.name if known is not None else base)
        record.complete &= inherited is not None and inherited.complete
        if inherited is not None:
            record.fields |= inherited.fields
            record.virtual |= inherited.virtual
            members |= cx.members.get(inherited.name, {})
    prefix = cx.prefix
    function, depth = cx.function, cx.block_depth
    cx.prefix = full + "::"
    cx.push()
    cx.function = None
    methods: list[tuple[Node, Node | None]] = []
    for node, template in _items(body):
        kind = node.type
        if kind == "field_declaration":
            _field(cx, record, members, node)
        elif kind in ("function_definition", "declaration", "field_declaration"):
            _note_method(record, node, _method_name(cx, members, node, template, full))
            if kind == "function_definition":
                methods.append((node, template))
        elif kind == "type_definition":
            lower_typedef(cx, node, [])
        elif kind == "alias_declaration":
            lower_alias(cx, node, [])
        elif kind in ("struct_specifier", "union_specifier", "class_specifier", "enum_specifier"):
            record_or_enum(cx, node)
        elif kind == "preproc_call":
            if directive := cx.directive(node):
                cx.thread_private(directive)
        elif node.is_error:
            record.complete = False
            cx.error(node, "this could not be read")
    for name in cx.scopes[-1]:
        binding = cx.env.get(name)
        if binding is not None and name not in members:
            members[name] = binding
    for node, template in methods:
        with template_parameters(cx, template):
            lower_function(cx, node, record=full, short=short)
    cx.pop()
    cx.prefix = prefix
    cx.function, cx.block_depth = function, depth


def record_or_enum(cx: Context, node: Node) -> Type:
    return enum_type(cx, node) if node.type == "enum_specifier" else record_type(cx, node)


def _items(body: Node) -> Iterator[tuple[Node, Node | None]]:
    """The members of a class body with the template declaration around each, those of `#if` branches included."""
    pending = [(child, None) for child in reversed(body.named_children)]
    while pending:
        node, template = pending.pop()
        if node.type.startswith("preproc_") and node.type != "preproc_call":
            pending += [(child, template) for child in reversed(node.named_children) if child.type != "identifier"]
        elif node.type == "template_declaration":
            pending += [(child, node) for child in node.named_children[-1:]]
        else:
            yield node, template


def _field(cx: Context, record: Record, members: dict[bytes, Binding], node: Node) -> None:
    found, rest = specifiers(cx, node.children)
    declared = False
    skip = False
    for child in rest:
        if not child.is_named:
            skip = True  # after "=" stands the default value
            continue
        record.initialises |= skip and any(part.type == "call_expression" for part in _nodes(child))
        if child.type == "bitfield_clause" and declared:
            record.fields[list(record.fields)[-1]].is_bits = True
        if skip or child.type in ("bitfield_clause", "initializer_list", "argument_list"):
            skip = False
            continue
        what = declarator(cx, child, found.type)
        if what.name is None:
            continue
        declared = True
        key = cx.src[what.name.start_byte : what.name.end_byte]
        name = key.decode("utf-8", "replace")
        start, end = cx.starts[what.name.start_byte], cx.ends[what.name.end_byte]
        if what.parameters is not None:
            members.setdefault(key, ClassMember(name, what.type, record.name))
            _note_method(record, node, name)
            declare_method(cx, what, found, node, record.name)
        elif found.storage == "static":
            members[key] = cx.declare(key, what.type, "static", start, end)
            _static_value(cx, members[key], node)
        else:
            record.fields[name] = Field(name, what.type, start, end)
            members[key] = ClassMember(name, what.type, record.name)
    if not declared and found.type.kind == "record":
        inner = cx.records.get(found.type.name)
        if inner is not None and found.type.name.startswith("<record@"):
            # Members of a nameless struct or union are the outer one's; in a union they share their bytes.
            shared = inner.is_union
            record.fields |= {
                name: msgspec.structs.replace(field, in_union=shared or field.in_union)
                for name, field in inner.fields.items()
            }
            for name in inner.fields:
                members[name.encode()] = ClassMember(name, inner.fields[name].type, record.name)
            if inner.is_union and not record.is_union:
                record.complete = False


def _static_value(cx: Context, symbol: Binding, node: Node) -> None:
    children = node.children
    for position, child in enumerate(children[:-1]):
        if child.type == "=" and isinstance(symbol, Symbol):
            symbol.initializer = cx.expr(children[position + 1])


def declare_method(cx: Context, what, found, node: Node, record: str) -> None:
    """A method without a body; its name is a member, not a symbol of its own."""
    before = len(cx.functions)
    key = cx.src[what.name.start_byte : what.name.end_byte]
    known = cx.env.get(key)
    declare_function(cx, what, found, node)
    if known is None:
        cx.set(key, None)
    else:
        cx.set(key, known)
    for function in cx.functions[before:]:
        function.record = record


def _nodes(node: Node) -> Iterator[Node]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending += current.named_children


def _note_method(record: Record, node: Node, name: str | None) -> None:
    """Notes that the class declares a function, and whether others may stand in for it."""
    if name is None or any(child.type in ("default_method_clause", "delete_method_clause") for child in node.children):
        return
    record.declared |= {name}
    specified = any(child.type == "virtual" for child in node.children)
    if specified or any(part.type == "virtual_specifier" for part in _nodes(node)):
        record.virtual |= {name}


def _method_name(
    cx: Context, members: dict[bytes, Binding], node: Node, template: Node | None, record: str
) -> str | None:
    name: str | None = None
    with template_parameters(cx, template):
        found, rest = specifiers(cx, [child for child in node.children if child.type != "compound_statement"])
        for child in rest:
            if child.type.endswith("declarator"):
                what = declarator(cx, child, found.type)
                if what.name is not None:
                    key = cx.src[what.name.start_byte : what.name.end_byte]
                    name = key.decode("utf-8", "replace")
                    members.setdefault(key, ClassMember(name, what.type, record))
    return name


@type_handler("enum_specifier")
def enum_type(cx: Context, node: Node) -> Type:
    name = ""
    base = Type("int", "int", size=4)
    after_colon = False
    for child in node.children:
        after_colon |= child.type == ":"
        if after_colon and child.is_named and child.type != "enumerator_list":
            base = type_node(cx, child)
        elif child.type == "type_identifier":
            name = cx.spelling(child)
        elif child.type == "enumerator_list":
            _enumerators(cx, child, name if any(c.type in ("class", "struct") for c in node.children) else "")
    type_ = Type("int", f"enum {name}".strip(), size=base.size, unsigned=base.unsigned)
    if name and cx.language == "cpp":
        bind_type(cx, name.encode(), type_)
    return type_


def _enumerators(cx: Context, node: Node, scoped: str) -> None:
    value: int | None = -1
    pending = list(reversed(node.named_children))
    while pending:
        child = pending.pop()
        if child.type.startswith("preproc_"):
            pending += [inner for inner in reversed(child.named_children) if inner.type != "identifier"]
            value = None
            continue
        if child.type != "enumerator":
            continue
        named = child.named_children
        if len(named) > 1:
            value = fold(cx.expr(named[-1]))
        elif value is not None:
            value += 1
        key = cx.src[named[0].start_byte : named[0].end_byte]
        constant = EnumConstant(value)
        if scoped:
            cx.set((cx.prefix + scoped).encode() + b"::" + key, constant)
            cx.set(scoped.encode() + b"::" + key, constant)
        else:
            cx.bind(key, constant)
            if cx.prefix:
                cx.set(cx.prefix.encode() + key, constant)

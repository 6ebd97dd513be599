"""Specifiers and declarators, as types."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ..ir.tree import Expr, Name, Symbol
from ..ir.types import UNKNOWN, Type
from ..syntax import Node
from .context import Context
from .known_types import HEADER_TYPES, STD_RECORDS, builtin
from .names import qualified_name

TypeHandler = Callable[[Context, Node], Type]
TYPE_NODES: dict[str, TypeHandler] = {}


def type_handler(*names: str) -> Callable[[TypeHandler], TypeHandler]:
    """Registers how the named nodes become types."""

    def register(handler: TypeHandler) -> TypeHandler:
        TYPE_NODES.update(dict.fromkeys(names, handler))
        return handler

    return register


class Specifiers(msgspec.Struct):
    """What stands before the declarators of a declaration."""

    type: Type
    storage: str = ""  # static, extern, register
    thread_local: bool = False
    attributes: tuple[str, ...] = ()
    has_type: bool = False


_QUALIFIERS = {
    "const": "const", "constexpr": "const", "constinit": "", "volatile": "volatile", "restrict": "restrict",
    "__restrict__": "restrict", "_Atomic": "atomic",
}  # fmt: skip
_ATTRIBUTES = ("pure", "const", "noreturn", "vector_size")


def qualified(type_: Type, *qualifiers: str) -> Type:
    """`type_` with const, volatile, restrict or atomic set."""
    changes = {qualifier: True for qualifier in qualifiers if qualifier and not getattr(type_, qualifier)}
    return msgspec.structs.replace(type_, **changes) if changes else type_


def specifiers(cx: Context, nodes: Iterable[Node]) -> tuple[Specifiers, list[Node]]:
    """The specifiers among a declaration's children, and the children that are none."""
    type_: Type | None = None
    qualifiers: list[str] = []
    attributes: list[str] = []
    storage = ""
    thread_local = False
    rest: list[Node] = []
    for node in nodes:
        kind = node.type
        if kind in TYPE_NODES:
            if type_ is None and not rest:
                type_ = TYPE_NODES[kind](cx, node)
            else:
                rest.append(node)
        elif kind == "type_qualifier":
            text = cx.spelling(node)
            if text in _QUALIFIERS:
                qualifiers.append(_QUALIFIERS[text])
            elif text.startswith("_Atomic"):
                qualifiers.append("atomic")
        elif kind == "storage_class_specifier":
            text = cx.spelling(node)
            if text in ("thread_local", "__thread", "_Thread_local"):
                thread_local = True
            elif text in ("static", "extern"):
                storage = text
        elif kind in ("attribute_specifier", "attribute_declaration", "ms_declspec_modifier"):
            attributes += attribute_words(cx, node)
        elif kind in _IGNORED:
            continue
        elif node.is_named or kind in ("=", ":"):
            rest.append(node)
    has_type = type_ is not None
    if type_ is None:
        type_ = Type("int", "int", size=4) if cx.language == "c" else UNKNOWN
    if qualifiers:
        type_ = qualified(type_, *qualifiers)
    return Specifiers(type_, storage, thread_local, tuple(attributes), has_type), rest


_IGNORED = frozenset(
    [
        "alignas_qualifier", "explicit_function_specifier", "virtual_specifier", "virtual", "ms_call_modifier",
        "inline",
        "requires_clause", "gnu_asm_expression", "trailing_return_type", "explicit", "friend", "typedef", "noexcept",
        "throw_specifier",
    ]
)  # fmt: skip


_NEVER_THROWS = frozenset(["noexcept", "noexcept(true)"])


def attribute_words(cx: Context, node: Node) -> list[str]:
    """Those of pure, const, noreturn, vector_size that an attribute names, in any spelling."""
    text = cx.spelling(node)
    words = {word.strip("_") for word in text.replace("(", " ").replace(")", " ").replace(",", " ").split()}
    words |= {word.strip("_[]") for word in text.replace("::", " ").replace("[", " ").replace("]", " ").split()}
    return [word for word in _ATTRIBUTES if word in words]


# ---- type nodes


@type_handler("primitive_type", "sized_type_specifier")
def _builtin(cx: Context, node: Node) -> Type:
    words = cx.spelling(node).split()
    found = builtin(words) or (HEADER_TYPES.get(words[0]) if len(words) == 1 else None)
    if found is None and len(words) > 1:  # `unsigned T`
        known = type_from_text(cx, words[-1].encode())
        found = known if known is not None and known.kind != "unknown" else None
    return found or Type("unknown", " ".join(words))


@type_handler("type_identifier")
def _named(cx: Context, node: Node) -> Type:
    name = cx.src[node.start_byte : node.end_byte]
    return type_from_text(cx, name) or Type("unknown", name.decode("utf-8", "replace"))


def type_from_text(cx: Context, name: bytes) -> Type | None:
    """The type that a name stands for here, or None where no type of that name is known."""
    binding = cx.env.get(name)
    if binding.__class__ is Type:
        return binding  # pyright: ignore[reportReturnType]
    if binding is not None:
        return None
    text = name.decode("utf-8", "replace")
    if name in cx.prepared.choices:
        return _choice(cx, name)
    if text in HEADER_TYPES:
        return HEADER_TYPES[text]
    if text.startswith("std::"):
        return HEADER_TYPES.get(text[5:]) or (Type("record", text) if text[5:] in STD_RECORDS else None)
    if cx.using_std and (text in cx.using_std or "*" in cx.using_std) and text in STD_RECORDS:
        return Type("record", "std::" + text)
    if b"::" in name:
        return None
    return builtin([text])


def _choice(cx: Context, name: bytes) -> Type | None:
    """A macro that stands for one of several types: what they have in common."""
    bodies = cx.prepared.choices[name]
    found = [builtin(body.decode("utf-8", "replace").split()) for body in bodies]
    if not all(found):
        return None
    first = found[0]
    assert first is not None
    if any(other is None or other.kind != first.kind for other in found):
        return Type("unknown", name.decode("utf-8", "replace"))
    sizes = {other.size for other in found if other is not None}
    return Type(first.kind, name.decode("utf-8", "replace"), size=sizes.pop() if len(sizes) == 1 else None)


@type_handler("qualified_identifier")
def _qualified(cx: Context, node: Node) -> Type:
    name = qualified_name(cx, node)
    last = node
    while last.type == "qualified_identifier" and last.named_children:
        last = last.named_children[-1]
    arguments = template_arguments(cx, last.named_children[-1]) if last.type == "template_type" else ()
    return _templated(cx, name, arguments)


_HOLDERS = frozenset(["pair", "tuple", "optional"])  # of what their arguments say, references included


@type_handler("template_type")
def _template(cx: Context, node: Node) -> Type:
    name, arguments = node.named_children[0], node.named_children[-1]
    return _templated(cx, cx.spelling(name), template_arguments(cx, arguments))


def _templated(cx: Context, name: str, arguments: tuple[Type, ...]) -> Type:
    if name.removeprefix("std::") in _HOLDERS and any(argument.kind == "reference" for argument in arguments):
        return Type("reference", inner=Type("unknown", name))
    if name.removeprefix("std::") == "reference_wrapper" and len(arguments) == 1:
        return Type("reference", inner=arguments[0])
    known = type_from_text(cx, name.encode())
    if known is None and cx.prefix:
        known = type_from_text(cx, (cx.prefix + name).encode())
    if known is None:
        kind = "record" if name.startswith("std::") or arguments else "unknown"
        return Type(kind, name, arguments=arguments)
    return msgspec.structs.replace(known, arguments=arguments) if arguments and known.kind == "record" else known


@type_handler("dependent_type")
def _dependent(cx: Context, node: Node) -> Type:
    return Type("unknown", cx.spelling(node))


@type_handler("placeholder_type_specifier", "auto")
def _placeholder(cx: Context, node: Node) -> Type:
    text = cx.spelling(node)  # `decltype(auto)` is a reference where its initialiser is one
    return Type("unknown", text) if text.startswith("decltype") else Type("auto", "auto")


@type_handler("decltype")
def _decltype(cx: Context, node: Node) -> Type:
    """That of a name is what it was declared with; of an expression it is a reference where that names an object."""
    symbol = cx.env.get(cx.spelling(node.named_children[0]).encode()) if node.named_child_count == 1 else None
    if isinstance(symbol, Symbol):
        return symbol.type
    return Type("unknown", cx.spelling(node))


@type_handler("macro_type_specifier")
def _macro_type(cx: Context, node: Node) -> Type:
    text = cx.spelling(node)
    if text.startswith("_Atomic"):
        inner = [child for child in node.named_children if child.type == "type_descriptor"]
        if inner:
            return qualified(type_descriptor(cx, inner[0]), "atomic")
    return Type("unknown", text)


def template_arguments(cx: Context, node: Node) -> tuple[Type, ...]:
    """The types among `<...>`. A value argument stands as a type of kind "unknown" whose extent is the value."""
    found: list[Type] = []
    for child in node.named_children:
        if child.type == "type_descriptor":
            found.append(_argument_type(cx, child))
        else:
            found.append(Type("unknown", cx.spelling(child), extent=cx.expr(child)))
    return tuple(found)


def _argument_type(cx: Context, node: Node) -> Type:
    """A type argument; the grammar takes a bare variable or constant for a type too."""
    children = node.named_children
    if len(children) == 1 and children[0].kind_id in cx.kinds.type_identifier:
        name = cx.src[children[0].start_byte : children[0].end_byte]
        binding = cx.env.get(name)
        if binding is not None and not isinstance(binding, Type):
            start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
            value: Expr = (
                Name(start, end, binding) if isinstance(binding, Symbol) else cx.reference(binding, start, end, name)
            )
            return Type("unknown", name.decode("utf-8", "replace"), extent=value)
    return type_descriptor(cx, node)


def type_node(cx: Context, node: Node) -> Type:
    """The type that a specifier node names."""
    handler = TYPE_NODES.get(node.type)
    return handler(cx, node) if handler is not None else Type("unknown", cx.spelling(node))


def type_descriptor(cx: Context, node: Node) -> Type:
    """The type of a cast, sizeof or template argument."""
    if node.type != "type_descriptor":
        return type_node(cx, node)
    found, rest = specifiers(cx, node.children)
    type_ = found.type
    for child in rest:
        type_ = declarator(cx, child, type_).type
    return type_


# ---- declarators


class Declarator(msgspec.Struct):
    """What one declarator declares. `name` is None for abstract ones. `parameters` is the parameter list where the
    declarator declares a function itself (not a pointer to one)."""

    name: Node | None
    type: Type
    parameters: Node | None = None
    function: Node | None = None
    attributes: tuple[str, ...] = ()


_POINTERS = frozenset(["pointer_declarator", "abstract_pointer_declarator", "pointer_type_declarator"])
_ARRAYS = frozenset(["array_declarator", "abstract_array_declarator"])
_FUNCTIONS = frozenset(["function_declarator", "abstract_function_declarator"])
_REFERENCES = frozenset(["reference_declarator", "abstract_reference_declarator"])
_TRANSPARENT = frozenset(
    ["parenthesized_declarator", "abstract_parenthesized_declarator", "attributed_declarator", "init_declarator",
     "variadic_declarator", "optional_parameter_declaration"]
)  # fmt: skip
_NAMES = frozenset(
    ["identifier", "field_identifier", "type_identifier", "qualified_identifier", "operator_name", "destructor_name",
     "template_function", "structured_binding_declarator", "operator_cast", "namespace_identifier", "primitive_type"]
)  # fmt: skip
_INNER = _POINTERS | _ARRAYS | _FUNCTIONS | _REFERENCES | _TRANSPARENT | _NAMES


def declarator(cx: Context, node: Node, base: Type) -> Declarator:
    """What `node` makes of the specifiers' type `base`: declarators are read from outside in."""
    type_ = base
    parameters: Node | None = None
    function: Node | None = None
    attributes: tuple[str, ...] = ()
    for _ in range(200):
        kind = node.type
        inner: Node | None = None
        children = node.children
        if kind in _NAMES:
            return Declarator(node, type_, parameters, function, attributes)
        if kind in _POINTERS:
            type_ = Type("pointer", inner=type_, size=8)
            for child in children:
                if child.type == "type_qualifier" and (word := _QUALIFIERS.get(cx.spelling(child))):
                    type_ = qualified(type_, word)
                elif child.type == "ms_pointer_modifier" and "restrict" in cx.spelling(child):
                    type_ = qualified(type_, "restrict")
            parameters = function = None
        elif kind in _ARRAYS:
            type_ = _array(cx, children, type_)
            parameters = function = None
        elif kind in _FUNCTIONS:
            trailing = next((child for child in children if child.type == "trailing_return_type"), None)
            if trailing is not None and trailing.named_children and type_.kind == "auto":
                type_ = type_descriptor(cx, trailing.named_children[0])
            type_ = Type("function", inner=type_)
            parameters = next((child for child in children if child.type == "parameter_list"), None)
            function = node
            attributes = tuple(
                word for child in children if child.type.startswith("attribute") for word in attribute_words(cx, child)
            )
            if any(child.type == "noexcept" and cx.spelling(child) in _NEVER_THROWS for child in children):
                attributes += ("noexcept",)
        elif kind in _REFERENCES:
            type_ = Type("reference", inner=type_)
            parameters = function = None
        elif kind not in _TRANSPARENT:
            return Declarator(None, type_, parameters, function, attributes)
        for child in children:
            if child.type in _INNER and not (kind in _ARRAYS and child is not children[0]):
                inner = child
                break
        if inner is None:
            return Declarator(None, type_, parameters, function, attributes)
        node = inner
    return Declarator(None, UNKNOWN)


def _array(cx: Context, children: list[Node], element: Type) -> Type:
    """`x[n]`: children are the declarator (or not, when abstract), the brackets, qualifiers and the extent."""
    extent: Expr | None = None
    restrict = promised = False
    inside = False
    for child in children:
        kind = child.type
        if kind == "[":
            inside = True
        elif inside and cx.spelling(child) == "static":
            promised = True
        elif inside and kind == "type_qualifier":
            restrict |= "restrict" in cx.spelling(child)
        elif inside and child.is_named:
            extent = cx.expr(child)
    return Type("array", "static" if promised else "", inner=element, extent=extent, restrict=restrict)


def parameter_type(type_: Type) -> Type:
    """Arrays and functions decay to pointers; inner dimensions stay, and the first where `static` promises it."""
    if type_.kind == "array":
        extent = type_.extent if type_.name == "static" else None
        return Type("pointer", inner=type_.inner, extent=extent, size=8, restrict=type_.restrict)
    if type_.kind == "function":
        return Type("pointer", inner=type_, size=8)
    return type_

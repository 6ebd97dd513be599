"""Declarations of variables."""

from __future__ import annotations

from ..ir.tree import (
    Binary,
    Call,
    Const,
    Decl,
    Expr,
    ExprStmt,
    Index,
    InitList,
    Member,
    Name,
    Opaque,
    Stmt,
    Storage,
    Symbol,
    Unary,
)
from ..ir.types import Type
from ..ir.walk import descendants
from ..syntax import Node, parse_ranges
from .context import Context, statement
from .holders import holds_references
from .infer import bound_fields, element_type, type_of
from .names import qualified_name
from .opaque import expressions_within
from .operators import take_address
from .signatures import declare_function
from .types import (
    Declarator,
    Specifiers,
    declarator,
    qualified,
    specifiers,
    template_arguments,
    type_descriptor,
    type_from_text,
)

_SCALARS = frozenset(["int", "float", "complex", "bool", "pointer"])


@statement("declaration")
def lower_declaration(cx: Context, node: Node, out: list[Stmt]) -> None:
    if node.has_error and _unreadable(node):
        cx.opaque_statement(node, out, is_error=True)
        return
    if cx.function is not None and node.children[0].type == "macro_type_specifier" and _macro_call(cx, node, out):
        return
    found, rest = specifiers(cx, node.children)
    if not found.has_type and cx.function is None and cx.language == "c" and not rest:
        return
    for child in rest:
        lower_declarator(cx, child, found, node, out)


def _macro_call(cx: Context, node: Node, out: list[Stmt]) -> bool:
    """`CHECK(x) y = 1;` is a macro without its semicolon and a statement; the grammar takes CHECK(x) for a type."""
    macro = node.children[0]
    if cx.src[macro.start_byte : macro.end_byte].startswith(b"_Atomic"):
        return False
    lower_macro_statement(cx, macro, out)
    rest = parse_ranges(cx.src, cx.language, [(macro.end_byte, node.end_byte)])
    for child in rest.root_node.named_children:
        cx.stmts_into(child, out)
    return True


@statement("macro_type_specifier")
def lower_macro_statement(cx: Context, node: Node, out: list[Stmt]) -> None:
    """`CHECK(x)` where the grammar sees a type: the call of a macro that brings its own semicolon."""
    head = node.children[0]
    name = cx.src[node.start_byte : head.end_byte]
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    callee = Name(start, cx.ends[head.end_byte], cx.unknown(name))
    arguments = tuple(argument for child in node.children[1:] for argument in expressions_within(cx, child))
    out.append(ExprStmt(start, end, Call(start, end, callee, name.decode("utf-8", "replace"), arguments)))
    if name.isupper():
        cx.tolerated += 1
    else:
        cx.error(node, "a semicolon is missing")


def _unreadable(node: Node) -> bool:
    """Whether an error stands in the declaration itself, not inside the body of a lambda in it."""
    for child in node.children:
        if child.is_error or (child.is_missing and child.type != ";"):
            return True
        if child.has_error and child.is_named:
            return True
    return False


def lower_declarator(cx: Context, node: Node, found: Specifiers, whole: Node, out: list[Stmt]) -> None:
    """One declarator of a declaration, with its initialiser."""
    value: Node | None = None
    if node.type == "init_declarator":
        children = node.children
        value = children[-1]
        what = declarator(cx, children[0], found.type)
    else:
        if node.type in ("attribute_specifier", "bitfield_clause") or not node.is_named:
            return
        what = declarator(cx, node, found.type)
    if what.name is None:
        return
    if what.name.type == "structured_binding_declarator":
        _structured_binding(cx, what, value, node, out)
        return
    if what.parameters is not None and value is None:
        if cx.function is not None and (arguments := _constructor_arguments(cx, what, node)) is not None:
            symbol = _variable(cx, what.name, found.type, found)
            out.append(_with_arguments(cx, symbol, arguments, node))
            return
        declare_function(cx, what, found, whole)
        return
    if what.type.kind == "function" and value is None:  # of a typedef'd function type
        declare_function(cx, what, found, whole)
        return
    symbol = _variable(cx, what.name, what.type, found)
    if value is None:
        out.append(Decl(cx.starts[node.start_byte], cx.ends[node.end_byte], symbol, None))
    elif value.type == "argument_list":
        arguments = tuple(cx.expr(child) for child in value.named_children)
        out.append(_with_arguments(cx, symbol, arguments, node))
    else:
        out.append(_initialised(cx, symbol, value, node))


def condition_declaration(cx: Context, node: Node) -> Decl:
    """The declaration in `if (T x = f())`; here the grammar has no init_declarator."""
    head = [child for child in node.children[:-1] if child.type != "="]
    found, rest = specifiers(cx, head)
    what = declarator(cx, rest[0], found.type)
    assert what.name is not None
    symbol = _variable(cx, what.name, what.type, found)
    return _initialised(cx, symbol, node.children[-1], node)


def _variable(cx: Context, name: Node, type_: Type, found: Specifiers) -> Symbol:
    start, end = cx.starts[name.start_byte], cx.ends[name.end_byte]
    if name.type == "qualified_identifier":  # the definition of a static member
        key = qualified_name(cx, name).encode()
    else:
        key = cx.src[name.start_byte : name.end_byte]
    storage: Storage
    if cx.function is not None:
        if found.storage == "extern":
            return _extern_local(cx, key, type_, start, end)
        storage = "static-local" if found.storage == "static" or found.thread_local else "local"
    elif found.storage == "extern":
        storage = "extern"
    elif found.storage == "static" or cx.anonymous_namespace or (cx.language == "cpp" and type_.const):
        storage = "static"
    else:
        storage = "global"
    symbol = cx.declare(key, type_, storage, start, end)
    if found.thread_local:
        symbol.thread_local = True
    return symbol


def _extern_local(cx: Context, key: bytes, type_: Type, start: int, end: int) -> Symbol:
    """`extern int x;` inside a function: the variable of file scope."""
    known = cx.env.get(key)
    if isinstance(known, Symbol) and known.function is None:
        return known
    symbol = Symbol(key.decode("utf-8", "replace"), type_, "extern", start, end)
    cx.globals.append(symbol)
    cx.bind(key, symbol)
    return symbol


def _initialised(cx: Context, symbol: Symbol, value: Node, node: Node) -> Decl:
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    initializer = cx.expr(value)
    if symbol.type.kind == "auto" or (symbol.type.kind == "reference" and _inner_auto(symbol.type)):
        symbol.type = _deduced(cx, symbol.type, value, initializer)
        if symbol.type.kind != "reference" and holds_references(cx, initializer):
            symbol.type = Type("reference", inner=Type("auto", "auto"))
    elif symbol.type.kind == "unknown" and symbol.type.name.startswith("decltype(") and not _is_name(symbol.type.name):
        symbol.type = Type("reference", inner=Type("auto", "auto"))  # as of `v[0]`, or of a name in parentheses
    braces = isinstance(initializer, InitList) and not any(child.type == "=" for child in node.children)
    if braces:
        assert isinstance(initializer, InitList)
        if symbol.type.kind not in _SCALARS and symbol.type.kind != "array":
            return Decl(start, end, symbol, None, initializer.items)
        if symbol.type.kind in _SCALARS and len(initializer.items) == 1:
            initializer = initializer.items[0]
        elif symbol.type.kind in _SCALARS and not initializer.items:
            initializer = Const(initializer.start, initializer.end, 0, "0", "int")
    _set_initializer(cx, symbol, initializer)
    return Decl(start, end, symbol, initializer)


def _is_name(decltype: str) -> bool:
    return decltype.removeprefix("decltype(").removesuffix(")").strip().isidentifier() and "(auto)" not in decltype


def _inner_auto(type_: Type) -> bool:
    return type_.inner is not None and type_.inner.kind == "auto"


def _set_initializer(cx: Context, symbol: Symbol, initializer: Expr) -> None:
    """A symbol that branches of an #if initialise differently has no initialiser of its own."""
    if symbol.type.kind == "reference":
        take_address(cx, initializer)
    if symbol.initializer is not None or symbol in cx.initialised_twice:
        cx.initialised_twice.add(symbol)
        symbol.initializer = None
    else:
        symbol.initializer = initializer


def _with_arguments(cx: Context, symbol: Symbol, arguments: tuple[Expr, ...], node: Node) -> Decl:
    """`T x(a, b)`: for a scalar its one argument is simply the initialiser."""
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if len(arguments) == 1 and (symbol.type.kind in _SCALARS or symbol.type.kind in ("auto", "reference")):
        if symbol.type.kind == "auto":
            symbol.type = qualified(type_of(cx, arguments[0]))
        _set_initializer(cx, symbol, arguments[0])
        return Decl(start, end, symbol, arguments[0])
    return Decl(start, end, symbol, None, arguments)


def _deduced(cx: Context, declared: Type, value: Node, initializer: Expr) -> Type:
    """What `auto` or `auto&` stands for; it stays auto where the initialiser does not tell."""
    auto = declared.inner if declared.kind == "reference" else declared
    found = _made_type(cx, value) or type_of(cx, initializer)
    if found.kind in ("unknown", "auto", "void"):
        return declared
    if declared.kind != "reference":
        if found.kind == "array":
            found = Type("pointer", inner=found.inner, size=8)
        found = qualified(found) if not found.const else _without_const(found)
    if auto is not None and auto.const:
        found = qualified(found, "const")
    return Type("reference", inner=found) if declared.kind == "reference" else found


def _without_const(type_: Type) -> Type:
    import msgspec

    return msgspec.structs.replace(type_, const=False)


def _made_type(cx: Context, value: Node) -> Type | None:
    """The type of `std::make_unique<T>(…)`, `T<…>(…)` and the like, whose template arguments no call keeps."""
    if value.type == "compound_literal_expression":
        return type_descriptor(cx, value.named_children[0])
    if value.type != "call_expression":
        return None
    function = value.named_children[0]
    last = function
    while last.type == "qualified_identifier" and last.named_children:
        last = last.named_children[-1]
    if last.type not in ("template_function", "template_type"):
        return None
    name = cx.spelling(last.named_children[0])
    arguments = template_arguments(cx, last.named_children[-1])
    makers = {"make_unique": "std::unique_ptr", "make_shared": "std::shared_ptr"}
    if name in makers:
        return Type("record", makers[name], arguments=arguments)
    if name in ("static_cast", "reinterpret_cast", "const_cast", "dynamic_cast"):
        return None
    known = type_from_text(cx, qualified_name(cx, function).encode())
    return Type(known.kind, known.name, arguments=arguments) if known is not None and known.kind == "record" else None


def _structured_binding(cx: Context, what: Declarator, value: Node | None, node: Node, out: list[Stmt]) -> None:
    assert what.name is not None
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    initializer = cx.expr(value) if value is not None else None
    text = cx.original_text(start, end)
    by_reference = what.type.kind == "reference"
    if by_reference and initializer is not None:
        take_address(cx, initializer)
    names = what.name.named_children
    found = type_of(cx, initializer) if initializer is not None else Type("auto", "auto")
    fields = bound_fields(cx, found, len(names))
    copied = found.kind == "array" or (fields is not None and all(type_.kind != "reference" for _, type_ in fields))
    if initializer is None or not _is_place(initializer):
        fields = None
    for number, name in enumerate(names):
        key = cx.src[name.start_byte : name.end_byte]
        type_ = fields[number][1] if fields is not None else Type("auto", "auto")
        # Of a type that is not in sight, a copy too may hold references: `std::minmax` gives a pair of them.
        type_ = Type("reference", inner=type_) if by_reference or not copied else type_
        symbol = cx.declare(
            key, type_, "local" if cx.function else "global", cx.starts[name.start_byte], cx.ends[name.end_byte]
        )
        if fields is not None and initializer is not None:
            part = Member(initializer.start, initializer.end, initializer, fields[number][0], False)
            _set_initializer(cx, symbol, part)
        else:
            part = Opaque(start, end, text, (initializer,) if number == 0 and initializer is not None else ())
        out.append(Decl(start, end, symbol, part))


def _is_place(expr: Expr) -> bool:
    """Whether the expression names an object, and evaluating it again changes nothing."""
    return all(
        isinstance(node, Name | Index | Member | Const) or (isinstance(node, Binary | Unary) and node.op not in ("&",))
        for node in descendants(expr)
    )


def _constructor_arguments(cx: Context, what: Declarator, node: Node) -> tuple[Expr, ...] | None:
    """The arguments where `T x(a, b)` is a variable, not a function: the grammar cannot tell.

    Inside functions it counts as a variable as soon as one "parameter" has the look of a value.
    """
    parameters = what.parameters
    if parameters is None or cx.language != "cpp" or what.function is None or what.name is None:
        return None
    if what.name.type != "identifier" or what.function.start_byte != what.name.start_byte:
        return None
    named = parameters.named_children
    if not named or not any(_is_value(cx, child) for child in named):
        return None
    end = what.function.end_byte
    semicolon = cx.src.find(b";", end)
    if semicolon < 0:
        return None
    tree = parse_ranges(cx.src, cx.language, [(what.function.start_byte, end), (semicolon, semicolon + 1)])
    call = tree.root_node.named_children[0].named_children[0] if tree.root_node.named_children else None
    if call is None or call.type != "call_expression" or call.has_error:
        return None
    return tuple(cx.expr(child) for child in call.named_children[-1].named_children)


def _is_value(cx: Context, parameter: Node) -> bool:
    if parameter.has_error:
        return True
    if parameter.type != "parameter_declaration":
        return False
    children = parameter.named_children
    first = children[0]
    if first.type not in ("type_identifier", "qualified_identifier"):
        return False
    name = cx.src[first.start_byte : first.end_byte]
    if isinstance(cx.env.get(name), Type) or (first.type == "type_identifier" and type_from_text(cx, name)):
        return False
    if len(children) == 1:
        return True
    return isinstance(cx.env.get(name), Symbol)


def range_element(type_: Type, container: Type) -> Type:
    """The type of a range-for's variable, `auto` resolved by the container's elements."""
    base = type_.inner if type_.kind == "reference" and type_.inner is not None else type_
    if base.kind != "auto":
        return type_
    element = element_type(container)
    if element.kind == "unknown":
        return type_
    if base.const:
        element = qualified(element, "const")
    return Type("reference", inner=element) if type_.kind == "reference" else element

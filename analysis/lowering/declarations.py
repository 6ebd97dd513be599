"""Declarations of variables, functions and types, wherever they stand."""

from __future__ import annotations

from ..ir.tree import Call, Decl, Expr, ExprStmt, Function, InitList, Name, Opaque, Stmt, Storage, Symbol
from ..ir.types import UNKNOWN, Type
from ..syntax import Node, parse_ranges
from .context import Context, statement
from .expressions import take_address
from .infer import element_type, type_of
from .opaque import expressions_within
from .types import (
    Declarator,
    Specifiers,
    declarator,
    parameter_type,
    qualified,
    specifiers,
    template_arguments,
    type_descriptor,
    type_from_text,
    type_node,
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
    from .calls import qualified_name

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
    braces = isinstance(initializer, InitList) and not any(child.type == "=" for child in node.children)
    if braces:
        assert isinstance(initializer, InitList)
        if symbol.type.kind not in _SCALARS and symbol.type.kind != "array":
            return Decl(start, end, symbol, None, initializer.items)
        if symbol.type.kind in _SCALARS and len(initializer.items) == 1:
            initializer = initializer.items[0]
    _set_initializer(cx, symbol, initializer)
    return Decl(start, end, symbol, initializer)


def _inner_auto(type_: Type) -> bool:
    return type_.inner is not None and type_.inner.kind == "auto"


def _set_initializer(cx: Context, symbol: Symbol, initializer: Expr) -> None:
    """A symbol that branches of an #if initialise differently has no initialiser of its own."""
    if symbol.type.kind == "reference":
        take_address(initializer)
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
    from .calls import qualified_name

    known = type_from_text(cx, qualified_name(cx, function).encode())
    return Type(known.kind, known.name, arguments=arguments) if known is not None and known.kind == "record" else None


def _structured_binding(cx: Context, what: Declarator, value: Node | None, node: Node, out: list[Stmt]) -> None:
    assert what.name is not None
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    initializer = cx.expr(value) if value is not None else None
    text = cx.original_text(start, end)
    by_reference = what.type.kind == "reference"
    if by_reference and initializer is not None:
        take_address(initializer)
    for number, name in enumerate(what.name.named_children):
        key = cx.src[name.start_byte : name.end_byte]
        type_ = Type("auto", "auto")
        type_ = Type("reference", inner=type_) if by_reference else type_
        symbol = cx.declare(
            key, type_, "local" if cx.function else "global", cx.starts[name.start_byte], cx.ends[name.end_byte]
        )
        part = Opaque(start, end, text, (initializer,) if number == 0 and initializer is not None else ())
        out.append(Decl(start, end, symbol, part))


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


# ---- functions


def declare_function(cx: Context, what: Declarator, found: Specifiers, whole: Node) -> None:
    """A function without a body."""
    from .calls import qualified_name

    if what.name is None:
        return
    name = qualified_name(cx, what.name)
    key = name.encode()
    start, end = cx.starts[what.name.start_byte], cx.ends[what.name.end_byte]
    function, depth = cx.function, cx.block_depth
    cx.function, cx.block_depth = None, 0
    storage: Storage = "static" if found.storage == "static" or cx.anonymous_namespace else "extern"
    known = cx.env.get(key)
    if isinstance(known, Symbol) and known.type.kind == "function":
        symbol = known
    else:
        symbol = cx.declare(key, what.type, storage, start, end)
    parameters, variadic = parameters_of(cx, what.parameters) if what.parameters is not None else ((), False)
    cx.function, cx.block_depth = function, depth
    cx.functions.append(
        Function(
            symbol.name,
            parameters,
            what.type.inner or UNKNOWN,
            None,
            cx.starts[whole.start_byte],
            cx.ends[whole.end_byte],
            is_static=storage == "static",
            is_variadic=variadic,
            attributes=(*found.attributes, *what.attributes),
        )
    )


def parameters_of(cx: Context, node: Node, *, bind: bool = False) -> tuple[tuple[Symbol, ...], bool]:
    """The parameters of a parameter list and whether it ends in `...`. With `bind` their names come into scope."""
    symbols: list[Symbol] = []
    variadic = False
    cx.push()  # so that `int n, double a[n]` finds n
    saved = cx.locals
    cx.locals = []
    for child in node.named_children:
        kind = child.type
        if kind in ("variadic_parameter",):
            variadic = True
        elif kind == "identifier":  # an old-style definition names its parameters only
            symbols.append(_parameter(cx, child, Type("int", "int", size=4)))
        elif kind in ("parameter_declaration", "optional_parameter_declaration", "variadic_parameter_declaration"):
            variadic |= kind == "variadic_parameter_declaration"
            found, rest = specifiers(cx, child.children)
            type_ = found.type
            name: Node | None = None
            for part in rest:
                if part.type == "=":
                    break
                what = declarator(cx, part, type_)
                type_, name = what.type, what.name
                if (hidden := _named_by_macro(cx, what)) is not None:
                    type_, name = Type("unknown", cx.spelling(part)), hidden
            if name is None and type_.kind == "void":
                continue
            symbols.append(_parameter(cx, name if name is not None else child, parameter_type(type_), name is None))
    if any(child.type == "..." for child in node.children):
        variadic = True
    names = dict(zip(symbols, (symbol.name.encode() for symbol in symbols), strict=True))
    cx.locals = saved
    cx.pop()
    if bind:
        for symbol, name_ in names.items():
            if name_:
                cx.bind(name_, symbol)
    return tuple(symbols), variadic


def _named_by_macro(cx: Context, what: Declarator) -> Node | None:
    """The parameter that `T ARRAY_2D(a, n, m)` declares where the macro stands in a header: its first argument."""
    if what.parameters is None or what.name is None:
        return None
    macro = cx.src[what.name.start_byte : what.name.end_byte]
    arguments = what.parameters.named_children
    if not macro.isupper() or macro in cx.env or not arguments or arguments[0].type != "parameter_declaration":
        return None
    words = arguments[0].named_children
    return words[0] if len(words) == 1 and words[0].kind_id in cx.kinds.type_identifier else None


def _parameter(cx: Context, node: Node, type_: Type, unnamed: bool = False) -> Symbol:
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    name = b"" if unnamed else cx.src[node.start_byte : node.end_byte]
    symbol = Symbol(name.decode("utf-8", "replace"), type_, "parameter", start, end, cx.function)
    if name:
        cx.bind(name, symbol)
    return symbol


# ---- types and names


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
            cx.env[text.encode()] = type_


@statement("struct_specifier", "union_specifier", "class_specifier", "enum_specifier")
def lower_type_statement(cx: Context, node: Node, out: list[Stmt]) -> None:
    type_node(cx, node)


@statement("using_declaration")
def lower_using(cx: Context, node: Node, out: list[Stmt]) -> None:
    from .calls import qualified_name

    named = node.named_children
    if not named:
        return
    name = qualified_name(cx, named[-1])
    if any(child.type == "namespace" for child in node.children):
        if name == "std":
            cx.using_std.add("*")
        for key, binding in cx.namespaces.get(name + "::", {}).items():
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


def name_of(expr: Expr) -> str:
    return expr.symbol.name if isinstance(expr, Name) else ""

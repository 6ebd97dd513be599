"""Functions that are declared, and the parameters of all of them."""

from __future__ import annotations

from ..ir.tree import Function, Storage, Symbol
from ..ir.types import UNKNOWN, Type
from ..syntax import Node
from .context import Context
from .names import qualified_name
from .types import (
    Declarator,
    Specifiers,
    declarator,
    parameter_type,
    specifiers,
)


def declare_function(cx: Context, what: Declarator, found: Specifiers, whole: Node) -> None:
    """A function without a body."""
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
    symbol = cx.variable(name.decode("utf-8", "replace"), type_, "parameter", start, end)
    if name:
        cx.bind(name, symbol)
    return symbol

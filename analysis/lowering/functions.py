"""Function definitions and lambdas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from ..ir.tree import Assign, Block, Call, Expr, ExprStmt, Function, Lambda, Member, Name, Stmt, Storage, Symbol
from ..ir.types import UNKNOWN, Type
from ..syntax import Node, parse_ranges
from .context import MAX_EXPRESSION_DEPTH, UNREADABLE, Binding, Context, TooDeep, expression
from .jumps import with_continues
from .names import qualified_name
from .operators import take_address
from .signatures import parameters_of
from .types import Declarator, declarator, parameter_type, specifiers


@contextmanager
def template_parameters(cx: Context, node: Node | None) -> Iterator[None]:
    """Inside, the parameters of a template declaration are types and constants that the text does not tell."""
    saved: dict[bytes, Binding | None] = {}
    lists = [child for child in node.named_children if child.type == "template_parameter_list"] if node else []
    for child in [parameter for found in lists for parameter in found.named_children]:
        names = [inner for inner in child.named_children if inner.kind_id in cx.kinds.identifier]
        if "type_parameter" in child.type or child.type == "template_template_parameter_declaration":
            if names:
                key = cx.src[names[0].start_byte : names[0].end_byte]
                saved.setdefault(key, cx.env.get(key))
                cx.set(key, Type("unknown", key.decode("utf-8", "replace")))
            continue
        found, rest = specifiers(cx, child.children)
        what = next((declarator(cx, part, found.type) for part in rest if part.is_named), None)
        if what is not None and what.name is not None:
            key = cx.src[what.name.start_byte : what.name.end_byte]
            start, end = cx.starts[what.name.start_byte], cx.ends[what.name.end_byte]
            type_ = Type(what.type.kind, what.type.name, size=what.type.size, unsigned=what.type.unsigned, const=True)
            saved.setdefault(key, cx.env.get(key))
            cx.set(key, Symbol(key.decode("utf-8", "replace"), type_, "unknown", start, end))
    try:
        yield
    finally:
        for key, binding in saved.items():
            cx.set(key, binding)


class _State:
    """What of the context belongs to the function being lowered."""

    _NAMES = (
        "function",
        "inside",
        "locals",
        "this",
        "has_goto",
        "in_error",
        "tolerated",
        "block_depth",
        "nesting",
        "lambda_scopes",
        "assumed_numbers",
    )

    def __init__(self, cx: Context) -> None:
        self.saved = {name: getattr(cx, name) for name in self._NAMES}
        self.scopes = len(cx.scopes)
        self.depth = cx.depth

    def restore(self, cx: Context) -> None:
        cx.unwind(self.scopes)
        for name, value in self.saved.items():
            setattr(cx, name, value)
        cx.depth = self.depth


def lower_function(cx: Context, node: Node, record: str | None = None, short: str = "") -> None:
    """A definition, appended to the context's functions."""
    misread, cx.misread = cx.misread, []
    spare = {name: list(symbols) for name, symbols in cx.spare.items()}
    for _ in range(MAX_READINGS):
        functions, errors = len(cx.functions), len(cx.errors)
        cx.made, cx.spare = [], {name: list(symbols) for name, symbols in spare.items()}
        _lower_function(cx, node, record, short)
        again = _without_parentheses(cx, node) if cx.misread else None
        cx.misread = []
        if again is None:
            break
        del cx.functions[functions:], cx.errors[errors:]
        node = again
    cx.misread = misread


MAX_READINGS = 4


def _without_parentheses(cx: Context, node: Node) -> Node | None:
    """The function read again, without the parentheses that made the grammar take variables for types."""
    pieces = bytearray(cx.src)
    for start, end, inside_start, inside_end in cx.misread:
        inside = pieces[inside_start:inside_end]
        pieces[start:end] = b" " * (end - start)
        pieces[inside_start:inside_end] = inside
    before, cx.src = cx.src, bytes(pieces)
    tree = parse_ranges(cx.src, cx.language, [(node.start_byte, node.end_byte)])
    found = [child for child in tree.root_node.children if child.type == "function_definition"]
    if len(found) == 1 and found[0].end_byte == node.end_byte and found[0].has_error <= node.has_error:
        return found[0]
    cx.src = before
    return None


def _lower_function(cx: Context, node: Node, record: str | None, short: str) -> None:
    body: Node | None = None
    initializers: Node | None = None
    old_style: list[Node] = []
    head: list[Node] = []
    for child in node.children:
        kind = child.type
        if kind in ("compound_statement", "try_statement"):
            body = child
        elif kind == "field_initializer_list":
            initializers = child
        elif kind == "declaration":
            old_style.append(child)
        elif kind not in ("default_method_clause", "delete_method_clause", "pure_virtual_clause", ";"):
            head.append(child)
    found, rest = specifiers(cx, head)
    what: Declarator | None = None
    for child in rest:
        if child.is_named and not child.is_error:
            what = declarator(cx, child, found.type)
            if what.name is not None:
                break
    if what is None or what.name is None:
        cx.error(node, "this function's head could not be read")
        return
    name = qualified_name(cx, what.name)
    if record is None and "::" in name:
        scope = name.rpartition("::")[0]
        record = _class_named(cx, scope)
    storage: Storage = "static" if found.storage == "static" or cx.anonymous_namespace else "global"
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    full = _declare(cx, what, name, record, storage)
    state = _State(cx)
    cx.function = full
    cx.inside = True
    cx.locals = []
    cx.assumed_numbers = []
    cx.has_goto = cx.in_error = False
    cx.tolerated = 0
    cx.block_depth = cx.nesting = 0
    cx.this = None
    cx.lambda_scopes = []
    cx.push()
    is_const = any(child.type == "type_qualifier" for child in (what.function.children if what.function else ()))
    if record is not None:
        if found.storage != "static" or what.name.type == "qualified_identifier":
            cx.this = _this(cx, record, full, is_const)
        for key, binding in cx.members.get(record, {}).items():
            cx.bind(key, binding)
    parameters: tuple[Symbol, ...] = ()
    variadic = False
    block: Block | None = None
    start_errors = len(cx.errors)
    try:
        if what.parameters is not None:
            parameters, variadic = parameters_of(cx, what.parameters, bind=True)
            if old_style:
                _old_style_types(cx, old_style)
        if body is not None:
            block = _body(cx, body, initializers)
            if cx.has_goto:
                block, cx.has_goto = with_continues(block)
    except UNREADABLE:
        cx.unwind(state.scopes + 1)
        cx.depth = state.depth
        out: list[Stmt] = []
        if body is not None:
            cx.opaque_statement(body, out, is_error=True)
            block = Block(cx.starts[body.start_byte], cx.ends[body.end_byte], tuple(out))
    if node.has_error and len(cx.errors) == start_errors:
        faults = list(islice(_faults(node), cx.tolerated + 1))
        if len(faults) > cx.tolerated:
            cx.error(faults[-1], "something is missing in this function")
    function = Function(
        full,
        parameters,
        what.type.inner or UNKNOWN,
        block,
        start,
        end,
        is_static=storage == "static",
        record=record,
        this=cx.this,
        is_variadic=variadic,
        has_goto=cx.has_goto,
        attributes=(*found.attributes, *what.attributes),
        locals=tuple(cx.locals),
        in_error=cx.in_error or len(cx.errors) > start_errors or _touched(cx, start, end),
        assumed_numbers=tuple((at - start, name) for at, name in cx.assumed_numbers),
    )
    state.restore(cx)
    cx.functions.append(function)


def _faults(node: Node) -> Iterator[Node]:
    """The missing and erroneous nodes inside."""
    pending = [node]
    while pending:
        current = pending.pop()
        if current.is_missing or current.is_error:
            yield current
        elif current.has_error:
            pending += current.children


def _touched(cx: Context, start: int, end: int) -> bool:
    """Whether the preprocessor had to leave something out inside."""
    return any(start <= error.start < end for error in (*cx.prepared.errors, *cx.skipped))


def _class_named(cx: Context, scope: str) -> str | None:
    """The class that `scope::` names; None where it is a namespace."""
    if scope + "::" in cx.namespaces or (cx.prefix + scope + "::") in cx.namespaces:
        return None
    full = cx.prefix + scope
    return full if full in cx.members else scope


def _declare(cx: Context, what: Declarator, name: str, record: str | None, storage: Storage) -> str:
    """Binds the function's name; its qualified name is returned."""
    assert what.name is not None
    if record is not None:
        short = name.rpartition("::")[2]
        return f"{record}::{short}"
    known = cx.env.get(name.encode())
    if isinstance(known, Symbol) and known.type.kind == "function" and known.function is None:
        if known.storage == "extern":
            known.storage = storage
        return known.name
    start, end = cx.starts[what.name.start_byte], cx.ends[what.name.end_byte]
    return cx.declare(name.encode(), what.type, storage, start, end).name


def _this(cx: Context, record: str, function: str, is_const: bool) -> Symbol:
    known = cx.records.get(record)
    inner = Type("record", record, is_union=known.is_union if known else False, const=is_const)
    return cx.variable("this", Type("pointer", inner=inner, size=8, const=True), "parameter", 0, 0)


def _old_style_types(cx: Context, declarations: list[Node]) -> None:
    for node in declarations:
        found, rest = specifiers(cx, node.children)
        for child in rest:
            what = declarator(cx, child, found.type)
            if what.name is None:
                continue
            symbol = cx.env.get(cx.src[what.name.start_byte : what.name.end_byte])
            if isinstance(symbol, Symbol) and symbol.storage == "parameter":
                symbol.type = parameter_type(what.type)


def _body(cx: Context, body: Node, initializers: Node | None) -> Block:
    start, end = cx.starts[body.start_byte], cx.ends[body.end_byte]
    out: list[Stmt] = []
    if initializers is not None:
        _member_initializers(cx, initializers, out)
    before = len(out)
    cx.stmts_into(body, out)
    if before == 0 and len(out) == 1 and isinstance(out[0], Block):
        return out[0]
    return Block(start, end, tuple(out))


def _member_initializers(cx: Context, node: Node, out: list[Stmt]) -> None:
    """`: x(a), Base(b)` as assignments to members and calls of constructors."""
    for child in node.named_children:
        if child.type != "field_initializer":
            continue
        named = child.named_children
        start, end = cx.starts[child.start_byte], cx.ends[child.end_byte]
        arguments: tuple[Expr, ...] = ()
        if len(named) > 1:
            arguments = tuple(cx.expr(value) for value in named[-1].named_children)
        name = qualified_name(cx, named[0])
        this = cx.this if cx.this is not None else cx.unknown(b"this")
        target = Member(start, cx.ends[named[0].end_byte], Name(start, start, this), name, True)
        record = this.type.inner.name if this.type.inner is not None else ""
        fields = cx.records[record].fields if record in cx.records else {}
        if name in fields and len(arguments) == 1:
            out.append(ExprStmt(start, end, Assign(start, end, "", target, arguments[0])))
        else:
            out.append(ExprStmt(start, end, Call(start, end, target, name, arguments)))


# ---- lambdas


@expression("lambda_expression")
def lower_lambda(cx: Context, node: Node) -> Expr:
    if cx.depth > MAX_EXPRESSION_DEPTH // 2:
        raise TooDeep
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    by_copy: list[str] = []
    by_reference: list[str] = []
    default = ""
    captured: list[tuple[Node, Expr, bool]] = []
    parameters: Node | None = None
    body: Node | None = None
    result = Type("auto", "auto")
    for child in node.named_children:
        if child.type == "lambda_capture_specifier":
            default = _captures(cx, child, by_copy, by_reference, captured)
        elif child.type == "abstract_function_declarator":
            what = declarator(cx, child, result)
            parameters = what.parameters
            result = what.type.inner or result
        elif child.type == "compound_statement":
            body = child
    outer = cx.function
    state = _State(cx)
    cx.function = f"{outer or ''}::<lambda@{start}>"
    cx.locals = []
    cx.has_goto = False
    cx.lambda_scopes = [*cx.lambda_scopes, (start, {name.encode() for name in by_reference}, default == "&")]
    cx.push()
    for name, value, is_reference in captured:
        key = cx.src[name.start_byte : name.end_byte]
        type_ = Type("auto", "auto")
        symbol = cx.declare(
            key, Type("reference", inner=type_) if is_reference else type_, "local",
            cx.starts[name.start_byte], cx.ends[name.end_byte],
        )  # fmt: skip
        symbol.initializer = value
    symbols: tuple[Symbol, ...] = ()
    if parameters is not None:
        symbols, _ = parameters_of(cx, parameters, bind=True)
    block = Block(start, end, ())
    if body is not None:
        out: list[Stmt] = []
        cx.stmts_into(body, out)
        block = out[0] if len(out) == 1 and isinstance(out[0], Block) else Block(start, end, tuple(out))
    function = Function(
        cx.function, symbols, result, block, start, end, is_static=True, has_goto=cx.has_goto, locals=tuple(cx.locals),
        in_error=node.has_error,
    )  # fmt: skip
    in_error = cx.in_error
    state.restore(cx)
    cx.in_error = in_error
    return Lambda(start, end, tuple(by_copy), tuple(by_reference), default, function)


def _captures(
    cx: Context, node: Node, by_copy: list[str], by_reference: list[str], captured: list[tuple[Node, Expr, bool]]
) -> str:
    default = ""
    reference = False
    for child in node.children:
        kind = child.type
        if kind == "lambda_default_capture":
            default = cx.spelling(child)
        elif kind == "&":
            reference = True
        elif kind == ",":
            reference = False
        elif kind == "this":
            by_reference.append("this")
        elif kind == "lambda_capture_initializer":
            named = child.named_children
            reference |= child.children[0].type == "&"
            value = cx.expr(named[-1])
            if reference:
                take_address(cx, value)
            captured.append((named[0], value, reference))
            (by_reference if reference else by_copy).append(cx.spelling(named[0]))
        elif kind == "identifier":
            (by_reference if reference else by_copy).append(cx.spelling(child))
            if reference:
                take_address(cx, cx.expr(child))
    return default

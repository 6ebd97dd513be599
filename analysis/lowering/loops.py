"""Loops, and the conditions that they share with other statements."""

from __future__ import annotations

from ..ir.tree import (
    Assign,
    Block,
    Decl,
    Expr,
    ExprStmt,
    For,
    Name,
    Opaque,
    RangeFor,
    Stmt,
    Symbol,
    While,
)
from ..ir.types import Type
from ..syntax import Node
from .blocks import lower_items, one
from .context import Context, statement
from .declarations import condition_declaration, declarator, range_element, specifiers
from .infer import bound_fields, element_type, type_of
from .opaque import expressions_within
from .operators import take_address
from .overloads import as_condition
from .types import Specifiers


def condition_of(cx: Context, node: Node, out: list[Stmt]) -> tuple[Expr, Stmt | None]:
    """A parenthesised condition, and the declaration in it if there is one."""
    if node.has_error:
        return _unreadable(cx, node), None
    init: Stmt | None = None
    if node.kind_id in cx.kinds.parenthesized:
        return as_condition(cx, cx.expr(node)), None
    children = [child for child in node.children if child.is_named]
    if len(children) > 1:
        found: list[Stmt] = []
        inner = children[0]
        lower_items(cx, inner.children if inner.type == "init_statement" else [inner], found)
        init = one(found)
    last = children[-1]
    if last.type != "declaration":
        return as_condition(cx, cx.expr(last)), init
    declared = condition_declaration(cx, last)
    found = [init, declared] if init is not None else [declared]
    return as_condition(cx, Name(declared.symbol.start, declared.symbol.end, declared.symbol)), one(found)


def _unreadable(cx: Context, node: Node) -> Opaque:
    cx.error(node, "this could not be read")
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    return Opaque(start, max(start, end), cx.original_text(start, end), tuple(expressions_within(cx, node)))


@statement("for_statement")
def lower_for(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    init: Stmt | None = None
    condition: Expr | None = None
    step: Expr | None = None
    body: Node | None = None
    part = 0  # 0 init, 1 condition, 2 step, 3 body
    if node.has_error and any(child.has_error for child in children[:-1]):
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    cx.block_depth += 1
    for child in children[1:]:
        kind = child.type
        if kind == ";":
            part += 1
        elif kind == ")":
            part = 3
        elif kind == "(":
            continue
        elif part == 0:
            if kind == "declaration":
                found: list[Stmt] = []
                cx.stmts_into(child, found)
                init = one(found)
                part = 1
            else:
                value = cx.expr(child)
                init = ExprStmt(value.start, value.end, value)
        elif part == 1:
            condition = as_condition(cx, cx.expr(child))
        elif part == 2:
            step = cx.expr(child)
        else:
            body = child
    statement_ = cx.stmt(body) if body is not None else Block(cx.ends[node.end_byte], cx.ends[node.end_byte], ())
    cx.block_depth -= 1
    cx.pop()
    keyword_end = cx.ends[children[0].end_byte]
    out.append(For(cx.starts[node.start_byte], cx.ends[node.end_byte], init, condition, step, statement_, keyword_end))


@statement("for_range_loop")
def lower_range_for(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    if any(child.has_error for child in children[:-1]):
        cx.opaque_statement(node, out, is_error=True)
        return
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    head: list[Node] = []
    after: list[Node] = []
    before_colon = True
    wrap: list[Stmt] = []
    cx.push()
    cx.block_depth += 1
    for child in children[2:-1]:
        if child.type == ":":
            before_colon = False
        elif child.type == "init_statement":
            lower_items(cx, child.children, wrap)
        elif child.is_named:
            (head if before_colon else after).append(child)
    range_ = cx.expr(after[0])
    found, rest = specifiers(cx, head)
    symbols, by_reference, fields = _range_variables(cx, found, rest, type_of(cx, range_))
    if by_reference:
        take_address(cx, range_)
    body = cx.stmt(children[-1])
    cx.block_depth -= 1
    cx.pop()
    loop = RangeFor(start, end, symbols, by_reference, range_, body, cx.ends[children[0].end_byte], fields)
    out.append(Block(start, end, (*wrap, loop)) if wrap else loop)


def _range_variables(
    cx: Context, found: Specifiers, rest: list[Node], container: Type
) -> tuple[tuple[Symbol, ...], bool, tuple[str, ...]]:
    """The variables, whether they are references, and the fields that those of a structured binding stand for."""
    symbols: list[Symbol] = []
    bound: list[str] = []
    by_reference = False
    for child in rest:
        what = declarator(cx, child, found.type)
        if what.name is None:
            continue
        by_reference |= what.type.kind == "reference"
        binding = what.name.type == "structured_binding_declarator"
        names = what.name.named_children if binding else [what.name]
        fields = bound_fields(cx, element_type(container), len(names)) if binding else None
        bound = [name for name, _ in fields or ()]
        for number, name in enumerate(names):
            type_ = what.type if binding else range_element(what.type, container)
            if (
                binding and fields is None and what.type.kind != "reference"
            ):  # what a copy holds may refer to anything, as a zip's elements do
                type_ = Type("reference", inner=Type("auto", "auto"))
            if fields is not None:
                inner = fields[number][1]
                type_ = Type("reference", inner=inner) if what.type.kind == "reference" else inner
            key = cx.src[name.start_byte : name.end_byte]
            symbols.append(cx.declare(key, type_, "local", cx.starts[name.start_byte], cx.ends[name.end_byte]))
    return tuple(symbols), by_reference, tuple(bound)


@statement("while_statement")
def lower_while(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if any(child.is_error for child in children) or len(children) != 3:
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    condition, init = condition_of(cx, children[1], out)
    body = cx.stmt(children[2])
    cx.pop()
    if isinstance(init, Decl) and init.initializer is not None:
        # `while (T x = f())` assigns on every pass.
        name = Name(init.symbol.start, init.symbol.end, init.symbol)
        condition = Assign(init.start, init.end, "", name, init.initializer)
        init.symbol.initializer = None
        init.initializer = None
    loop = While(start, end, condition, body, cx.ends[children[0].end_byte])
    out.append(loop if init is None else Block(start, end, (init, loop)))


@statement("do_statement")
def lower_do(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if any(child.is_error for child in children) or len(children) < 4:
        cx.opaque_statement(node, out, is_error=True)
        return
    body = cx.stmt(children[1])
    condition, _ = condition_of(cx, children[3], out)
    out.append(While(start, end, condition, body, cx.ends[children[0].end_byte], is_do=True))

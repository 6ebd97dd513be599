"""Statements that are no loops."""

from __future__ import annotations

from ..ir.tree import (
    Asm,
    Assign,
    Block,
    Break,
    Case,
    Cast,
    Continue,
    Decl,
    Expr,
    ExprStmt,
    Goto,
    If,
    Index,
    Label,
    Name,
    Omp,
    Return,
    Stmt,
    Switch,
    Throw,
    Try,
    Unary,
)
from ..ir.types import Type
from ..syntax import Node
from .blocks import lower_items, one
from .context import Context, statement
from .loops import condition_of
from .opaque import expressions_within
from .operators import take_address
from .overloads import stream_statement
from .signatures import parameters_of


@statement("ERROR")
def lower_error(cx: Context, node: Node, out: list[Stmt]) -> None:
    cx.opaque_statement(node, out, is_error=True)


@statement("function_definition")
def lower_inner_function(cx: Context, node: Node, out: list[Stmt]) -> None:
    """`a(i, j) = 0;` has the look of a pure virtual function to the C++ grammar."""
    if node.children[-1].type == "pure_virtual_clause":
        with cx.snippet(
            b"(" + cx.src[node.start_byte : node.end_byte].rstrip(b"; \n") + b");", node.start_byte - 1
        ) as tree:
            statements_ = tree.root_node.named_children
            if len(statements_) == 1 and not tree.root_node.has_error:
                cx.stmts_into(statements_[0], out)
                return
    cx.opaque_statement(node, out, is_error=True)


@statement("expression_statement")
def lower_expression_statement(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    first = children[0]
    if first.type == ";":
        out.append(Block(cx.starts[node.start_byte], cx.ends[node.end_byte], ()))
        return
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if node.has_error and (first.has_error or any(child.is_error for child in children)):
        cx.opaque_statement(node, out, is_error=True)
        return
    if node.has_error:
        if _is_macro(cx, first):
            cx.tolerated += 1
        else:
            cx.error(node, "a semicolon is missing")
    if first.type == "gnu_asm_expression":
        out.append(Asm(start, end, cx.spelling(node), tuple(expressions_within(cx, first))))
        return
    expr = stream_statement(cx, cx.exprs[first.kind_id](cx, first))
    out.append(_reference_to_array(cx, expr) or ExprStmt(start, end, expr))


def _reference_to_array(cx: Context, expr: Expr) -> Decl | None:
    """`int (&r)[3] = a;` has the look of an assignment to an element of `int(&r)` to the C++ grammar."""
    if not isinstance(expr, Assign) or not isinstance(expr.target, Index):
        return None
    base: Expr = expr.target
    while isinstance(base, Index):
        base = base.base
    if not isinstance(base, Cast) or base.type.kind in ("pointer", "reference", "unknown"):
        return None
    if not isinstance(base.operand, Unary) or base.operand.op != "&" or not isinstance(base.operand.operand, Name):
        return None
    type_ = base.type
    element: Expr = expr.target
    while isinstance(element, Index):
        type_ = Type("array", inner=type_, extent=element.subscript)
        element = element.base
    name = base.operand.operand
    key = name.symbol.name.encode()
    symbol = cx.declare(key, Type("reference", inner=type_), "local", name.start, name.end)
    take_address(cx, expr.value)
    symbol.initializer = expr.value
    return Decl(expr.start, expr.end, symbol, expr.value)


def _is_macro(cx: Context, node: Node) -> bool:
    """Whether this is the call of an undeclared name in capitals, which as a macro may bring its own semicolon."""
    if node.type != "call_expression":
        return False
    name = cx.src[node.children[0].start_byte : node.children[0].end_byte]
    return name.isupper() and name not in cx.env


@statement("if_statement")
def lower_if(cx: Context, node: Node, out: list[Stmt]) -> None:
    parts = [child for child in node.children if child.is_named]
    if len(parts) < 2 or any(child.is_error for child in node.children):
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    condition, init = condition_of(cx, parts[0], out)
    then = cx.stmt(parts[1])
    other: Stmt | None = None
    if len(parts) > 2:
        branch = [child for child in parts[2].children if child.is_named]
        other = cx.stmt(branch[-1]) if branch else None
    cx.pop()
    out.append(If(cx.starts[node.start_byte], cx.ends[node.end_byte], condition, then, other, init))


@statement("switch_statement")
def lower_switch(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if any(child.is_error for child in children) or len(children) != 3:
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    condition, init = condition_of(cx, children[1], out)
    body = cx.stmt(children[2])
    cx.pop()
    switch = Switch(start, end, condition, body)
    out.append(switch if init is None else Block(start, end, (init, switch)))


@statement("case_statement")
def lower_case(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    start = cx.starts[node.start_byte]
    value: Expr | None = None
    for position, child in enumerate(children):
        if child.type == ":":
            out.append(Case(start, cx.ends[child.end_byte], value))
            lower_items(cx, children[position + 1 :], out)
            return
        if child.is_error:
            break
        if child.is_named:
            value = cx.expr(child)
    cx.opaque_statement(node, out, is_error=True)


@statement("labeled_statement")
def lower_label(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    name = cx.spelling(children[0])
    rest = [child for child in children[1:] if child.is_named]
    if name.startswith("_omp_") and name[5:].isdigit() and int(name[5:]) < len(cx.prepared.directives):
        directive = cx.prepared.directives[int(name[5:])]
        body: Stmt | None = None
        if not directive.standalone and rest:
            found: list[Stmt] = []
            lower_items(cx, rest, found)
            body = one(found)
        cx.thread_private(directive)
        end = max(directive.end, body.end) if body is not None else directive.end
        out.append(Omp(directive.start, end, directive, body))
        return
    colon = next((child for child in children if child.type == ":"), children[0])
    out.append(Label(cx.starts[node.start_byte], cx.ends[colon.end_byte], name))
    lower_items(cx, rest, out)


@statement("return_statement", "co_return_statement")
def lower_return(cx: Context, node: Node, out: list[Stmt]) -> None:
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if node.has_error:
        if any(child.is_error or (child.is_named and child.has_error) for child in node.children):
            cx.opaque_statement(node, out, is_error=True)
            return
        cx.error(node, "a semicolon is missing")
    values = [child for child in node.children if child.is_named]
    out.append(Return(start, end, cx.expr(values[0]) if values else None))


@statement("break_statement")
def lower_break(cx: Context, node: Node, out: list[Stmt]) -> None:
    out.append(Break(cx.starts[node.start_byte], cx.ends[node.end_byte]))


@statement("continue_statement")
def lower_continue(cx: Context, node: Node, out: list[Stmt]) -> None:
    out.append(Continue(cx.starts[node.start_byte], cx.ends[node.end_byte]))


@statement("goto_statement")
def lower_goto(cx: Context, node: Node, out: list[Stmt]) -> None:
    cx.has_goto = True
    named = [child for child in node.children if child.is_named]
    label = cx.spelling(named[0]) if len(named) == 1 and not node.has_error else ""
    if label:
        out.append(Goto(cx.starts[node.start_byte], cx.ends[node.end_byte], label))
    else:
        cx.opaque_statement(node, out, is_error=True)


@statement("throw_statement")
def lower_throw(cx: Context, node: Node, out: list[Stmt]) -> None:
    if node.has_error:
        cx.opaque_statement(node, out, is_error=True)
        return
    values = [child for child in node.children if child.is_named]
    value = cx.expr(values[0]) if values else None
    out.append(Throw(cx.starts[node.start_byte], cx.ends[node.end_byte], value))


@statement("try_statement")
def lower_try(cx: Context, node: Node, out: list[Stmt]) -> None:
    body: Stmt | None = None
    handlers: list[Stmt] = []
    catches: list[str] = []
    for child in node.children:
        if child.type == "compound_statement":
            body = cx.stmt(child)
        elif child.type == "catch_clause":
            cx.push()
            for part in child.children:
                if part.type == "parameter_list":
                    symbols, _ = parameters_of(cx, part, bind=True)
                    catches.append("..." if any(each.type == "..." for each in part.children) else "")
                    for symbol in symbols:
                        caught = symbol.type.inner if symbol.type.kind == "reference" else symbol.type
                        catches[-1] = caught.name if caught is not None else ""
                        symbol.storage = "local"
                        symbol.depth = cx.block_depth + 1
                        cx.locals.append(symbol)
                elif part.type == "compound_statement":
                    handlers.append(cx.stmt(part))
            cx.pop()
    if body is None:
        cx.opaque_statement(node, out, is_error=True)
        return
    out.append(Try(cx.starts[node.start_byte], cx.ends[node.end_byte], body, tuple(handlers), tuple(catches)))


@statement("else_clause", "attributed_statement")
def lower_transparent(cx: Context, node: Node, out: list[Stmt]) -> None:
    lower_items(cx, [child for child in node.children if child.type != "attribute_declaration"], out)

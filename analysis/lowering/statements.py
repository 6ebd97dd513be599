"""Statement nodes of the grammars, as statements of the intermediate representation."""

from __future__ import annotations

from ..ir.tree import (
    Asm,
    Assign,
    Block,
    Break,
    Case,
    Continue,
    Decl,
    Expr,
    ExprStmt,
    For,
    Goto,
    If,
    Label,
    Name,
    Omp,
    Opaque,
    RangeFor,
    Return,
    Stmt,
    Switch,
    Symbol,
    Throw,
    Try,
    While,
)
from ..ir.types import Type
from ..syntax import Node
from .context import MAX_STATEMENT_DEPTH, Context, statement
from .declarations import condition_declaration, declarator, range_element, specifiers
from .expressions import take_address
from .infer import type_of
from .types import Specifiers


def lower_items(cx: Context, nodes: list[Node], out: list[Stmt]) -> None:
    """The statements of a block; an OpenMP pragma takes the statement after it."""
    index = 0
    while index < len(nodes):
        node = nodes[index]
        index += 1
        if not node.is_named:
            continue
        if node.kind_id in cx.kinds.pragma:
            index = _pragma(cx, node, nodes, index, out)
        else:
            cx.stmts_into(node, out)


def _pragma(cx: Context, node: Node, nodes: list[Node], index: int, out: list[Stmt]) -> int:
    """The directive at `node`; returns the index of the first node that is not its own."""
    directive = cx.directive(node)
    if directive is None:
        return index
    cx.thread_private(directive)
    body: Stmt | None = None
    follows = index < len(nodes) and nodes[index].is_named and cx.nesting < MAX_STATEMENT_DEPTH
    if follows and not directive.standalone:
        following = nodes[index]
        index += 1
        found: list[Stmt] = []
        if following.kind_id in cx.kinds.pragma:
            cx.nesting += 1
            index = _pragma(cx, following, nodes, index, found)
            cx.nesting -= 1
        else:
            cx.stmts_into(following, found)
        body = _one(found)
    end = directive.end if body is None else max(directive.end, body.end)
    out.append(Omp(directive.start, end, directive, body))
    return index


@statement("preproc_call")
def lower_lone_pragma(cx: Context, node: Node, out: list[Stmt]) -> None:
    _pragma(cx, node, [], 0, out)


@statement("compound_statement")
def lower_block(cx: Context, node: Node, out: list[Stmt]) -> None:
    items: list[Stmt] = []
    cx.push()
    cx.block_depth += 1
    lower_items(cx, node.children, items)
    cx.block_depth -= 1
    cx.pop()
    out.append(Block(cx.starts[node.start_byte], cx.ends[node.end_byte], tuple(items)))


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
        from .opaque import expressions_within

        out.append(Asm(start, end, cx.spelling(node), tuple(expressions_within(cx, first))))
        return
    out.append(ExprStmt(start, end, cx.exprs[first.kind_id](cx, first)))


def _is_macro(cx: Context, node: Node) -> bool:
    """Whether this is the call of an undeclared name in capitals, which as a macro may bring its own semicolon."""
    if node.type != "call_expression":
        return False
    name = cx.src[node.children[0].start_byte : node.children[0].end_byte]
    return name.isupper() and name not in cx.env


def _condition(cx: Context, node: Node, out: list[Stmt]) -> tuple[Expr, Stmt | None]:
    """A parenthesised condition, and the declaration in it if there is one."""
    if node.has_error:
        return _unreadable(cx, node), None
    init: Stmt | None = None
    if node.kind_id in cx.kinds.parenthesized:
        return cx.expr(node), None
    children = [child for child in node.children if child.is_named]
    if len(children) > 1:
        found: list[Stmt] = []
        inner = children[0]
        lower_items(cx, inner.children if inner.type == "init_statement" else [inner], found)
        init = _one(found)
    last = children[-1]
    if last.type != "declaration":
        return cx.expr(last), init
    declared = condition_declaration(cx, last)
    found = [init, declared] if init is not None else [declared]
    return Name(declared.symbol.start, declared.symbol.end, declared.symbol), _one(found)


def _one(found: list[Stmt]) -> Stmt | None:
    if not found:
        return None
    return found[0] if len(found) == 1 else Block(found[0].start, max(found[0].start, found[-1].end), tuple(found))


def _unreadable(cx: Context, node: Node) -> Opaque:
    from .opaque import expressions_within

    cx.error(node, "this could not be read")
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    return Opaque(start, max(start, end), cx.original_text(start, end), tuple(expressions_within(cx, node)))


@statement("if_statement")
def lower_if(cx: Context, node: Node, out: list[Stmt]) -> None:
    parts = [child for child in node.children if child.is_named]
    if len(parts) < 2 or any(child.is_error for child in node.children):
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    condition, init = _condition(cx, parts[0], out)
    then = cx.stmt(parts[1])
    other: Stmt | None = None
    if len(parts) > 2:
        branch = [child for child in parts[2].children if child.is_named]
        other = cx.stmt(branch[-1]) if branch else None
    cx.pop()
    out.append(If(cx.starts[node.start_byte], cx.ends[node.end_byte], condition, then, other, init))


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
                init = _one(found)
                part = 1
            else:
                value = cx.expr(child)
                init = ExprStmt(value.start, value.end, value)
        elif part == 1:
            condition = cx.expr(child)
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
    symbols, by_reference = _range_variables(cx, found, rest, type_of(cx, range_))
    if by_reference:
        take_address(range_)
    body = cx.stmt(children[-1])
    cx.block_depth -= 1
    cx.pop()
    loop = RangeFor(start, end, symbols, by_reference, range_, body, cx.ends[children[0].end_byte])
    out.append(Block(start, end, (*wrap, loop)) if wrap else loop)


def _range_variables(
    cx: Context, found: Specifiers, rest: list[Node], container: Type
) -> tuple[tuple[Symbol, ...], bool]:
    symbols: list[Symbol] = []
    by_reference = False
    for child in rest:
        what = declarator(cx, child, found.type)
        if what.name is None:
            continue
        by_reference |= what.type.kind == "reference"
        binding = what.name.type == "structured_binding_declarator"
        for name in what.name.named_children if binding else [what.name]:
            type_ = what.type if binding else range_element(what.type, container)
            key = cx.src[name.start_byte : name.end_byte]
            symbols.append(cx.declare(key, type_, "local", cx.starts[name.start_byte], cx.ends[name.end_byte]))
    return tuple(symbols), by_reference


@statement("while_statement")
def lower_while(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if any(child.is_error for child in children) or len(children) != 3:
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    condition, init = _condition(cx, children[1], out)
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
    condition, _ = _condition(cx, children[3], out)
    out.append(While(start, end, condition, body, cx.ends[children[0].end_byte], is_do=True))


@statement("switch_statement")
def lower_switch(cx: Context, node: Node, out: list[Stmt]) -> None:
    children = node.children
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if any(child.is_error for child in children) or len(children) != 3:
        cx.opaque_statement(node, out, is_error=True)
        return
    cx.push()
    condition, init = _condition(cx, children[1], out)
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
            body = _one(found)
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
    from .declarations import parameters_of

    body: Stmt | None = None
    handlers: list[Stmt] = []
    for child in node.children:
        if child.type == "compound_statement":
            body = cx.stmt(child)
        elif child.type == "catch_clause":
            cx.push()
            for part in child.children:
                if part.type == "parameter_list":
                    symbols, _ = parameters_of(cx, part, bind=True)
                    for symbol in symbols:
                        symbol.storage = "local"
                        symbol.depth = cx.block_depth + 1
                        cx.locals.append(symbol)
                elif part.type == "compound_statement":
                    handlers.append(cx.stmt(part))
            cx.pop()
    if body is None:
        cx.opaque_statement(node, out, is_error=True)
        return
    out.append(Try(cx.starts[node.start_byte], cx.ends[node.end_byte], body, tuple(handlers)))


@statement("else_clause", "attributed_statement")
def lower_transparent(cx: Context, node: Node, out: list[Stmt]) -> None:
    lower_items(cx, [child for child in node.children if child.type != "attribute_declaration"], out)


@statement("preproc_if", "preproc_ifdef", "preproc_elif", "preproc_else", "preproc_elifdef")
def lower_conditional(cx: Context, node: Node, out: list[Stmt]) -> None:
    """A conditional that the text does not decide. Its branches open no scope: what they declare lives on."""
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    condition, items, alternative = split_conditional(cx, node)
    then: list[Stmt] = []
    lower_items(cx, items, then)
    other: Stmt | None = None
    if alternative is not None:
        found: list[Stmt] = []
        if alternative.type == "preproc_else":
            lower_items(cx, split_conditional(cx, alternative)[1], found)
        else:
            cx.stmts_into(alternative, found)
        other = _one(found) or Block(end, end, ())
    out.append(If(start, max(start, end), condition, Block(start, max(start, end), tuple(then)), other))


def split_conditional(cx: Context, node: Node) -> tuple[Opaque, list[Node], Node | None]:
    """An undecided conditional's condition, the nodes of its first branch, and the node of the next branch."""
    condition = Opaque(cx.starts[node.start_byte], cx.starts[node.start_byte], "#if", ())
    items: list[Node] = []
    alternative: Node | None = None
    for child in node.children:
        kind = child.type
        if kind in ("preproc_else", "preproc_elif", "preproc_elifdef"):
            alternative = child
        elif kind == "identifier" and not items and (found := cx.condition(child)) is not None:
            condition = Opaque(found[1], found[2], found[0], ())
        elif child.is_named:
            items.append(child)
    return condition, items, alternative

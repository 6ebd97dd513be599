"""Sequences of statements: blocks, what OpenMP directives govern, and undecided conditionals."""

from __future__ import annotations

from ..ir.tree import (
    Block,
    If,
    Omp,
    Opaque,
    Stmt,
)
from ..syntax import Node
from .context import MAX_STATEMENT_DEPTH, Context, statement


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
        body = one(found)
    end = directive.end if body is None else max(directive.end, body.end)
    out.append(Omp(directive.start, end, directive, body))
    return index


@statement("preproc_call")
def lower_lone_pragma(cx: Context, node: Node, out: list[Stmt]) -> None:
    _pragma(cx, node, [], 0, out)


@statement("preproc_include")
def lower_include(cx: Context, node: Node, out: list[Stmt]) -> None:
    """What the header would put here is not in sight."""
    cx.opaque_statement(node, out, is_error=False)


@statement("compound_statement")
def lower_block(cx: Context, node: Node, out: list[Stmt]) -> None:
    items: list[Stmt] = []
    cx.push()
    cx.block_depth += 1
    lower_items(cx, node.children, items)
    cx.block_depth -= 1
    cx.pop()
    out.append(Block(cx.starts[node.start_byte], cx.ends[node.end_byte], tuple(items)))


def one(found: list[Stmt]) -> Stmt | None:
    if not found:
        return None
    return found[0] if len(found) == 1 else Block(found[0].start, max(found[0].start, found[-1].end), tuple(found))


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
        other = one(found) or Block(end, end, ())
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

"""What is kept of text that is not understood: every expression that can be read in it."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir.tree import Expr, Name, Symbol
from ..syntax import Node
from .context import EXPRESSIONS, UNREADABLE, Context

MAX_EXPRESSIONS = 2000

# Nodes that have a meaning only inside others, or whose names are not variables.
_SKIPPED = frozenset(["string_literal", "char_literal", "number_literal", "preproc_directive", "system_lib_string"])


def expressions_within(cx: Context, node: Node) -> list[Expr]:
    """The largest readable expressions inside `node`, `node` itself not counted, at most MAX_EXPRESSIONS."""
    found: list[Expr] = []
    deep = cx.depth > 40  # inside something that nests too deep already: names only
    for child in _walk(cx, node, found, deep):
        handler = EXPRESSIONS.get(child.type)
        if handler is None:
            continue
        depth = cx.depth
        try:
            found.append(handler(cx, child))
        except UNREADABLE:
            cx.depth = depth
            found += [EXPRESSIONS["identifier"](cx, name) for name in _walk(cx, child, found, True)]
        if len(found) >= MAX_EXPRESSIONS:
            break
    return found


def _walk(cx: Context, node: Node, found: list[Expr], deep: bool) -> Iterator[Node]:
    """Readable expression nodes under `node`, outermost first, without recursion."""
    cursor = node.walk()
    if not cursor.goto_first_child():
        return
    while True:
        current = cursor.node
        inside = True
        if current is not None and current.is_named:
            kind = current.type
            if kind in _SKIPPED:
                inside = False
            elif kind in ("identifier", "type_identifier", "field_identifier"):
                inside = False
                name = cx.src[current.start_byte : current.end_byte]
                if kind != "field_identifier" and cx.type_named(name) is None:
                    if kind == "identifier":
                        yield current
                    else:
                        found.append(_name(cx, current, name))
            elif kind in EXPRESSIONS and not deep and not current.has_error and kind != "compound_statement":
                yield current
                inside = False
        if inside and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _name(cx: Context, node: Node, name: bytes) -> Expr:
    binding = cx.env.get(name)
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if isinstance(binding, Symbol):
        return Name(start, end, binding)
    return Name(start, end, cx.unknown(name)) if binding is None else cx.reference(binding, start, end, name)


Context.expressions_within = expressions_within  # type: ignore[assignment]  # a method from here on

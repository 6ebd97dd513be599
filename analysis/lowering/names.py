"""Names as the text qualifies them."""

from __future__ import annotations

from ..syntax import Node
from .context import Context


def qualified_name(cx: Context, node: Node) -> str:
    """`a::b<int>::c` as "a::b::c"; `::f` as "f"."""
    parts: list[str] = []
    pending = [node]
    while pending:
        current = pending.pop()
        kind = current.type
        if kind in ("qualified_identifier", "nested_namespace_specifier"):
            pending += reversed(current.named_children)
        elif kind in ("template_type", "template_function", "template_method"):
            pending.append(current.named_children[0])
        elif kind == "dependent_name":
            pending += current.named_children
        elif kind == "operator_cast":
            parts.append(" ".join(cx.spelling(current).split("(")[0].split()))
        else:
            parts.append("".join(cx.spelling(current).split()))
    name = "::".join(parts)
    return name.replace("::::", "::")


def field_name(cx: Context, node: Node) -> str:
    """A member's name without template arguments or qualification."""
    while node.type in ("template_method", "template_function", "dependent_name", "qualified_identifier"):
        named = node.named_children
        node = named[-1] if node.type in ("dependent_name", "qualified_identifier") else named[0]
    return cx.src[node.start_byte : node.end_byte].decode("utf-8", "replace")

"""Lowering one function by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir.tree import Function, ParseError, Symbol
from ..syntax import Node
from .context import Context
from .recovery import parse_repaired


def lower_chunk(
    cx: Context, text: bytes, starts: Sequence[int], ends: Sequence[int], lower: Callable[[Context, list[Node]], None]
) -> tuple[Function | None, tuple[ParseError, ...], frozenset[Symbol], bool]:
    """The function that `text` defines, its errors, what it takes the address of, and whether it keeps to itself."""
    saved = cx.src, cx.starts, cx.ends, cx.bodies, cx.skipped, cx.addressed, cx.leaked
    cx.starts, cx.ends, cx.bodies, cx.addressed, cx.leaked = starts, ends, {}, set(), False
    cx.made = []
    before = _outer_state(cx)
    functions, errors = len(cx.functions), len(cx.errors)
    cx.src, tree, blanks = parse_repaired(text, cx.language)
    cx.skipped = [
        ParseError(starts[start], ends[end], "a macro that this file does not define was skipped")
        for start, end in blanks
    ]
    cx.errors += cx.skipped
    try:
        lower(cx, tree.root_node.children)
        found, faults = cx.functions[functions:], tuple(cx.errors[errors:])
        del cx.errors[errors:]
        defined = [function for function in found if function.body is not None]
        declared = [function for function in found if function.body is None and function.attributes]
        alone = len(defined) == 1 and not declared and not cx.leaked and _outer_state(cx) == before
        return defined[0] if defined else None, faults, frozenset(cx.addressed), alone
    finally:
        cx.src, cx.starts, cx.ends, cx.bodies, cx.skipped = saved[:5]
        cx.addressed, cx.leaked = saved[5] | cx.addressed, saved[6]


def _outer_state(cx: Context) -> tuple[object, ...]:
    """What a function that keeps to itself leaves as it is; a name more in the journal may be its own."""
    return (
        len(cx.records), len(cx.members), len(cx.aliases), len(cx.namespaces), len(cx.using_std), len(cx.globals),
        len(cx.initialised_twice), cx.prefix, cx.anonymous_namespace, len(cx.scopes), cx.redefined,
    )  # fmt: skip

"""Going over trees: children of a node, all nodes below one, structural equality."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import tree as ir

Node = ir.Expr | ir.Stmt


def _children_of_declaration(node: ir.Decl) -> tuple[Node, ...]:
    return ((node.initializer,) if node.initializer is not None else ()) + node.arguments


def _present(*nodes: Node | None) -> tuple[Node, ...]:
    return tuple(node for node in nodes if node is not None)


# By the kind of a node; for walks through whole functions, which save the call of `children`.
CHILDREN: dict[type, Callable[..., tuple[Node, ...]]] = {
    ir.Const: lambda node: (),
    ir.Name: lambda node: (),
    ir.SizeOf: lambda node: (),
    ir.Unary: lambda node: (node.operand,),
    ir.Binary: lambda node: (node.left, node.right),
    ir.Assign: lambda node: (node.target, node.value),
    ir.IncDec: lambda node: (node.target,),
    ir.Conditional: lambda node: (node.condition, node.then, node.other),
    ir.Call: lambda node: (node.callee, *node.arguments),
    ir.Index: lambda node: (node.base, node.subscript),
    ir.Member: lambda node: (node.base,),
    ir.Cast: lambda node: (node.operand,),
    ir.InitList: lambda node: node.items,
    ir.Lambda: lambda node: _present(node.function.body),
    ir.New: lambda node: (*_present(node.extent), *node.arguments),
    ir.Delete: lambda node: (node.operand,),
    ir.Opaque: lambda node: node.children,
    ir.Block: lambda node: node.items,
    ir.Decl: _children_of_declaration,
    ir.ExprStmt: lambda node: (node.expr,),
    ir.If: lambda node: _present(node.init, node.condition, node.then, node.other),
    ir.For: lambda node: _present(node.init, node.condition, node.step, node.body),
    ir.RangeFor: lambda node: (node.range, node.body),
    ir.While: lambda node: (node.condition, node.body),
    ir.Switch: lambda node: (node.condition, node.body),
    ir.Case: lambda node: _present(node.value),
    ir.Return: lambda node: _present(node.value),
    ir.Break: lambda node: (),
    ir.Continue: lambda node: (),
    ir.Goto: lambda node: (),
    ir.Label: lambda node: (),
    ir.Throw: lambda node: _present(node.value),
    ir.Try: lambda node: (node.body, *node.handlers),
    ir.Asm: lambda node: node.operands,
    ir.Omp: lambda node: _present(node.body),
    ir.OpaqueStmt: lambda node: node.names,
}


# What tells two nodes of a kind apart, beside their children.
_SPELLED = {
    kind: tuple(name for name in ("op", "name", "arrow", "prefix", "text") if name in kind.__struct_fields__)
    for kind in CHILDREN
}

# Most nodes are leaves, and looking one up costs half of asking it.
LEAVES = frozenset([ir.Const, ir.Name, ir.SizeOf, ir.Break, ir.Continue, ir.Goto, ir.Label])


def children(node: Node) -> tuple[Node, ...]:
    return CHILDREN[type(node)](node)


def descendants(node: Node) -> Iterator[Node]:
    """The node and everything below it, in source order."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        kind = type(node)
        if kind not in LEAVES:
            stack.extend(CHILDREN[kind](node)[::-1])


def holds_any(node: Node, kinds: frozenset[type]) -> bool:
    """Whether the node or anything below it is of one of the kinds, none of which are leaves."""
    stack = [node]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind in LEAVES:
            continue
        if kind in kinds:
            return True
        stack.extend(CHILDREN[kind](node))
    return False


def same(left: ir.Expr, right: ir.Expr) -> bool:
    """Whether two expressions are the same text up to blanks and parentheses, names meaning the same symbols."""
    if type(left) is not type(right):
        return False
    if isinstance(left, ir.Name):
        return left.symbol is right.symbol  # type: ignore[union-attr]
    if isinstance(left, ir.Const):
        return left.text == right.text  # type: ignore[union-attr]
    if isinstance(left, ir.Opaque | ir.Lambda | ir.New | ir.InitList):
        return False
    kind = type(left)
    for attribute in _SPELLED[kind]:
        if getattr(left, attribute) != getattr(right, attribute):
            return False
    below_left, below_right = CHILDREN[kind](left), CHILDREN[kind](right)
    return len(below_left) == len(below_right) and all(
        same(a, b)  # type: ignore[arg-type]
        for a, b in zip(below_left, below_right, strict=True)
    )


def is_variable(symbol: ir.Symbol) -> bool:
    """Whether the name is certainly that of a variable, such as a pointer to a function, and of no function."""
    return symbol.storage != "unknown" and symbol.type.kind not in ("function", "unknown", "auto")


def root_symbol(expr: ir.Expr) -> ir.Symbol | None:
    """The variable that an lvalue starts from: `a` of `a[i].x[j]`, `*a`, `a->b`; None where it is computed."""
    while True:
        if isinstance(expr, ir.Name):
            return expr.symbol
        if isinstance(expr, ir.Index | ir.Member):
            expr = expr.base
        elif isinstance(expr, ir.Unary | ir.Cast):
            expr = expr.operand
        elif isinstance(expr, ir.Binary) and expr.op in ("+", "-"):
            expr = expr.left
        else:
            return None

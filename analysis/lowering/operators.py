"""Operators: unary, binary, assignments, casts, sizeof."""

from __future__ import annotations

from ..ir.tree import (
    Binary,
    Cast,
    Conditional,
    Expr,
    Index,
    Member,
    Name,
    Opaque,
    SizeOf,
    Unary,
)
from ..ir.types import Type
from ..syntax import Node
from .constants import size_of
from .context import MAX_EXPRESSION_DEPTH, Context, TooDeep, expression
from .expressions import lower_identifier
from .infer import type_of
from .opaque import expressions_within
from .overloads import as_condition, overloaded_assignment, overloaded_binary, overloaded_step, overloaded_unary
from .types import type_descriptor, type_from_text

# Operators whose long chains may be regrouped: no stage asks how a sum of hundreds of terms is associated.
_ASSOCIATIVE = frozenset(["+", "*", "&&", "||", "&", "|", "^", ","])


MAX_CHAIN = 100

# What the rest of a binary or postfix expression looks like where the grammar takes what stands before it for a cast,
# and a call or a subscript where it takes the name before it for a type.
_MAYBE_BINARY = ("unary_expression", "pointer_expression", "update_expression")
_APPLYING = ("abstract_function_declarator", "abstract_array_declarator")


@expression("binary_expression")
def lower_binary(cx: Context, node: Node) -> Expr:
    # Left-deep chains are walked in a loop: sums of hundreds of terms stand in generated code.
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    binary = cx.kinds.binary
    chain: list[tuple[Node, list[Node]]] = []
    while node.kind_id in binary:
        children = node.children
        chain.append((node, children))
        node = children[0]
    exprs, tokens = cx.exprs, cx.kinds.tokens
    if len(chain) > MAX_CHAIN:
        result = _long_chain(cx, node, chain)
        cx.depth -= 1
        return result
    innermost = chain[-1][1]
    cast_type = parenthesized_type(cx, node) if node.kind_id in cx.kinds.parenthesized else None
    if cast_type is not None and tokens.get(innermost[1].kind_id) in ("-", "+", "*", "&"):
        result = _cast_of_unary(cx, cast_type, *chain.pop())
    else:
        result = exprs[node.kind_id](cx, node)
    starts, ends = cx.starts, cx.ends
    while chain:
        node, children = chain.pop()
        right = children[2]
        result = overloaded_binary(
            cx,
            starts[node.start_byte],
            ends[node.end_byte],
            tokens[children[1].kind_id],
            result,
            exprs[right.kind_id](cx, right),
        )
    cx.depth -= 1
    return result


def _misread_cast(cx: Context, node: Node, children: list[Node]) -> Expr | None:
    """`(i) + j` where i is a variable (or `(a[i]) + j`, `(i)++ & j`), which the grammar reads as a cast of `+j`.

    The function will be read again without those parentheses; until then, and outside functions, nothing is claimed
    of how its operators group.
    """
    value = children[-1]
    if value.type not in _MAYBE_BINARY or value.children[0].type in ("!", "~"):
        return None
    named = [child for child in children[1].children if child.type != "type_qualifier"]
    name = cx.src[named[0].start_byte : named[0].end_byte]
    binding = cx.env.get(name) or cx.unknowns.get(name)
    if binding is None or isinstance(binding, Type):  # an unknown name counts as a type until it is used as a variable
        return None
    if len(named) == 1 or named[1].type in _APPLYING:
        cx.misread.append((children[0].start_byte, children[2].end_byte, named[0].start_byte, named[-1].end_byte))
    else:  # `(i * (j)) + k`: what looks like a pointer to a function of j
        cx.misread += _lists_of_one_name(cx, named[1])
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    operands = (lower_identifier(cx, named[0]), *expressions_within(cx, children[1]), cx.expr(value.children[-1]))
    return Opaque(start, end, cx.original_text(start, end), operands)


def _lists_of_one_name(cx: Context, node: Node) -> list[tuple[int, int, int, int]]:
    """Parentheses inside a declarator around single names, `(x)` or `(x[i])`, and around a call's only argument."""
    found: list[tuple[int, int, int, int]] = []
    pending = [(node, False)]
    while pending:
        current, in_call = pending.pop()
        names = current.named_children
        if current.type == "parameter_list" and len(names) == 1:
            name, *declarators = names[0].named_children
            applied = all(each.type in _APPLYING for each in declarators)
            if name.kind_id in cx.kinds.type_identifier and (applied or in_call):
                found.append((current.start_byte, current.end_byte, names[0].start_byte, names[0].end_byte))
        only = current.type == "abstract_parenthesized_declarator" and len(names) == 1
        in_call = only or (in_call and current.type == "abstract_function_declarator" and len(names) == 1)
        pending += [(each, in_call) for each in names]
    return found


def _long_chain(cx: Context, first: Node, chain: list[tuple[Node, list[Node]]]) -> Expr:
    """A chain of more than MAX_CHAIN operators: grouped evenly where it is one associative operator, else opaque."""
    ops = {cx.kinds.tokens[children[1].kind_id] for _, children in chain}
    operands = [cx.expr(first), *(cx.expr(children[2]) for _, children in reversed(chain))]
    start, end = cx.starts[chain[0][0].start_byte], cx.ends[chain[0][0].end_byte]
    if len(ops) != 1 or not ops <= _ASSOCIATIVE:
        return Opaque(start, end, cx.original_text(start, end), tuple(operands))
    op = ops.pop()
    while len(operands) > 1:
        pairs = [
            Binary(left.start, max(left.start, right.end), op, left, right)
            for left, right in zip(operands[::2], operands[1::2], strict=False)
        ]
        operands = [*pairs, *operands[len(pairs) * 2 :]]
    return operands[0]


def parenthesized_type(cx: Context, node: Node) -> Type | None:
    """The type that `(T)` names where T is declared as a type and no variable: the grammar reads it as a variable."""
    children = node.children
    if len(children) == 3 and children[1].kind_id in cx.kinds.identifier:
        return type_from_text(cx, cx.src[children[1].start_byte : children[1].end_byte])
    return None


def _cast_of_unary(cx: Context, type_: Type, node: Node, children: list[Node]) -> Expr:
    operator, operand = children[1], cx.expr(children[2])
    op = cx.kinds.tokens[operator.kind_id]
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if op == "&":
        take_address(cx, operand)
    return Cast(start, end, type_, Unary(cx.starts[operator.start_byte], end, op, operand))


@expression("comma_expression")
def lower_comma(cx: Context, node: Node) -> Expr:
    # Right-deep in the grammar.
    parts: list[Node] = []
    comma = node.kind_id
    whole = node
    while node.kind_id == comma:
        children = node.children
        parts.append(children[0])
        node = children[2]
    parts.append(node)
    operands = [cx.expr(part) for part in parts]
    result = operands[0]
    if len(operands) > MAX_CHAIN:
        start, end = cx.starts[whole.start_byte], cx.ends[whole.end_byte]
        return Opaque(start, end, cx.original_text(start, end), tuple(operands))
    for operand in operands[1:]:
        result = Binary(result.start, max(result.start, operand.end), ",", result, operand)
    return result


@expression("assignment_expression")
def lower_assignment(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    target, operator, value = node.children
    exprs = cx.exprs
    result = overloaded_assignment(
        cx,
        cx.starts[node.start_byte],
        cx.ends[node.end_byte],
        _ASSIGNMENTS[cx.kinds.tokens[operator.kind_id]],
        exprs[target.kind_id](cx, target),
        exprs[value.kind_id](cx, value),
    )
    cx.depth -= 1
    return result


_ASSIGNMENTS = {op + "=": op for op in ("", "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^")}


@expression("unary_expression", "pointer_expression")
def lower_unary(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    operator, argument = node.children
    op = cx.kinds.tokens[operator.kind_id]
    operand = cx.exprs[argument.kind_id](cx, argument)
    if op == "&":
        take_address(cx, operand)
    cx.depth -= 1
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if op == "&&":  # GNU's address of a label
        return Opaque(start, end, cx.original_text(start, end), ())
    return overloaded_unary(cx, start, end, op, operand)


def take_address(cx: Context, operand: Expr) -> None:
    """Notes that the address of the variable that `operand` is (or is a member of) escapes."""
    while isinstance(operand, Member) and not operand.arrow:
        operand = operand.base
    if isinstance(operand, Index) and isinstance(operand.base, Name) and operand.base.symbol.type.kind == "array":
        return  # no more than the array's decay
    if isinstance(operand, Name):
        operand.symbol.address_taken = True
        cx.addressed.add(operand.symbol)


@expression("update_expression")
def lower_update(cx: Context, node: Node) -> Expr:
    first, second = node.children
    prefix = first.kind_id in cx.kinds.tokens and cx.kinds.tokens[first.kind_id] in ("++", "--")
    operator, target = (first, second) if prefix else (second, first)
    op = "++" if cx.kinds.tokens[operator.kind_id] == "++" else "--"
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    signs: list[tuple[int, str]] = []
    while not prefix and target.kind_id in cx.kinds.unary:  # the grammar reads -x++ as (-x)++
        sign, target = target.children
        signs.append((cx.starts[sign.start_byte], cx.kinds.tokens[sign.kind_id]))
    operand = cx.exprs[target.kind_id](cx, target)
    cx.depth -= 1
    start, end = cx.starts[node.start_byte if prefix else target.start_byte], cx.ends[node.end_byte]
    result = overloaded_step(cx, start, end, op, prefix, operand)
    for start, sign in reversed(signs):
        result = overloaded_unary(cx, start, end, sign, result)
    return result


@expression("conditional_expression")
def lower_conditional(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    children = node.children
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    if len(children) != 5:  # GNU's a ?: b
        condition, other = cx.expr(children[0]), cx.expr(children[-1])
        cx.depth -= 1
        return Conditional(start, end, condition, condition, other)
    condition = as_condition(cx, cx.expr(children[0]))
    result = Conditional(start, end, condition, cx.expr(children[2]), cx.expr(children[4]))
    cx.depth -= 1
    return result


@expression("cast_expression")
def lower_cast(cx: Context, node: Node) -> Expr:
    cx.depth += 1
    if cx.depth > MAX_EXPRESSION_DEPTH:
        raise TooDeep
    children = node.children
    misread = _misread_cast(cx, node, children)
    if misread is not None:
        cx.depth -= 1
        return misread
    operand = cx.expr(children[-1])
    cx.depth -= 1
    return Cast(cx.starts[node.start_byte], cx.ends[node.end_byte], type_descriptor(cx, children[1]), operand)


@expression("sizeof_expression", "alignof_expression", "offsetof_expression")
def lower_sizeof(cx: Context, node: Node) -> Expr:
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    value = None
    if node.type == "sizeof_expression":
        operand = node.named_children[-1]
        if operand.type == "type_descriptor":
            value = size_of(type_descriptor(cx, operand))
        else:
            type_ = parenthesized_type(cx, operand) if operand.kind_id in cx.kinds.parenthesized else None
            value = size_of(type_ if type_ is not None else type_of(cx, cx.expr(operand)))
    return SizeOf(start, end, value, cx.spelling(node))

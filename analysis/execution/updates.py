"""Recognising updates `x = x op e`, in all the spellings that OpenMP's reductions cover (OpenMP 5.2 §5.5)."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import descendants, same
from . import library
from .events import Update
from .machine import Machine
from .unsigned import common_type

_ASSIGNING = {"+": "+", "-": "+", "*": "*", "&": "&", "|": "|", "^": "^"}


def mark_updates(machine: Machine, statement: ir.Stmt | ir.Expr) -> None:
    """Note the nodes of `statement` that read or write x as parts of one update, under their identity."""
    if isinstance(statement, ir.ExprStmt):
        _mark_expression(machine, statement.expr)
    elif isinstance(statement, ir.If):
        _mark_if(machine, statement)


def _mark_expression(machine: Machine, expr: ir.Expr) -> None:
    updates = machine.updates
    if isinstance(expr, ir.Binary) and expr.op == ",":
        _mark_expression(machine, expr.left)
        _mark_expression(machine, expr.right)
    elif isinstance(expr, ir.IncDec):
        updates[id(expr.target)] = Update("+", expr.start, expr.end)
    elif isinstance(expr, ir.Assign):
        if expr.op:
            operator = _ASSIGNING.get(expr.op)
            if operator is not None and not _mentions(expr.value, expr.target):
                updates[id(expr.target)] = Update(operator, expr.start, expr.end, expr.value)
        else:
            found = _self_operand(machine, expr.target, expr.value)
            if found is not None:
                operator, operand = found
                update = Update(operator, expr.start, expr.end, expr.value, _takes_nan(expr.target, expr.value))
                for node in (expr.target, *operand):
                    updates[id(node)] = update


def _self_operand(machine: Machine, target: ir.Expr, value: ir.Expr) -> tuple[str, list[ir.Expr]] | None:
    """The operator and the occurrences of `target` in `value` when the assignment is an update.

    A function in sight that is called `max` does what its body says.
    """
    while isinstance(value, ir.Cast):
        if not isinstance(target, ir.Name) or not _keeps(value.type, target.symbol.type):
            return None
        value = value.operand
    if isinstance(value, ir.Binary) and value.op in ("+", "-", "*", "&", "|", "^", "&&", "||"):
        operator = "+" if value.op == "-" else value.op
        found = _in_chain(target, value, operator)
        if value.op in ("&&", "||") and found is not None and not _rest_is_quiet(machine, value, found):
            return None
        return (operator, [found]) if found is not None else None
    if isinstance(value, ir.Call) and len(value.arguments) == 2:
        operation = library.min_max_of(value.name) if value.name not in machine.summaries.by_name else None
        if operation is not None and _is_compared_as(machine, target, value.arguments):
            for own, other in (value.arguments, value.arguments[::-1]):
                if same(own, target) and not _mentions(other, target):
                    return operation, [own]
    if isinstance(value, ir.Conditional):
        return _conditional_operand(machine, target, value)
    return None


def _takes_nan(target: ir.Expr, value: ir.Expr) -> bool:
    """Whether a minimum or maximum x becomes what it is compared with where that is not a number: then no comparison
    holds, and `?:` gives its last operand, std::max and std::min their first, fmax and fmin the number."""
    while isinstance(value, ir.Cast):
        value = value.operand
    if isinstance(value, ir.Conditional):
        return not same(value.other, target)
    if isinstance(value, ir.Call) and value.name.rsplit("::", 1)[-1] in ("max", "min"):
        return not same(value.arguments[0], target)
    return False


def _is_compared_as(machine: Machine, target: ir.Expr, operands: Sequence[ir.Expr]) -> bool:
    """Whether x is compared as the number that it is. The least `int`, with which the threads' copies of a maximum
    begin, is a great number where it is compared with an unsigned one."""
    own, common = common_type(machine, target), common_type(machine, *operands)
    return own == common or (own[0] == common[0] and own[1] > common[1])


def _keeps(cast: Type, target: Type) -> bool:
    """Whether a sum that is cast before it is stored is stored as it is without the cast."""
    return cast.kind == target.kind and (cast.size or 4) >= (target.size or 4)


def _in_chain(target: ir.Expr, value: ir.Expr, operator: str) -> ir.Expr | None:
    """`x` in `x + a - b`, `a + x`, …: once, and never on the right of a minus."""
    if same(value, target):
        return value
    operators = ("+", "-") if operator == "+" else (operator,)
    if not isinstance(value, ir.Binary) or value.op not in operators:
        return None
    left = _in_chain(target, value.left, operator)
    if left is not None:
        return None if _mentions(value.right, target) else left
    if value.op == "-" or _mentions(value.left, target):
        return None
    return _in_chain(target, value.right, operator)


def _conditional_operand(machine: Machine, target: ir.Expr, value: ir.Conditional) -> tuple[str, list[ir.Expr]] | None:
    """`e > x ? e : x` and its relatives."""
    condition = value.condition
    if not isinstance(condition, ir.Binary) or condition.op not in ("<", "<=", ">", ">="):
        return None
    then_is_target, other_is_target = same(value.then, target), same(value.other, target)
    if then_is_target == other_is_target:
        return None
    candidate = value.other if then_is_target else value.then
    if not _is_quiet(machine, candidate):
        return None
    if _mentions(candidate, target) or not _is_compared_as(machine, target, (condition.left, condition.right)):
        return None
    own = value.then if then_is_target else value.other
    if same(condition.left, candidate) and same(condition.right, target):
        greater, mine = condition.op in (">", ">="), condition.right
    elif same(condition.left, target) and same(condition.right, candidate):
        greater, mine = condition.op in ("<", "<="), condition.left
    else:
        return None
    # `greater`: the condition says that the candidate is greater than x.
    takes_candidate = not then_is_target
    operation = "max" if greater == takes_candidate else "min"
    return operation, [own, mine]


def _mark_if(machine: Machine, statement: ir.If) -> None:
    """`if (e > x) x = e;`"""
    assignment = _only_assignment(statement.then)
    if statement.other is not None or assignment is None or statement.init is not None:
        return
    condition = _comparison_with(assignment.target, statement.condition)
    if not isinstance(condition, ir.Binary) or condition.op not in ("<", "<=", ">", ">="):
        return
    target, value = assignment.target, assignment.value
    if not _is_quiet(machine, value) or not _rest_is_quiet(machine, statement.condition, condition):
        return
    if _mentions(value, target) or not _is_compared_as(machine, target, (condition.left, condition.right)):
        return
    if same(condition.left, value) and same(condition.right, target):
        greater, mine = condition.op in (">", ">="), condition.right
    elif same(condition.left, target) and same(condition.right, value):
        greater, mine = condition.op in ("<", "<="), condition.left
    else:
        return
    update = Update("max" if greater else "min", statement.start, statement.end, value)
    machine.updates[id(mine)] = update
    machine.updates[id(target)] = update


def _rest_is_quiet(machine: Machine, value: ir.Expr, part: ir.Expr) -> bool:
    """Whether what `&&` and `||` evaluate only for some values of `part` does nothing but give a value: each thread's
    copy of x begins anew, and with it the decision."""
    while value is not part and isinstance(value, ir.Binary):
        if not _holds(value.left, part):
            value = value.right
        elif not _is_quiet(machine, value.right):
            return False
        else:
            value = value.left
    return True


def _holds(expr: ir.Expr, part: ir.Expr) -> bool:
    return any(node is part for node in descendants(expr))


def _is_quiet(machine: Machine, expr: ir.Expr) -> bool:
    """Whether evaluating it changes nothing, or is in doubt for other reasons already."""
    modified = machine.summaries.modified(expr)
    effects = machine.summaries.of_statement(expr, machine.call_stack[-1])
    changes = modified.memory or modified.names or effects.memory or effects.globals_written
    return not changes or effects.unknown


def _comparison_with(target: ir.Expr, condition: ir.Expr) -> ir.Expr:
    """The part of `c && e > x` that speaks of x, when only one does."""
    while isinstance(condition, ir.Binary) and condition.op == "&&":
        left, right = _mentions(condition.left, target), _mentions(condition.right, target)
        if left == right:
            break
        condition = condition.left if left else condition.right
    return condition


def _only_assignment(statement: ir.Stmt) -> ir.Assign | None:
    while isinstance(statement, ir.Block) and len(statement.items) == 1:
        statement = statement.items[0]
    if isinstance(statement, ir.ExprStmt) and isinstance(statement.expr, ir.Assign) and not statement.expr.op:
        return statement.expr
    return None


def _mentions(expr: ir.Expr, target: ir.Expr) -> bool:
    """Whether `expr` reads what `target` names, by the same expression."""
    kind = type(target)
    return any(type(node) is kind and same(node, target) for node in descendants(expr))  # type: ignore[arg-type]
